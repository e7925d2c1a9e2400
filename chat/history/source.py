"""Files that can be imported, line by line: an export as JSON or JSON Lines, or a room's own file from storage/.

An export that was written anew by another tool (`jq .`) has lost its lines. It is read all the same, but whole.
"""

import contextlib
import gzip
import re
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterator
from functools import partial
from typing import IO, Any, NamedTuple

import msgspec

from chat.history.as_json import HEAD_END, ROOM_END, VERSION
from chat.storage.json_files.scan import scan

GZIP = b"\x1f\x8b"
_document_start = re.compile(rb'\{(\s*"chatsite"\s*:.*)?')


class BadFile(Exception):
    """Not a file that can be imported, or not all of one."""


class Line(NamedTuple):
    """A JSON object of the file: where it stands, for people; the room it is in, unless it says so itself."""

    place: str
    room: str | None
    body: bytes


class _Room(msgspec.Struct):
    room: str
    name: str | None = None
    events: list[msgspec.Raw] = []


class _Document(msgspec.Struct):
    chatsite: int
    rooms: list[_Room]


class _Head(msgspec.Struct):
    chatsite: int


@contextlib.contextmanager
def open_source(name: str) -> Iterator[IO[bytes]]:
    """A file, or standard input for `-`, unpacked; it can be read from the start as often as needed."""
    with contextlib.ExitStack() as stack:
        file: IO[bytes] = sys.stdin.buffer if name == "-" else stack.enter_context(open(name, "rb"))
        if not file.seekable():
            file = stack.enter_context(_spooled(file))
        if _begins(file, GZIP):
            file = stack.enter_context(_spooled(gzip.GzipFile(fileobj=file)))
        yield file


def _spooled(file: Any) -> IO[bytes]:
    """The rest of a stream in a temporary file."""
    spool = tempfile.TemporaryFile()
    try:
        shutil.copyfileobj(file, spool)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        spool.close()
        raise BadFile(f"the compressed file is damaged or cut short ({error})") from None
    spool.seek(0)
    return spool


def _begins(file: IO[bytes], opening: bytes) -> bool:
    found = file.read(len(opening))
    file.seek(0)
    return found == opening


def lines(file: IO[bytes]) -> Iterator[Line]:
    """Every line that holds something. Raises `BadFile`."""
    file.seek(0)
    first = file.readline().strip()
    file.seek(0)
    if first.startswith(b"["):
        return _of_a_rooms_file(file)
    if first.startswith(b'{"chatsite":') and first.endswith(HEAD_END.encode()):
        return _of_a_document(file)
    if _document_start.fullmatch(first):
        return _of_a_whole_document(file)
    return _of_json_lines(file)


def _numbered(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    return ((number, text.strip()) for number, text in enumerate(file, 1) if text.strip())


def _of_json_lines(file: IO[bytes]) -> Iterator[Line]:
    for number, text in _numbered(file):
        yield Line(f"line {number}", None, text)


def _of_a_document(file: IO[bytes]) -> Iterator[Line]:
    """An export as it was written: head, then for each room a head, its events, an end."""
    room: str | None = None
    ended = False
    for number, text in _numbered(file):
        body = text.removesuffix(b",")
        if number == 1:
            _check_version(text + b"]}")
        elif body == b"]}":
            room, ended = None, room is None
        elif text.endswith(ROOM_END.encode()):
            room = _room_head(text + b"]}", number)
            yield Line(f"line {number}", room, b'{"type":"room",' + text[1 : -len(ROOM_END) - 1] + b"}")
        else:
            yield Line(f"line {number}", room, body)
    if not ended:
        raise BadFile("the file ends in the middle: it was cut short")


def _check_version(head: bytes) -> None:
    with _as_bad_file("line 1"):
        version = msgspec.json.decode(head, type=_Head).chatsite
    if version != VERSION:
        raise BadFile(f"line 1: this is version {version} of the export, and this chatsite reads version {VERSION}")


def _room_head(text: bytes, number: int) -> str:
    with _as_bad_file(f"line {number}"):
        return msgspec.json.decode(text, type=_Room).room


def _of_a_whole_document(file: IO[bytes]) -> Iterator[Line]:
    with _as_bad_file("neither an export (json, jsonl) nor a room's file"):
        document = msgspec.json.decode(file.read(), type=_Document)
    _check_version(b'{"chatsite":%d}' % document.chatsite)
    for place, room in enumerate(document.rooms):
        head = msgspec.json.encode({"type": "room", "room": room.room, "name": room.name})
        yield Line(f"rooms[{place}]", room.room, head)
        for number, event in enumerate(room.events):
            yield Line(f"rooms[{place}].events[{number}]", room.room, bytes(event))


@contextlib.contextmanager
def _as_bad_file(where: str) -> Iterator[None]:
    try:
        yield
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadFile(f"{where}: {error}") from None


def _of_a_rooms_file(file: IO[bytes]) -> Iterator[Line]:
    """What storage/ holds, judged as the server judges it: a torn tail is passed over, damage is an error."""
    found = scan(partial(_read, file))
    if found.damage is not None:
        raise BadFile(f"line {found.damage.line}: {found.damage.reason}")
    for number, offset in enumerate(found.index.offsets, 2):
        file.seek(offset)
        end = max(0, found.end - offset)
        yield Line(f"line {number}", None, file.readline(end).strip().removesuffix(b","))


def _read(file: IO[bytes], length: int, offset: int) -> bytes:
    file.seek(offset)
    return file.read(length)
