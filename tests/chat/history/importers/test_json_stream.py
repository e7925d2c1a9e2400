"""Large JSON files come member by member, whatever is broken in them."""

import io
import json
from typing import IO, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.history.importers import json_stream
from chat.history.importers.json_stream import ENDS_EARLY, ENTERED, Item, walk

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8"), max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=4),
    max_leaves=15,
)


def items(text: str | bytes, *enter: str) -> list[Item]:
    raw = text.encode() if isinstance(text, str) else text
    return list(walk(io.BytesIO(raw), enter))


def values_at(text: str | bytes, where: str, *enter: str) -> list[Any]:
    return [item.value for item in items(text, *enter) if item.where == where and not item.error]


class Dripping(io.RawIOBase):
    """Gives a few bytes at a time, as a compressed member does."""

    def __init__(self, raw: bytes, size: int) -> None:
        self._raw = io.BytesIO(raw)
        self._size = size

    def read(self, size: int = -1, /) -> bytes:
        return self._raw.read(self._size)


@given(st.lists(values, max_size=6), st.sampled_from([2, 9, 40]), st.booleans())
@settings(max_examples=40, deadline=None)
def test_the_members_are_those_of_the_file_however_it_is_cut(found: list[Any], size: int, ascii_only: bool) -> None:
    text = json.dumps({"name": "x", "messages": found}, ensure_ascii=ascii_only)
    file: IO[bytes] = Dripping(text.encode(), size)  # type: ignore[assignment]
    read = list(walk(file, {"", "messages"}))
    assert [item.value for item in read if item.where == "messages.*"] == found
    assert [item.number for item in read if item.where == "messages.*"] == list(range(len(found)))
    assert Item("name", 0, "x") in read


def test_lists_within_lists_are_entered() -> None:
    text = '{"chats": {"about": "", "list": [{"id": 1, "messages": [{"a": [1]}, 2]}, {"messages": []}]}, "z": 12}'
    enter = ("", "chats", "chats.list", "chats.list.*", "chats.list.*.messages")
    assert [(where, number, value) for where, number, value, _ in items(text, *enter) if value is not ENTERED] == [
        ("chats.about", 0, ""),
        ("chats.list.*.id", 0, 1),
        ("chats.list.*.messages.*", 0, {"a": [1]}),
        ("chats.list.*.messages.*", 1, 2),
        ("z", 0, 12),
    ]
    assert [item.number for item in items(text, *enter) if item.where == "chats.list.*"] == [0, 1]


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (rb'["a\x0Bb\\x0B"]', "a\vb\\x0B"),
        (rb'["C:\Dir\"]", 1]'.replace(rb"\"]", rb"\\"), "C:\\Dir\\"),
        (b'["a\nb"]', "a\nb"),
        (b'\xef\xbb\xbf["a"]', "a"),
        ('["ä"]'.encode("utf-16"), "ä"),
        (b'["a\xffb"]', "a\ufffdb"),
        (rb'["\uD83D\uDCAF\/"]', "💯/"),
        (rb'["a\uD83D b"]', "a\ufffd b"),
    ],
)
def test_escapes_and_encodings_that_are_not_json_are_mended(raw: bytes, value: str) -> None:
    assert values_at(raw, "*", "")[0] == value


def test_a_broken_member_is_named_and_the_next_one_read() -> None:
    read = items('[{"a": 1}, {"a": oh, "b": "}"}, {"a": 3}, nil, 5]', "")[1:]
    assert [(item.number, item.value) for item in read if not item.error] == [(0, {"a": 1}), (2, {"a": 3}), (4, 5)]
    assert [(item.number, item.error[:13]) for item in read if item.error] == [
        (1, "no valid JSON"),
        (3, "no valid JSON"),
    ]


@pytest.mark.parametrize("cut", range(2, 40))
def test_half_a_file_gives_what_is_whole_and_says_that_it_ends_early(cut: int) -> None:
    text = '{"messages": [{"a": "x"}, {"a": "y{"}], "z": 1}'
    read = items(text[:cut], "", "messages")
    whole = [text.index("}") + 1 <= cut, text.index("}]") + 1 <= cut]
    assert [item.value["a"] for item in read if item.where == "messages.*" and not item.error] == ["x", "y{"][
        : sum(whole)
    ]
    assert [item.error for item in read if item.error] == [ENDS_EARLY]


@pytest.mark.parametrize("text", ["[1 2]", '{"a" 1}', '{"a": 1, 2: 3}', "[1}", "", "["])
def test_damage_between_members_ends_the_reading_with_an_error(text: str) -> None:
    assert [bool(item.error) for item in items(text, "")][-1]
    assert sum(bool(item.error) for item in items(text, "")) == 1


def test_deep_nesting_is_a_broken_member() -> None:
    read = items("[" + "[" * 100_000 + "]" * 100_000 + ", 2]", "")
    assert [item.error or item.value for item in read[1:]] == ["nested too deep", 2]


def test_no_more_than_a_few_pieces_are_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "PIECE", 1000)
    longest = 0
    text = json_stream._Text(io.BytesIO(json.dumps([{"a": "x" * 50}] * 5000).encode()))
    for _ in json_stream._Walk(text, {""}).value("", 0):
        longest = max(longest, len(text.text))
    assert longest <= 3000
