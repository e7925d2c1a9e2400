"""What one line of a room's file holds, and how it is written, checked and read.

A record is a JSON object on one line. Its last two members guard it: `batch`, the id of the first record that was
written together with it, and `crc`, the CRC-32 (eight hexadecimal digits) of the line's bytes without that member.
A line without `crc` was edited by its owner and is taken as it is.
"""

import json
from collections.abc import Sequence
from zlib import crc32

import msgspec

from chat.storage.records import MAX_CHOSEN_ID, Record

FORMAT = 1
CRC_MEMBER = b',"crc":"'
CRC_LENGTH = len(CRC_MEMBER) + 8 + len(b'"}')


class BadRecord(ValueError):
    """A line that is no record. `readable` when it is a JSON object all the same: then no torn write made it."""

    def __init__(self, reason: str, *, readable: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.readable = readable


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Record)


def encode_line(record: Record) -> bytes:
    """The record as it stands in the file, with its crc, without comma or newline."""
    return encode_lines([record if record.crc is None else msgspec.structs.replace(record, crc=None)])[0]


def encode_lines(records: Sequence[Record]) -> list[bytes]:
    """The same of many that have no crc yet, in fewer steps for each."""
    lines = _encoder.encode_lines(records).split(b"\n")[:-1]
    return [b'%b,"crc":"%08x"}' % (line[:-1], crc32(line)) for line in lines]


def decode_line(line: bytes) -> Record:
    """The record of a line (no comma, no newline). Raises `BadRecord` with a reason for people."""
    try:
        record = _decoder.decode(line)
    except msgspec.ValidationError as error:
        _check_whole(line)  # the decoder stops at the first thing that it does not expect
        raise BadRecord(f"not a record of chatsite ({error})", readable=line.startswith(b"{")) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRecord(f"not a whole JSON object on one line ({error})") from None
    if record.crc is None:
        _check_whole(line)
        if record.id > MAX_CHOSEN_ID:
            raise BadRecord(f"id {record.id} is greater than {MAX_CHOSEN_ID}", readable=True)
    elif not crc_holds(line):
        raise BadRecord('the checksum does not match (if you edited this line, delete its "crc")', readable=True)
    return record


def _check_whole(line: bytes) -> None:
    """No checksum vouches for this line, and the decoder looks only at members it knows: others could be any bytes."""
    try:
        json.loads(line.decode(), parse_int=str)  # however many digits
    except (ValueError, RecursionError) as error:
        raise BadRecord(f"not a whole JSON object on one line ({error})") from None


def crc_holds(line: bytes) -> bool:
    """Whether a line ends with the checksum of what stands in front of it."""
    if line[-CRC_LENGTH:-10] != CRC_MEMBER:
        return False
    return b"%08x" % crc32(b"}", crc32(line[:-CRC_LENGTH])) == line[-10:-2]
