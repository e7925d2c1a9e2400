"""The search page, and both resources of the API."""

from pathlib import Path

import pytest

from chat.entrance.limits import SEARCHES
from chat.entrance.loop_clock import loop_time
from chat.rooms.hub import Hub
from chat.storage import Draft
from chat.storage.json_files.store import JsonFileStore
from tests.support.core.asgi_clients import HttpClient


@pytest.fixture(autouse=True)
def _rooms(storage: Path) -> None:
    store = JsonFileStore(storage)
    texts = ["the Müller <b>file</b>", "see https://example.org/ for it", "`code` of Müller", "nothing"]
    for slug, day in (("lobby", 1), ("ops", 2)):
        store.append(
            slug, [said(f"{text} in {slug}", f"2026-11-{day:02}T1{n}:00:00.000Z") for n, text in enumerate(texts)]
        )


def said(text: str, timestamp: str) -> Draft:
    return Draft(author="a", username="Ada", message=text, timestamp=timestamp)


async def test_a_room_is_searched(http_client: HttpClient) -> None:
    answer = (await http_client.get("/api/rooms/lobby/search?q=muller")).json()
    assert [message["id"] for message in answer["messages"]] == [4, 2]
    assert (answer["cursor"], answer["complete"]) == (None, True)
    assert answer["messages"][1] == {
        "type": "message",
        "id": 2,
        "author": "a",
        "username": "Ada",
        "message": "the Müller <b>file</b> in lobby",
        "html": '<p dir="auto">the Müller &lt;b&gt;file&lt;/b&gt; in lobby</p>',
        "timestamp": "2026-11-01T10:00:00.000Z",
        "room": "lobby",
        "room_name": "lobby",
        "url": "/chat/lobby/2",
        "excerpt": [["the ", False], ["Müller", True], [" <b>file</b> in lobby", False]],
    }


async def test_a_found_message_has_its_edits_and_reactions(http_client: HttpClient, storage: Path) -> None:
    amendments = [
        Draft(type="edit", author="a", username="Ada", message="the new file", target=2),
        Draft(type="reaction", author="b", username="Bob", emoji="👍", on=True, target=2),
    ]
    JsonFileStore(storage).append("lobby", amendments)
    assert (await http_client.get("/api/rooms/lobby/search?q=müller+file")).json()["messages"] == []
    (found,) = (await http_client.get("/api/rooms/lobby/search?q=new")).json()["messages"]
    assert (found["message"], found["rev"], found["reactions"][0]["count"]) == ("the new file", 7, 1)
    assert found["edited"]


async def test_all_rooms_are_searched_page_by_page(http_client: HttpClient) -> None:
    found, cursor = [], ""
    while cursor is not None:
        answer = (await http_client.get(f"/api/search?q=muller&limit=1&cursor={cursor}")).json()
        found += [(message["room"], message["id"]) for message in answer["messages"]]
        assert answer["complete"] == (answer["cursor"] is None)
        cursor = answer["cursor"]
    assert found == [("ops", 4), ("ops", 2), ("lobby", 4), ("lobby", 2)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=muller&in=ops", [("ops", 4), ("ops", 2)]),
        ("q=muller+in:OPS", [("ops", 4), ("ops", 2)]),
        ("has=link", [("ops", 3), ("lobby", 3)]),
        ("q=has:code&before=2026-11-02", [("lobby", 4)]),
        ("has=code&has=link", []),
        ("from=ada&after=2026-11-01&limit=2", [("ops", 5), ("ops", 4)]),
        ("q=nothing&from=", [("ops", 5), ("lobby", 5)]),
    ],
)
async def test_the_parameters_are_filters(http_client: HttpClient, query: str, found: list[tuple[str, int]]) -> None:
    answer = (await http_client.get(f"/api/search?{query}")).json()
    assert [(message["room"], message["id"]) for message in answer["messages"]] == found


async def test_an_address_alone_is_no_link_if_it_is_code(hub: Hub, http_client: HttpClient, storage: Path) -> None:
    JsonFileStore(storage).append("lobby", [said("`https://example.org/`", "2026-11-05T10:00:00.000Z")])
    answer = (await http_client.get("/api/rooms/lobby/search?has=link")).json()
    assert [message["id"] for message in answer["messages"]] == [3]


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/api/search", 400, "There is nothing to search for."),
        ("/api/search?q=in:ops", 400, "There is nothing to search for."),
        ("/api/search?q=before:x", 400, "“before:” needs a day such as 2026-11-30, not “x”."),
        ("/api/search?q=x&in=%3F", 400, "There is no room “?”."),
        ("/api/search?q=x&cursor=y", 400, "The cursor is not one of this search."),
        ("/api/rooms/lobby/search?q=x&cursor=y", 400, "The cursor is not one of this search."),
        ("/api/rooms/lobby/search?q=x&in=ops", 400, "“in:” is for a search in all rooms."),
        ("/api/rooms/UPPER/search?q=x", 404, "A room is 1 to 64 of a-z"),
        ("/api/search?q=x&limit=51", 400, "Expected `int` <= 50"),
    ],
)
async def test_a_wrong_request_says_what_to_change(
    http_client: HttpClient, path: str, status: int, detail: str
) -> None:
    answer = await http_client.get(path)
    assert answer.status == status
    assert detail in answer.json()["error"]["detail"]


async def test_a_room_that_is_not_stored_has_no_messages(http_client: HttpClient) -> None:
    answer = await http_client.get("/api/rooms/empty/search?q=x")
    assert answer.json() == {"messages": [], "cursor": None, "complete": True, "not_searched": []}


async def test_the_page_shows_what_was_found(http_client: HttpClient) -> None:
    page = (await http_client.get("/search/?q=muller")).text
    assert page.count('class="hit"') == 4
    assert "the <mark>Müller</mark> &lt;b&gt;file&lt;/b&gt; in lobby</p>" in page
    assert 'href="/chat/ops/4"' in page
    assert 'datetime="2026-11-02T12:00:00.000Z">' in page
    assert "2026, " in page
    assert "These are all." in page


async def test_the_page_leads_to_the_next_one(http_client: HttpClient) -> None:
    page = (await http_client.get("/search/?q=muller&room=lobby&limit=1")).text
    assert 'href="?q=muller&amp;room=lobby&amp;cursor=4"' in page
    assert '<option value="lobby" selected>lobby</option>' in page
    assert "Back to lobby" in page


async def test_the_page_says_what_is_wrong_with_a_query(http_client: HttpClient) -> None:
    answer = await http_client.get("/search/?q=has:%3Cx%3E")
    assert answer.status == 200
    assert "“has:” knows link and code, not “&lt;x&gt;”." in answer.text


async def test_the_page_without_a_query_is_a_form(http_client: HttpClient) -> None:
    page = (await http_client.get("/search/")).text
    assert 'name="q"' in page
    assert "No message was found." not in page


async def test_the_page_says_that_nothing_was_found(http_client: HttpClient) -> None:
    assert "No message was found." in (await http_client.get("/search/?q=nowhere")).text


async def test_searches_have_a_rate_of_their_own(hub: Hub, http_client: HttpClient) -> None:
    now = loop_time()
    hub.address_limiters.get("127.0.0.1", now).block(SEARCHES, now, 60)
    assert (await http_client.get("/api/search?q=x")).status == 429
    assert (await http_client.get("/search/?q=x")).status == 429
    assert (await http_client.get("/search/")).status == 200
    assert (await http_client.get("/api/rooms/")).status == 200


async def test_a_room_that_cannot_be_searched_is_named(http_client: HttpClient, storage: Path) -> None:
    (storage / "ops.json").write_text("no room")
    answer = (await http_client.get("/api/search?q=muller")).json()
    assert [message["room"] for message in answer["messages"]] == ["lobby", "lobby"]
    assert answer["not_searched"] == [{"room": "ops", "room_name": "ops"}]
    page = (await http_client.get("/search/?q=muller")).text
    assert "These rooms cannot be searched right now: <bdi>ops</bdi></p>" in page
    assert page.count('class="hit"') >= 2
    assert (await http_client.get("/api/rooms/lobby/search?q=muller")).json()["not_searched"] == []
