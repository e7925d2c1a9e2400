"""Words are taken out of a line in place, and any mixture of the bytes before and after becomes the line after."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.storage import Record
from chat.storage.json_files.blanking import blanked, has_words, restored, without_words
from chat.storage.json_files.lines import BadRecord, crc_holds, decode_line, encode_line

text = st.text(st.characters(exclude_categories=["Cs"]))
tricky = st.sampled_from(
    ['"timestamp":"x"', '","timestamp":"2026', "    ", '{"id":5,"type":"message"', "\\", '\\"', ""]
)
texts = st.lists(text | tricky, max_size=4).map("".join)
numbers = st.integers(1, 2**52)
worded = st.builds(
    Record,
    id=numbers,
    type=st.sampled_from(["message", "edit"]),
    author=texts,
    username=texts,
    message=texts,
    timestamp=st.just("2026-11-23T13:42:38.065Z"),
    client_id=st.none() | texts,
    reply_to=st.none() | numbers,
    target=st.none() | numbers,
    batch=numbers,
)
SMALL_SECTOR = 7  # bytes: many of them in one line


def blanked_of(record: Record) -> tuple[bytes, bytes]:
    line = encode_line(record)
    after = blanked(line)
    assert after is not None
    return line, after


@given(worded)
def test_only_name_and_text_go_and_every_other_byte_stays_in_its_place(record: Record) -> None:
    line, after = blanked_of(record)
    assert (len(after), crc_holds(after)) == (len(line), True)
    kept = {name: value for name, value in json.loads(line).items() if name not in {"username", "message", "crc"}}
    assert {**json.loads(after), "crc": None} == {**kept, "crc": None}
    differing = [place for place, (old, new) in enumerate(zip(line, after, strict=True)) if old != new]
    gone = b'"username":' + json_of(record.username) + b',"message":' + json_of(record.message) + b","
    start = len(line) - len(line.split(gone, 1)[1]) - len(gone)
    assert all(start <= place < start + len(gone) or place >= len(line) - 10 for place in differing)
    assert not has_words(decode_line(after))


def json_of(value: str | None) -> bytes:
    line = encode_line(Record(id=1, type="message", message=value, timestamp=""))
    return line.split(b'"message":', 1)[1].rsplit(b',"timestamp":', 1)[0]


@given(worded, st.data())
def test_any_mixture_of_sectors_before_and_after_is_completed(record: Record, data: st.DataObject) -> None:
    line, after = blanked_of(record)
    begin = data.draw(st.integers(0, SMALL_SECTOR - 1))
    sectors = range(-begin, len(line), SMALL_SECTOR)
    places = [slice(max(0, at), at + SMALL_SECTOR) for at in sectors]
    new = data.draw(st.lists(st.booleans(), min_size=len(places), max_size=len(places)))
    mixture = b"".join((after if is_new else line)[place] for place, is_new in zip(places, new, strict=True))
    assert restored(mixture) == after


@given(worded, st.data())
def test_so_is_a_write_that_was_cut_at_any_byte(record: Record, data: st.DataObject) -> None:
    line, after = blanked_of(record)
    cut = data.draw(st.integers(0, len(line)))
    assert restored(after[:cut] + line[cut:]) == after


@given(worded)
def test_what_was_blanked_stays_as_it_is(record: Record) -> None:
    _, after = blanked_of(record)
    assert restored(after) == after
    assert blanked(without_words(record)) in {None, without_words(record)}


LINE = encode_line(
    Record(id=5, type="message", author="a", username="ada", message="hi", timestamp="now", client_id="c", batch=5)
)


@pytest.mark.parametrize(
    "line",
    [
        LINE.replace(b'"type":"message"', b'"type":"reaction"'),  # no type that holds words
        LINE.replace(b'"id":5', b'"id":x'),
        LINE.replace(b'"batch":5', b'"batch":x'),
        LINE.replace(b'"ada"', b'"a\0a"'),  # a sector that was never written
        LINE[:-1],
        LINE[1:],
        LINE + b" ]",
        LINE.replace(b'"id":5', b'"id":%d' % 2**60),
        LINE.replace(b'"client_id":"c",', b'"client_id":"c","note":"x",'),
        b"",
        b"]",
    ],
)
def test_what_no_overwriting_can_have_left_is_not_completed(line: bytes) -> None:
    assert restored(line) is None


@pytest.mark.parametrize(
    "line",
    [
        LINE.replace(b',"crc"', b',"note":"hi","crc"'),
        LINE.replace(b'"hi"', b'"h\\u0069"'),
        LINE.replace(b'"id":5,', b'"id": 5, '),
        LINE.replace(b'"message":"hi"', b'"message":"ho","message":"hi"'),
        LINE.replace(b'"client_id":"c",', b"").replace(b'"author":"a",', b'"client_id":"c","author":"a",'),
    ],
)
def test_a_line_that_a_tool_has_written_is_not_changed_in_place_and_shortened(line: bytes) -> None:
    edited = line[: line.index(b',"crc"')] + b"}"
    assert blanked(edited) is None
    short = without_words(decode_line(edited))
    assert json.loads(short).keys() == {"id", "type", "author", "timestamp", "client_id", "batch", "crc"}
    assert crc_holds(short)


def test_a_damaged_line_is_not_blanked() -> None:
    with pytest.raises(BadRecord):
        blanked(LINE.replace(b"hi", b"ho"))
