"""All of a room's history can be read by links, without scripts."""

import html
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.storage import Draft
from chat.storage.json_files.store import JsonFileStore
from chat.views.page_links import page_links
from chat.wire.protocol import DEFAULT_HISTORY_EVENTS, HistoryFrame, UnknownEvent
from tests.support.core.asgi_clients import HttpClient


def write(storage: Path, count: int) -> None:
    drafts = [Draft(author="a", username="ada", message=f"message {number}") for number in range(count)]
    JsonFileStore(storage).open("lobby").append(drafts)


def numbers(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<p dir="auto">message (\d+)</p>', page)]


def link(page: str, text: str) -> str | None:
    found = re.search(rf'<a href="([^"]*)"[^>]*>{text}</a>', page)
    return html.unescape(found[1]) if found else None


async def read_along(client: HttpClient, text: str, path: str) -> list[list[int]]:
    """The messages of the pages that a link leads to, one after the other."""
    pages = []
    while path:
        page = (await client.get(path)).text
        pages.append(numbers(page))
        href = link(page, text)
        path = href or ""
    return pages


async def test_all_history_is_read_by_links_in_both_directions(storage: Path, http_client: HttpClient) -> None:
    """Regression: without scripts nobody could read more than the newest fifty messages."""
    write(storage, 120)
    older = await read_along(http_client, "Older messages", "/chat/lobby/")
    assert [number for page in reversed(older) for number in page] == list(range(120))
    newer = await read_along(http_client, "Newer messages", "/chat/lobby/?after=1")
    assert [number for page in newer for number in page] == list(range(120))
    assert max(len(page) for page in [*older, *newer]) == DEFAULT_HISTORY_EVENTS


async def test_what_a_page_says_about_itself_is_true(storage: Path, http_client: HttpClient) -> None:
    write(storage, 60)
    newest = (await http_client.get("/chat/lobby/")).text
    first = (await http_client.get("/chat/lobby/?before=12")).text
    assert numbers(first) == list(range(10))
    assert ("This is where lobby begins." in newest, "This is where lobby begins." in first) == (False, True)
    assert link(first, "Newest messages") == "/chat/lobby/"
    assert "/chat/main." in newest
    assert "/chat/main." not in first
    assert "Without JavaScript, messages appear when" not in first
    nothing = (await http_client.get("/chat/lobby/?before=2")).text
    assert "There are no messages on this page." in nothing
    assert "Nothing said here yet." not in nothing


async def test_times_say_that_they_are_utc(storage: Path, http_client: HttpClient) -> None:
    write(storage, 1)
    assert re.search(r"<time [^>]*>\d\d:\d\d UTC</time>", (await http_client.get("/chat/lobby/")).text)


@pytest.mark.parametrize("query", ["before=x", "after=-1", "before=1&after=1", "limit=0", f"before={2**60}"])
async def test_a_wrong_query_is_a_page_that_says_so(http_client: HttpClient, query: str) -> None:
    answer = await http_client.get(f"/chat/lobby/?{query}")
    assert answer.status == 400
    assert "The query of the address is wrong" in answer.text


async def test_pages_of_history_are_cached_like_the_newest(storage: Path, http_client: HttpClient) -> None:
    write(storage, 2)
    answers = [await http_client.get(f"/chat/lobby/{query}") for query in ("", "?before=3")]
    assert len({answer.headers["cache-control"] for answer in answers}) == 1


@given(first=st.integers(2, 500), count=st.integers(0, 50), data=st.data())
def test_links_lead_on_from_where_a_page_ends(first: int, count: int, data: st.DataObject) -> None:
    events = [UnknownEvent(id=first + number, timestamp="") for number in range(count)]
    complete = data.draw(st.booleans())
    before = page_links(HistoryFrame(events=events, complete=complete, before=first + count))
    after = page_links(HistoryFrame(events=events, complete=complete, after=first - 1))
    assert before.newer == f"?after={first + count - 1}"
    assert before.older == ("" if complete else f"?before={first}" if count else f"?before={first + count}")
    assert after.newer == ("" if complete else f"?after={first + count - 1}")
    assert after.older == (f"?before={first}" if first > 2 else "")
