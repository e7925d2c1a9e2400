"""The query language."""

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.search.query import Query, QueryError, parse_query
from chat.search.texts import _parsed, milliseconds, search_text
from chat.storage import Record
from chat.storage.timestamps import format_timestamp


def ms(*day: int) -> int:
    return int(datetime(*day, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("deploy Friday", Query(words=("deploy", "friday"))),
        ('"release  Notes" now', Query(words=("release notes", "now"))),
        ("“release notes”", Query(words=("release notes",))),
        ('as it is "typed', Query(words=("as", "it", "is", "typed"))),
        ("twice Twice", Query(words=("twice",))),
        ("from:Ada", Query(author="ada")),
        ("FROM:@Ada", Query(author="ada")),
        ('from:"Ada Lovelace" x', Query(words=("x",), author="ada lovelace")),
        ("before:2026-11-01", Query(before=ms(2026, 11, 1))),
        ("after:2026-10-31", Query(after=ms(2026, 11, 1))),
        ("has:link has:code", Query(has_link=True, has_code=True)),
        ("in:#ops x", Query(words=("x",), room="ops")),
        ("https://example.org/a:b", Query(words=("https://example.org/a:b",))),
        ('"from:ada"', Query(words=("from:ada",))),
        ("wherefrom:x", Query(words=("wherefrom:x",))),
        ("x\u00ad \u200b", Query(words=("x",))),
        ('"" x', Query(words=("x",))),
        ("", Query()),
    ],
)
def test_a_query(text: str, query: Query) -> None:
    assert parse_query(text) == query


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("from:", "Something is missing behind “from:”."),
        ("from: ada", "Something is missing behind “from:”."),
        ('in:"" x', "Something is missing behind “in:”."),
        ("before:yesterday", "“before:” needs a day such as 2026-11-30, not “yesterday”."),
        ("after:2026-02-30", "“after:” needs a day such as 2026-11-30, not “2026-02-30”."),
        ("after:0001-01-01", "“after:” needs a day such as 2026-11-30, not “0001-01-01”."),
        ("has:cheese{0}", "“has:” knows link and code, not “cheese{0}”."),
        ("x" * 501, "A search can have 500 characters."),
        (" ".join(map(str, range(21))), "A search can have 20 words."),
    ],
)
def test_a_wrong_query_says_what_to_change(text: str, reason: str) -> None:
    with pytest.raises(QueryError) as raised:
        parse_query(text)
    assert raised.value.reason == reason


def test_parameters_are_the_same_as_filters() -> None:
    parameters = {"from": "ada", "before": "2026-11-01", "after": "2026-01-01", "has": "code", "in": "ops"}
    as_text = " ".join(f"{name}:{value}" for name, value in parameters.items())
    assert parse_query("x", parameters.items()) == parse_query(f"x {as_text}")
    assert parse_query("x from:bob", [("from", "ada")]).author == "ada"


def test_a_query_of_a_room_alone_is_empty() -> None:
    assert parse_query("in:ops").is_empty
    assert not parse_query("from:ada").is_empty


@given(
    st.datetimes(timezones=st.just(UTC)).filter(lambda moment: 1970 < moment.year < 9000),
    st.text(max_size=3),
    st.integers(0, 25),
)
def test_a_timestamp_is_read_fast_or_as_before(moment: datetime, noise: str, place: int) -> None:
    stamp = format_timestamp(moment)
    for each in (stamp, stamp[:place] + noise + stamp[place + len(noise) :]):
        assert milliseconds(each) == _parsed(each)


@given(st.text(max_size=60))
def test_any_text_is_a_query_or_an_error(text: str) -> None:
    with contextlib.suppress(QueryError):
        assert all(parse_query(text).words)


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("muller", True),
        ("Müller 中文", True),
        ('"notes: see"', True),
        ("notes see:", False),
        ("from:ada", True),
        ("from:ad", False),
        ("before:2026-11-30", False),
        ("before:2026-12-01", True),
        ("after:2026-11-29", True),
        ("after:2026-11-30", False),
        ("has:link", True),
        ("has:code", False),
    ],
)
def test_what_a_query_finds(text: str, is_found: bool) -> None:
    said = "Release notes: see https://example.org/ by Müller (中文版)"
    record = Record(id=2, type="message", username="Ada", message=said, timestamp="2026-11-30T12:00:00.000Z")
    assert parse_query(text).matches(search_text(record)) == is_found
