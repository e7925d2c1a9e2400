"""Deeply nested JSON is refused at the same depth whatever Python the server runs on."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.history.entry import BadEntry
from chat.history.entry import decode as decode_entry
from chat.storage.json_files.lines import BadRecord, decode_line
from chat.text.json_depth import MAX_JSON_DEPTH, TooDeep, check_json_depth
from chat.wire import commands
from chat.wire.errors import ErrorCode, ProtocolError


def array(depth: int) -> str:
    return "[" * depth + "]" * depth


@pytest.mark.parametrize("inner", ['"[[["', r'"\"[[["', r'"\\"', "{}", "[]"])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), (r'{"[\"{":', "}")])
def test_arrays_and_objects_count_and_strings_do_not(inner: str, opening: str, closing: str) -> None:
    levels = MAX_JSON_DEPTH - (inner in {"[]", "{}"})
    text = opening * levels + inner + closing * levels
    assert json.loads(text)
    for written in (text, text.encode()):
        check_json_depth(written)
    for too_deep in (f"[{text}]", f"[1,{text}]".encode()):
        with pytest.raises(TooDeep):
            check_json_depth(too_deep)


values = st.recursive(
    st.none() | st.text('[]{}"\\aé'), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(values, st.integers(MAX_JSON_DEPTH - 6, MAX_JSON_DEPTH + 2), st.booleans())
def test_the_check_agrees_with_the_decoded_value(value: Any, outer: int, ascii_only: bool) -> None:
    text = "[" * outer + json.dumps(value, ensure_ascii=ascii_only) + "]" * outer
    try:
        check_json_depth(text)
        refused = False
    except TooDeep:
        refused = True
    assert refused == (outer + depth(value) > MAX_JSON_DEPTH)


def depth(value: Any) -> int:
    """How deeply a decoded value is nested."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


def test_many_brackets_side_by_side_are_not_deep() -> None:
    check_json_depth(json.dumps([[] for _ in range(10 * MAX_JSON_DEPTH)]))


# Where JSON comes from outside


def test_a_nested_frame_is_refused_at_the_same_depth_by_every_python() -> None:
    """Regression: the decoder's own limit was the only one. From Python 3.12 on it is ten times as large or more."""
    frame = '{"type":"ping","other":%s}'
    assert isinstance(commands.decode(frame % array(MAX_JSON_DEPTH - 1), 4000), commands.Ping)
    for levels in (MAX_JSON_DEPTH, MAX_JSON_DEPTH + 100):
        with pytest.raises(
            ProtocolError, match=r"^The frame is not JSON \(it is nested more than 500 deep\)\.$"
        ) as caught:
            commands.decode(frame % array(levels), 4000)
        assert caught.value.code is ErrorCode.INVALID_JSON


def test_brackets_in_a_message_are_text() -> None:
    text = "[" * 4000
    assert commands.decode(json.dumps({"type": "message", "message": text}), 4000) == commands.PostMessage(text)


def test_a_nested_line_of_a_rooms_file_is_refused() -> None:
    """Regression: a record with a member of the owner's, readable with one Python, was damage with another."""
    line = '{"id":2,"type":"message","timestamp":"t","other":%s}'
    assert decode_line((line % array(MAX_JSON_DEPTH - 1)).encode()).id == 2
    with pytest.raises(BadRecord, match="nested more than 500 deep"):
        decode_line((line % array(MAX_JSON_DEPTH)).encode())


def test_a_nested_line_of_an_import_is_refused() -> None:
    line = '{"message":"hi","other":%s}'
    assert decode_entry((line % array(MAX_JSON_DEPTH - 1)).encode()).message == "hi"
    with pytest.raises(BadEntry, match="nested more than 500 deep"):
        decode_entry((line % array(MAX_JSON_DEPTH)).encode())
