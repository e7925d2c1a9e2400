"""Files that can be imported, line by line: an export as JSON or JSON Lines, or a copy of a room's file.

An export that another tool has written anew (`jq .`) has lost its lines. It can be read too, but not as a stream.
"""

import codecs
import contextlib
import gzip
import re
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec

from chat.history.as_json import HEAD_END, ROOM_END, VERSION
from chat.storage import RoomDamaged
from chat.storage.json_files.room_copy import is_room_copy, records_of_copy, room_in_name

GZIP_MAGIC = b"\x1f\x8b"
HEAD_BYTES = 2**16  # that tell what kind of file it is
OnNote = Callable[[str], None]
_document_start = re.compile(rb'\{(\s*"chatsite"\s*:.*)?')


class BadFile(Exception):
    """Not a file that can be imported, or one that is incomplete. The text says why."""


class Line(NamedTuple):
    """A JSON object of the file: where it is, for people; its room, unless the object names it; its bytes."""

    place: str
    room: str | None
    body: bytes


class _Room(msgspec.Struct):
    room: str
    name: str | None = None
    epoch: str | None = None
    events: list[msgspec.Raw] = []


class _Document(msgspec.Struct):
    chatsite: int
    rooms: list[_Room]


class _Head(msgspec.Struct):
    chatsite: int


def default_room(name: str) -> str | None:
    """The room of a copy of a room's file, by its name; None for any other name."""
    return room_in_name(Path(name).name)


def _ignore(note: str) -> None:
    """The second pass says nothing again."""


@contextlib.contextmanager
def open_source(name: str) -> Iterator[IO[bytes]]:
    """A file, or standard input for `-`, decompressed and seekable. Raises OSError, `BadFile`."""
    with contextlib.ExitStack() as stack:
        file: IO[bytes] = sys.stdin.buffer if name == "-" else stack.enter_context(open(name, "rb"))
        if not file.seekable():
            file = stack.enter_context(_spooled(file))
        if _starts_with(file, GZIP_MAGIC):
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


def _starts_with(file: IO[bytes], prefix: bytes) -> bool:
    found = file.read(len(prefix))
    file.seek(0)
    return found == prefix


def lines(file: IO[bytes], on_note: OnNote = _ignore) -> Iterator[Line]:
    """Every line that is not blank. `on_note` gets what was unusual about the file, and was read. Raises `BadFile`."""
    head = _head(file)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadFile("this is UTF-16 text: save the file as UTF-8")
    if is_room_copy(head):
        return _room_copy_lines(file, on_note)
    file.seek(len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0)
    start = file.tell()
    first = file.readline().strip()
    file.seek(start)
    if first.startswith(b'{"chatsite":') and first.endswith(HEAD_END.encode()):
        return _document_lines(file)
    if _document_start.fullmatch(first):
        return _reformatted_document_lines(file)
    return _json_lines(file)


def _head(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(HEAD_BYTES)


def _numbered(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    return ((number, text.strip()) for number, text in enumerate(file, 1) if text.strip())


def _json_lines(file: IO[bytes]) -> Iterator[Line]:
    for number, text in _numbered(file):
        yield Line(f"line {number}", None, text)


def _document_lines(file: IO[bytes]) -> Iterator[Line]:
    """An export as it was written: its head, then for each room a head, its events, an end."""
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
    with _decode_errors("line 1"):
        version = msgspec.json.decode(head, type=_Head).chatsite
    if version != VERSION:
        raise BadFile(f"line 1: this is version {version} of the export, and this chatsite reads version {VERSION}")


def _room_head(text: bytes, number: int) -> str:
    with _decode_errors(f"line {number}"):
        return msgspec.json.decode(text, type=_Room).room


def _reformatted_document_lines(file: IO[bytes]) -> Iterator[Line]:
    with _decode_errors("neither an export (json, jsonl) nor a room's file"):
        document = msgspec.json.decode(file.read(), type=_Document)
    _check_version(b'{"chatsite":%d}' % document.chatsite)
    for room_number, room in enumerate(document.rooms):
        head = msgspec.json.encode({"type": "room", "room": room.room, "name": room.name, "epoch": room.epoch})
        yield Line(f"rooms[{room_number}]", room.room, head)
        for number, event in enumerate(room.events):
            yield Line(f"rooms[{room_number}].events[{number}]", room.room, bytes(event))


@contextlib.contextmanager
def _decode_errors(place: str) -> Iterator[None]:
    try:
        yield
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadFile(f"{place}: {error}") from None


def _room_copy_lines(file: IO[bytes], on_note: OnNote) -> Iterator[Line]:
    """A file of the JSON store, judged as the store judges it: a torn tail is skipped, damage is an error."""
    try:
        for place, record in records_of_copy(file, on_note):
            yield Line(place, None, record)
    except RoomDamaged as error:
        raise BadFile(error.why) from None
