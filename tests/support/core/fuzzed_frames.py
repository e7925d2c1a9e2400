"""Random frames: bytes, text, JSON, and frames of the fixture that are mutated, or not."""

import json
from random import Random

from tests.support.core.wire_frames import examples

CLIENT, SERVER = list(examples("client").values()), list(examples("server").values())
FIELDS = ["type", "message", "client_id", "reply_to", "before", "after", "limit", "username", "id", "html", "\\u0000"]
# Values as JSON text; no encoder would write many of them.
VALUES = r"""
null true false 0 -0 1 2 -1 1.5 2.0 1e2 1E400 -1e400 NaN Infinity 0x10 00 1. +1 1_0
9007199254740991 9007199254740992 18446744073709551616 [] {} [[]] ["ping"] {"type":"ping"} 'hi'
"" "hi" "ping" "message" "welcome" "\u200b" "\u0000" "a\u001bb" "\n\t" "\r" "\u202ea" "\x41" "\
"\ud800" "\udc00\ud800" "\ud83d\ude00" "a\u0301\u0301\u0301\u0301"
""".split()
VALUES += ['" "', '"message "', "- 1", '"\n"', '"\x7f"', '"\ud800"', '"\U0001f600"', "9" * 5000]
VALUES += [f'"{"x" * 65}"', f'"{"é" * 51}"', "[" * 200_000, '{"a":' * 3000, "[" * 300 + "]" * 300]
PIECES = [*'"{}[],:\\\0\n\ud800\ufeff9-e', "//", "/**/", "\\u0000"]
# Invisible characters, bidirectional controls, control characters, combining marks, blanks, unpaired surrogates.
SPECIAL_CHARACTERS = [
    chr(code) for code in [*range(0x200A, 0x2010), *range(0x2028, 0x202F), *range(0x205F, 0x2070), 0xAD, 0x34F]
]
SPECIAL_CHARACTERS += (
    "\0\t\n\x0b\r\x1b\x7f\x85\xa0 a\u0301\u0301\u0301\u115f\u17b4\u180e\u2800\u3000\u3164\ufe0f\ufeff\uffa0"
)
SPECIAL_CHARACTERS += "\ud800\ufffb\ufffe\U000e0041"


def fuzzed_frame(rng: Random) -> str | bytes:
    """A random frame, valid or not."""
    return rng.choice(
        [_bytes, _text, _json_value, _special_text, *[_wrong_fields] * 3, _mutated_text, _mutated_text, _duplicate_name]
    )(rng)


def _bytes(rng: Random) -> bytes:
    return rng.choice([rng.randbytes(rng.randint(0, 50)), json.dumps(rng.choice(CLIENT)).encode()])


def _text(rng: Random) -> str:
    return "".join(chr(rng.choice([rng.randrange(128), rng.randrange(0x11_0000)])) for _ in range(20))


def _special_text(rng: Random) -> str:
    """A message or a rename with special characters, and often with nothing else."""
    characters = rng.choices(
        [*SPECIAL_CHARACTERS, chr(rng.randrange(32, 0x3000))], k=rng.choice([0, 1, 2, 3, 5, 49, 50, 51])
    )
    kind, field = rng.choice([("message", "message"), ("rename", "username")])
    frame = {
        "type": kind,
        field: "".join(characters),
        "client_id": rng.choice(["c-1", "".join(characters)[:64] or "c-2"]),
    }
    return json.dumps(frame, ensure_ascii=rng.random() < 0.5)


def _json_value(rng: Random) -> str:
    return rng.choice(VALUES)


def _wrong_fields(rng: Random) -> str:
    """A frame of either side with wrong, missing or additional fields."""
    frame = rng.choice(CLIENT if rng.random() < 0.9 else SERVER)
    members = {name: json.dumps(value, ensure_ascii=False) for name, value in frame.items()}
    for _ in range(rng.randint(0, 2)):
        members[rng.choice([*frame, *FIELDS])] = rng.choice(VALUES)
    for name in rng.sample([*members], rng.choice([0, 0, 0, 1])):
        del members[name]
    return _object(list(members.items()))


def _duplicate_name(rng: Random) -> str:
    """A frame with one name twice."""
    members = [(name, json.dumps(value)) for name, value in rng.choice(CLIENT).items()]
    members.insert(rng.randint(0, 2), (rng.choice(members)[0], rng.choice(VALUES)))
    return _object(members)


def _object(members: list[tuple[str, str]]) -> str:
    return "{" + ",".join(f'"{name}":{value}' for name, value in members) + "}"


def _mutated_text(rng: Random) -> str:
    """The text of a frame with parts removed, duplicated or inserted."""
    text = json.dumps(rng.choice(CLIENT), ensure_ascii=rng.random() < 0.5)
    for _ in range(rng.randint(1, 3)):
        start, stop = sorted(rng.choices(range(len(text) + 1), k=2))
        text = rng.choice(
            [
                text[:start] + text[stop:],
                text[:stop] + text[start:],
                text[:start] + rng.choice(PIECES) + text[start:],
                text[:start] + rng.choice(PIECES) + text[start + 1 :],
                text[:stop],
            ]
        )
    return text
