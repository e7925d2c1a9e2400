"""Takes the words out of a record's line, in place: the author's name and the text become blanks. Pure.

Before and after:

    {"id":5,"type":"message","author":"a","username":"ada","message":"hi","timestamp":"...","batch":5,"crc":"3f0c55a1"}
    {"id":5,"type":"message","author":"a",                                "timestamp":"...","batch":5,"crc":"91d2e07b"}

Both have the same length, and nothing but the blanks and the digits of the checksum differs. So whatever mixture of old
and new sectors a crash leaves, both ends of the line are there, and the blanked line can be made from them.
"""

import re
from zlib import crc32

import msgspec

from chat.storage.json_files.lines import CRC_LENGTH, BadRecord, decode_line, encode_line, with_crc
from chat.storage.records import Record

WORDED_TYPES = {"message", "edit"}  # the types of records that hold a text
MAX_BLANKS = 2**17  # of one line: more than the longest text takes
TIMESTAMP = b'"timestamp":"'  # unescaped: never a part of a text

_STRING = rb'"(?:[^"\\\x00-\x1f]|\\.)*"'
_head = re.compile(rb'\{"id":[0-9]+,"type":"(?:message|edit)",(?:"author":' + _STRING + rb",)?")
_tail = re.compile(
    TIMESTAMP[:-1] + _STRING + rb'(?:,"client_id":' + _STRING + rb')?(?:,"(?:reply_to|target)":[0-9]+)*,"batch":[0-9]+'
    rb',"crc":"[0-9a-f]{8}"\}\Z'
)
_checksum = re.compile("[0-9a-f]{8}")
_control_byte = re.compile(rb"[\x00-\x1f]")


def has_words(record: Record) -> bool:
    """Whether a record holds a text, or its author's name."""
    return record.type in WORDED_TYPES and (record.message is not None or record.username is not None)


def is_without_words(record: Record) -> bool:
    """Whether a record was deleted, and its words are gone."""
    return record.type in WORDED_TYPES and record.message is None and record.username is None


def is_blank(line: bytes, record: Record) -> bool:
    """Whether nothing but a record without words is on its line: no member of a tool, and no repeated one."""
    return is_without_words(record) and line in {without_words(record), _blanked_form(record, len(line))}


def without_words(record: Record) -> bytes:
    """The line of a record without its words, as short as it can be. Members that chatsite does not know are gone."""
    return encode_line(msgspec.structs.replace(record, username=None, message=None))


def blanked(line: bytes) -> bytes | None:
    """The line with blanks in the place of its words; None if it is not a line exactly as chatsite writes it.

    A line without a checksum, with escapes, unknown or repeated members: it is replaced, with the whole file.
    """
    record = decode_line(line)
    return _blanked_form(record, len(line)) if encode_line(record) == line else None


def restored(line: bytes) -> bytes | None:
    """The blanked line that a mixture of sectors before and after was to become; None if it cannot be one."""
    head, tail = _head.match(line), _tail.search(line)
    if head is None or tail is None or head.end() >= tail.start():
        return None
    if _control_byte.search(line, head.end(), tail.start()):
        return None  # neither blanks nor words: another crash, or another program, has left this
    try:
        record = decode_line(head[0] + tail[0][:-CRC_LENGTH] + b"}")
    except BadRecord:
        return None
    form = _blanked_form(record, len(line))
    return form if form.startswith(head[0]) and form.endswith(tail[0][:-CRC_LENGTH], 0, -CRC_LENGTH) else None


def decode_deleted(line: bytes) -> Record:
    """The record of a line; without its words if a crash has interrupted the overwriting. Raises `BadRecord`."""
    try:
        return decode_line(line)
    except BadRecord:
        if (completed := restored(line)) is None:
            raise
        return decode_line(completed)


def with_its_blanks(record: Record) -> bytes | None:
    """The line of a record without words that has lost its blanks to a tool: its checksum tells how many there were."""
    if record.crc is None or not _checksum.fullmatch(record.crc):
        return None
    short, checksum = without_words(record), int(record.crc, 16)
    place = short.index(TIMESTAMP)
    before, behind = crc32(short[:place]), short[place:-CRC_LENGTH] + b"}"
    for count in range(MAX_BLANKS):
        if crc32(behind, before) == checksum:
            return _blanked_form(record, len(short) + count)
        before = crc32(b" ", before)
    return None


def _blanked_form(record: Record, length: int) -> bytes:
    short = without_words(record)
    place = short.index(TIMESTAMP)
    body = short[:place] + b" " * (length - len(short)) + short[place:-CRC_LENGTH]
    return with_crc(body)
