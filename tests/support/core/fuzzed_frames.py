"""Frames as strangers send them: bytes, text, JSON, and frames of the fixture with something wrong, or nothing."""

import json
from pathlib import Path
from random import Random

FIXTURE = json.loads((Path(__file__).resolve().parents[2] / "fixtures" / "wire.json").read_text(encoding="utf-8"))
CLIENT = [case["frame"] for case in FIXTURE.values() if case["direction"] == "client"]
SERVER = [case["frame"] for case in FIXTURE.values() if case["direction"] == "server"]
FIELDS = ["type", "message", "client_id", "reply_to", "before", "after", "limit", "username", "id", "html", "\\u0000"]
# As they stand in the text: much of this no encoder would write.
VALUES = r"""
null true false 0 -0 1 2 -1 1.5 2.0 1e2 1E400 -1e400 NaN Infinity 0x10 00 1. +1 1_0
9007199254740991 9007199254740992 18446744073709551616 [] {} [[]] ["ping"] {"type":"ping"} 'hi'
"" "hi" "ping" "message" "welcome" "\u200b" "\u0000" "a\u001bb" "\n\t" "\r" "\u202ea" "\x41" "\
"\ud800" "\udc00\ud800" "\ud83d\ude00" "a\u0301\u0301\u0301\u0301"
""".split()
VALUES += ['" "', '"message "', "- 1", '"\n"', '"\x7f"', '"\ud800"', '"\U0001f600"', "9" * 5000]
VALUES += [f'"{"x" * 65}"', f'"{"é" * 51}"', "[" * 200_000, '{"a":' * 3000, "[" * 300 + "]" * 300]
PIECES = [*'"{}[],:\\\0\n\ud800\ufeff9-e', "//", "/**/", "\\u0000"]
# Letters without a shape, ones that turn text around, control characters, marks that pile up, blanks, halves of pairs.
TROUBLE = [chr(code) for code in [*range(0x200A, 0x2010), *range(0x2028, 0x202F), *range(0x205F, 0x2070), 0xAD, 0x34F]]
TROUBLE += "\0\t\n\x0b\r\x1b\x7f\x85\xa0 a\u0301\u0301\u0301\u115f\u17b4\u180e\u2800\u3000\u3164\ufe0f\ufeff\uffa0"
TROUBLE += "\ud800\ufffb\ufffe\U000e0041"


def fuzzed(random: Random) -> str | bytes:
    """Any frame."""
    return random.choice([_bytes, _text, _value, _worded, *[_retyped] * 3, _mangled, _mangled, _doubled])(random)


def _bytes(random: Random) -> bytes:
    return random.choice([random.randbytes(random.randint(0, 50)), json.dumps(random.choice(CLIENT)).encode()])


def _text(random: Random) -> str:
    return "".join(chr(random.choice([random.randrange(128), random.randrange(0x11_0000)])) for _ in range(20))


def _worded(random: Random) -> str:
    """A message or a name of the letters that make trouble, and often of nothing else."""
    letters = random.choices(
        [*TROUBLE, chr(random.randrange(32, 0x3000))], k=random.choice([0, 1, 2, 3, 5, 49, 50, 51])
    )
    kind, field = random.choice([("message", "message"), ("rename", "username")])
    frame = {"type": kind, field: "".join(letters), "client_id": random.choice(["c-1", "".join(letters)[:64] or "c-2"])}
    return json.dumps(frame, ensure_ascii=random.random() < 0.5)


def _value(random: Random) -> str:
    return random.choice(VALUES)


def _retyped(random: Random) -> str:
    """A frame of either side with fields of another kind, or missing, or too many."""
    frame = random.choice(CLIENT if random.random() < 0.9 else SERVER)
    members = {name: json.dumps(value, ensure_ascii=False) for name, value in frame.items()}
    for _ in range(random.randint(0, 2)):
        members[random.choice([*frame, *FIELDS])] = random.choice(VALUES)
    for name in random.sample([*members], random.choice([0, 0, 0, 1])):
        del members[name]
    return _object(list(members.items()))


def _doubled(random: Random) -> str:
    """A name that stands there twice."""
    members = [(name, json.dumps(value)) for name, value in random.choice(CLIENT).items()]
    members.insert(random.randint(0, 2), (random.choice(members)[0], random.choice(VALUES)))
    return _object(members)


def _object(members: list[tuple[str, str]]) -> str:
    return "{" + ",".join(f'"{name}":{value}' for name, value in members) + "}"


def _mangled(random: Random) -> str:
    """The text of a frame, with some of it gone, or doubled, or something put in."""
    text = json.dumps(random.choice(CLIENT), ensure_ascii=random.random() < 0.5)
    for _ in range(random.randint(1, 3)):
        start, stop = sorted(random.choices(range(len(text) + 1), k=2))
        text = random.choice(
            [
                text[:start] + text[stop:],
                text[:stop] + text[start:],
                text[:start] + random.choice(PIECES) + text[start:],
                text[:start] + random.choice(PIECES) + text[start + 1 :],
                text[:stop],
            ]
        )
    return text
