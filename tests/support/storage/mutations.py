"""Mutations of rooms' files: damaged bytes, moved lines, two files spliced, and edits of an owner."""

import json
from collections.abc import Callable
from random import Random

from tests.support.storage.disks import MemoryDisk
from tests.support.storage.expected_history import LOBBY, open_lobby, said

Mutation = Callable[[bytes, Random], bytes]
PIECES = [b"\n", b"\r", b"\0", b"\0" * 512, b'"', b"{", b"}", b"[", b"]", b",", b",\n", b"\n]\n", b"\\", b"\xff", b"9"]
PIECES += [b'{"id":5}', b'"crc":"00000000"', b"[" * 2000, b"9" * 5000, b"\xef\xbb\xbf", b"\\ud800", b"NaN", b"null"]
VALUES = ["null", "true", "-1", "0", "1e999", "NaN", "9007199254740991", "9007199254740993", '"\\ud800"', '""', "[]"]
VALUES += ["{" * 40, "[" * 3000, "9" * 5000, '"' + "x" * 3000 + '"', '"\\u0000"', '{"id":1}']


def rooms() -> list[bytes]:
    """A room with messages, one that was cleared, and one with every kind of line that owners write."""
    disk = MemoryDisk()
    log = open_lobby(disk)
    for number in range(2, 9):
        log.append(
            [said(f'{number} [{name}], {{"id":{number}}}\n]', f"{number}{name}") for name in "äbc"[: number % 4]]
        )
    talked = disk.content(LOBBY)
    log.clear(6)
    log.append([said("x" * 600), said("y" * 600, "long")])
    return [talked, disk.content(LOBBY), _by_hand(talked)]


def _by_hand(raw: bytes) -> bytes:
    """Some lines without a checksum, one of an unknown type, one in the owner's own layout."""
    lines = [_unguarded(line) if number % 3 else line for number, line in enumerate(raw.split(b"\n"))]
    own = b'{ "id": 50, "type": "message", "author": "o", "username": "o", "message": "\\u00e4", "timestamp": "t" }'
    lines[-3:-2] = [lines[-3] + b",", b'{"id":40,"type":"poll","timestamp":"t","options":[{"id":3}]},', own]
    return b"\n".join(lines)


def _unguarded(line: bytes) -> bytes:
    """The line without its checksum, as an owner deletes it."""
    body, crc, rest = line.partition(b',"crc":"')
    return body + rest[9:] if crc else line


# Bytes


def flip(raw: bytes, random: Random) -> bytes:
    """One bit, or one byte."""
    place = random.randrange(len(raw))
    return raw[:place] + bytes([raw[place] ^ random.choice([1 << random.randrange(8), 255])]) + raw[place + 1 :]


def insert(raw: bytes, random: Random) -> bytes:
    place = _place(raw, random)
    return raw[:place] + random.choice([*PIECES, random.randbytes(random.randint(1, 20))]) + raw[place:]


def delete(raw: bytes, random: Random) -> bytes:
    place = _place(raw, random)
    return raw[:place] + raw[place + random.choice([1, 2, 30, 300, 1024]) :]


def overwrite(raw: bytes, random: Random) -> bytes:
    """A bad block: zeros, or random bytes."""
    place, length = _place(raw, random) // 512 * 512, 512 * random.randint(1, 2)
    return raw[:place] + random.choice([bytes(length), random.randbytes(length)]) + raw[place + length :]


def truncate(raw: bytes, random: Random) -> bytes:
    return raw[: _place(raw, random)]


def grow(raw: bytes, random: Random) -> bytes:
    return raw + random.choice([*PIECES, bytes(4096), b"and so on\n", raw[-200:]])


def _place(raw: bytes, random: Random) -> int:
    """A random offset, often next to a line break."""
    border = raw.find(b"\n", random.randrange(len(raw) + 1))
    return max(0, border + random.randint(-2, 2)) if random.random() < 0.3 else random.randrange(len(raw) + 1)


# Lines


def drop_line(raw: bytes, random: Random) -> bytes:
    lines = raw.split(b"\n")
    del lines[random.randrange(len(lines))]
    return b"\n".join(lines)


def double_line(raw: bytes, random: Random) -> bytes:
    lines = raw.split(b"\n")
    lines.insert(random.randrange(len(lines)), random.choice(lines))
    return b"\n".join(lines)


def swap_lines(raw: bytes, random: Random) -> bytes:
    lines = raw.split(b"\n")
    one, two = random.randrange(len(lines)), random.randrange(len(lines))
    lines[one], lines[two] = lines[two], lines[one]
    return b"\n".join(lines)


def join_lines(raw: bytes, random: Random) -> bytes:
    lines = raw.split(b"\n")
    place = random.randrange(len(lines))
    return b"\n".join([*lines[:place], b" ".join(lines[place : place + 2]), *lines[place + 2 :]])


def splice(raw: bytes, random: Random) -> bytes:
    """The start of one file and the end of another."""
    other = random.choice(ROOMS)
    return raw[: _place(raw, random)] + other[_place(other, random) :]


# Fields


def replace_value(raw: bytes, random: Random) -> bytes:
    """Another value in one line, with or without its checksum."""
    lines = raw.split(b"\n")
    number = random.randrange(len(lines))
    line = random.choice([_unguarded, bytes])(lines[number])
    head, colon, rest = _at_member(line, random)
    end = min((rest.find(mark) % (len(rest) + 1) for mark in (b',"', b"}")), default=0)
    lines[number] = head + colon + random.choice(VALUES).encode() + rest[end:] if colon else line
    return b"\n".join(lines)


def _at_member(line: bytes, random: Random) -> tuple[bytes, bytes, bytes]:
    colons = [place for place in range(len(line)) if line[place : place + 2] == b'":']
    place = random.choice(colons) if colons else len(line)
    return line[:place], line[place : place + 2], line[place + 2 :]


# Edits after which the file is intact


def edit_text(raw: bytes, random: Random) -> bytes:
    lines = raw.split(b"\n")
    number = random.randrange(1, len(lines) - 2)
    record = json.loads(_unguarded(lines[number]).removesuffix(b","))
    record["message" if record["type"] == "message" else "name"] = random.choice(["edited", "ü", "a\nb", '},{"', "]"])
    text = json.dumps(record, ensure_ascii=random.random() < 0.5)
    lines[number] = text.encode() + (b"," if number < len(lines) - 3 else b"")
    return b"\n".join(lines)


def delete_line(raw: bytes, random: Random) -> bytes:
    """Delete any line but the first two; a comma may stay in front of the last."""
    lines = raw.split(b"\n")
    if len(lines) > 5:
        del lines[random.randrange(2, len(lines) - 2)]
    return b"\n".join(lines)


def respace(raw: bytes, random: Random) -> bytes:
    old, new = random.choice(
        [
            (b"\n", b"\r\n"),
            (b"\n", b" \n"),
            (b"\n{", b"\n\t{"),
            (b",\n", b",\n\n"),
            (b",\n", b" ,\n"),
            (b"\n]", b",\n]"),
        ]
    )
    return raw.replace(old, new)


def trim(raw: bytes, random: Random) -> bytes:
    return random.choice([raw.rstrip(), raw.rstrip().removesuffix(b"]"), raw + b"\n \n", b"\n" + raw])


ROOMS = rooms()
MUTATIONS: list[Mutation] = [flip, insert, delete, overwrite, truncate, grow, drop_line, double_line, swap_lines]
MUTATIONS += [join_lines, splice, replace_value, replace_value]
EDITS: list[Mutation] = [edit_text, edit_text, delete_line]


def mutated(random: Random) -> bytes:
    """A room's file after one to three mutations."""
    raw = random.choice(ROOMS)
    for mutation in random.choices(MUTATIONS, k=random.choice([1, 1, 1, 2, 3])):
        raw = mutation(raw, random) or b"\n"
    return raw


def edited(random: Random) -> bytes:
    """A room's file after permitted edits, in the layout of chatsite; `respaced` changes that afterwards."""
    raw = random.choice(ROOMS)
    for edit in random.choices(EDITS, k=random.randint(1, 4)):
        raw = edit(raw, random)
    return raw


def respaced(raw: bytes, random: Random) -> bytes:
    """The same records in another layout of white space."""
    return random.choice([respace, trim, lambda raw, _: raw])(raw, random)
