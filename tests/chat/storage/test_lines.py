"""The lines of a room's file: what is written is read again, and every alteration is noticed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.storage import Record
from chat.storage.json_files.lines import BadRecord, decode_line, encode_line
from chat.storage.timestamps import now

text = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.integers(1, 2**53 - 1)
records = st.builds(
    Record,
    id=numbers,
    type=st.just("message"),
    author=text,
    username=text,
    message=text,
    timestamp=text,
    client_id=st.none() | text,
    reply_to=st.none() | numbers,
    batch=numbers,
)


@given(records)
def test_a_record_comes_back_as_it_was_written(record: Record) -> None:
    line = encode_line(record)
    assert b"\n" not in line
    read = decode_line(line)
    assert read.crc is not None
    assert {**json.loads(line), "crc": None} == {**json.loads(encode_line(read)), "crc": None}
    assert (read.message, read.author, read.client_id) == (record.message, record.author, record.client_id)


@given(records)
def test_a_record_that_is_written_again_is_the_same_line(record: Record) -> None:
    """It kept its old checksum as a member, and got one more each time."""
    assert encode_line(decode_line(encode_line(record))) == encode_line(record)


@given(records, st.data())
def test_no_altered_byte_goes_unnoticed(record: Record, data: st.DataObject) -> None:
    line = bytearray(encode_line(record))
    place = data.draw(st.integers(0, line.index(b',"crc":"') - 1))
    line[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BadRecord):
        decode_line(bytes(line))


@given(st.binary())
def test_whatever_a_line_is_it_is_a_record_or_a_bad_one(line: bytes) -> None:
    with pytest.raises(BadRecord):
        decode_line(line)


@pytest.mark.parametrize(
    ("line", "is_json"),
    [
        (b'{"id":1,"type":"x","timestamp":"t"', False),
        (b'{"id":1,"type":"x","timestamp":"t"}}', False),
        (b'{"id":1,"type":"\0","timestamp":"t"}', False),
        (b'{"id":1,"type":"\xff","timestamp":"t"}', False),
        (b'{"id":0,"type":"x","timestamp":"t"}', True),
        (b'{"id":true,"type":"x","timestamp":"t"}', True),
        (b'{"id":1.5,"type":"x","timestamp":"t"}', True),
        (b'{"id":9007199254740992,"type":"x","timestamp":"t"}', True),
        (b'{"id":1,"type":"x","timestamp":"t","crc":"00000000"}', True),
        (b"7", False),
        (b"[" * 100_000, False),
        (b'{"id":' + b"1" * 10_000 + b"}", True),
        (b'{"id":1,"type":"x","timestamp":"t","c\x80c":"00000000"}', False),
    ],
)
def test_json_that_is_no_record_is_told_from_a_torn_one(line: bytes, is_json: bool) -> None:
    with pytest.raises(BadRecord) as caught:
        decode_line(line)
    assert caught.value.is_json is is_json


def test_a_checksum_that_is_not_at_the_end_of_its_line_does_not_hold() -> None:
    line = encode_line(Record(id=1, type="x", timestamp=now()))
    moved = b'{"crc":"%b",%b}' % (line[-10:-2], line[1:-18])
    with pytest.raises(BadRecord, match="checksum"):
        decode_line(moved)


def test_a_torn_record_is_not_taken_for_an_edited_one_because_of_what_stands_at_the_tear() -> None:
    """The decoder stops at the first member of a wrong type, before it sees that the rest is no JSON."""
    for torn in (b'{"id":1,"type":"x","timestamp":7\xff\0', b'{"id":1,"type":{"id":2,"type":"x","timestamp":"t"}'):
        with pytest.raises(BadRecord) as caught:
            decode_line(torn)
        assert not caught.value.is_json
