"""The pages as a browser gets them, before any script has run."""

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest

from chat.entrance.identity import COOKIE, from_cookie
from chat.rooms.batch_priority import BatchPriority
from chat.rooms.hub import Hub
from chat.storage import Draft
from chat.storage.json_file import JsonFileStore
from chat.views import rows as html_rows
from chat.wire.protocol import MessageEvent
from tests.support.core.asgi_clients import HttpClient, WebSocketClient
from tests.support.core.doubles import kept


def config(page: str) -> dict[str, Any]:
    """What the page tells the client."""
    content: dict[str, Any] = json.loads(page.split('id="chat-config"')[1].split(">", 1)[1].split("</script>")[0])
    return content


# A room's page


async def test_the_site_begins_in_the_lobby(http_client: HttpClient) -> None:
    answer = await http_client.get("/")
    assert (answer.status, answer.headers["location"]) == (302, "/chat/lobby/")


async def test_a_room_can_be_read_without_any_script(hub: Hub, http_client: HttpClient) -> None:
    async with WebSocketClient(hub, username="ada") as ada:
        await ada.say("hello *world*")
        await ada.say("and <script>alert(1)</script> & co")
    answer = await http_client.get("/chat/lobby/")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "hello <em>world</em>" in answer.text
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "ada" in answer.text
    assert config(answer.text)["last_id"] == 3


async def test_the_page_tells_the_client_where_it_stands(hub: Hub, http_client: HttpClient) -> None:
    answer = await http_client.get("/chat/lobby/")
    told = config(answer.text)
    room = await hub.room("lobby")
    assert told["epoch"] == room.feed.epoch
    assert {key: told[key] for key in ("protocol", "room", "last_id", "complete", "you", "socket")} == {
        "protocol": 1,
        "room": "lobby",
        "last_id": 1,
        "complete": True,
        "you": {"author": "", "username": ""},
        "socket": "/ws/chat/lobby/",
    }
    assert (told["name_url"], told["rooms_url"], told["create_url"]) == ("/name/", "/api/rooms/", "/chat/")
    assert told["limits"]["message"] == 4000


async def test_names_and_rooms_are_escaped_everywhere(hub: Hub, http_client: HttpClient) -> None:
    nasty = '</script><img src=x onerror="1">'
    async with WebSocketClient(hub, "buro", username=nasty) as ada:
        await ada.say(nasty)
    await hub.create("nasty", nasty)
    await http_client.get("/chat/lobby/")
    answer = await http_client.post("/name/", {"username": nasty})
    assert answer.status == 302
    for path in ("/chat/buro/", "/chat/nasty/"):
        answer = await http_client.get(path)
        assert answer.status == 200
        assert "<img src=x" not in answer.text
    assert html.escape(nasty) in answer.text
    assert config(answer.text)["you"]["username"] == nasty


async def test_a_first_visit_gets_an_author_and_later_ones_keep_it(http_client: HttpClient) -> None:
    first = await http_client.get("/chat/lobby/")
    (cookie,) = [line for line in first.cookies if line.startswith(COOKIE)]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Max-Age=31536000" in cookie
    author = from_cookie(http_client.cookies[COOKIE].strip('"'))
    assert author is not None
    assert author.username == ""
    second = await http_client.get("/chat/lobby/")
    assert not [line for line in second.cookies if line.startswith(COOKIE)]
    assert config(second.text)["you"] == {"author": author.author, "username": ""}


async def test_a_page_is_not_kept_by_caches_between(http_client: HttpClient) -> None:
    cache = (await http_client.get("/chat/lobby/")).headers["cache-control"]
    assert "private" in cache
    assert "no-cache" in cache


async def test_messages_of_one_author_within_minutes_share_a_heading() -> None:
    def message(number: int, author: str, time: str) -> MessageEvent:
        return MessageEvent(id=number, author=author, username=author, message="x", html="<p>x</p>", timestamp=time)

    page = await html_rows.message_rows(
        [
            message(2, "a", "2026-11-23T23:50:00.000Z"),
            message(3, "a", "2026-11-23T23:54:59.999Z"),
            message(4, "a", "2026-11-23T23:59:59.999Z"),
            message(5, "a", "2026-11-24T00:00:00.000Z"),
            message(6, "b", "2026-11-24T00:00:01.000Z"),
            message(7, "a", "2026-11-24T00:00:02.000Z"),
        ],
        BatchPriority(),
    )
    rows = page.split("</li>")[:-1]
    assert ["data-continued" in row for row in rows] == [False, True, False, False, False, False]
    days = [re.search(r'"message__day">(.*)</h3>', row) for row in rows]
    assert [day and day[1] for day in days] == ["23 November 2026", None, None, "24 November 2026", None, None]


async def test_a_message_is_made_into_its_row_once_for_everybody_who_comes(hub: Hub, http_client: HttpClient) -> None:
    """It was most of the time of a page, and the event loop did nothing else meanwhile."""
    async with WebSocketClient(hub, username="ada") as ada:
        await ada.say("first")
        await ada.say("second")
        await ada.say("'" * 2000)
    html_rows._cached_row.cache_clear()
    pages = [(await http_client.get("/chat/lobby/")).text for _ in range(3)]
    assert html_rows._cached_row.cache_info().misses == 2, "what is long is kept for nobody"
    assert all(page.count('<li class="message"') == 4 for page in pages), "and the template of the client"


@pytest.mark.parametrize(
    "timestamp",
    [
        *("2026-11-23T12:00:00", "yesterday", "2026-11-23T12:00:00+02:00"),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"),  # not a year of UTC
    ],
)
async def test_a_timestamp_that_its_owner_edited_is_shown(
    http_client: HttpClient, storage: Path, timestamp: str
) -> None:
    """The page of the room was an error for ever."""
    log = JsonFileStore(storage).open("lobby")
    log.append([Draft(author="a", username="ada", message=text, timestamp=timestamp) for text in ("one", "two")])
    log.append([Draft(author="a", username="ada", message="three")])
    answer = await http_client.get("/chat/lobby/")
    assert answer.status == 200
    assert all(text in answer.text for text in ("one", "two", "three"))


async def test_a_file_that_is_no_room_has_a_page_that_says_so(http_client: HttpClient, storage: Path) -> None:
    (storage / "shopping.json").write_text('{"milk": 2}\n')
    answer = await http_client.get("/chat/shopping/")
    assert answer.status == 503
    assert "cannot be opened" in html.unescape(answer.text)
    assert str(storage) not in answer.text


# The name


async def test_a_name_is_chosen_by_a_form_and_kept_with_the_author(http_client: HttpClient) -> None:
    await http_client.get("/chat/lobby/")
    before = from_cookie(http_client.cookies[COOKIE].strip('"'))
    answer = await http_client.post("/name/", {"username": "  Ada  ", "next": "/chat/lobby/"})
    assert (answer.status, answer.headers["location"]) == (302, "/chat/lobby/")
    after = from_cookie(http_client.cookies[COOKIE].strip('"'))
    assert before is not None
    assert after is not None
    assert after == (before.author, "Ada")
    assert config((await http_client.get("/chat/lobby/")).text)["you"] == {"author": before.author, "username": "Ada"}


async def test_a_name_is_chosen_by_a_script(http_client: HttpClient) -> None:
    await http_client.get("/chat/lobby/")
    answer = await http_client.post("/name/", {"username": "Ada"}, accept="application/json")
    assert answer.status == 200
    assert answer.json()["username"] == "Ada"
    assert answer.json()["author"] == from_cookie(http_client.cookies[COOKIE].strip('"')).author  # type: ignore[union-attr]


@pytest.mark.parametrize("username", ["", "   ", "x" * 33, "a\x00b", "\u202eada", "\u200b"])
async def test_a_bad_name_is_refused_as_a_page_and_as_json(http_client: HttpClient, username: str) -> None:
    await http_client.get("/chat/lobby/")
    page = await http_client.post("/name/", {"username": username})
    assert page.status == 400
    assert "text/html" in page.headers["content-type"]
    answer = await http_client.post("/name/", {"username": username}, accept="application/json")
    assert answer.status == 400
    assert answer.json()["error"]["code"] == "invalid_name"
    assert answer.json()["error"]["retry"] is False


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "javascript:alert(1)",
        "evil.example",
        "http:evil.example",
        " //evil.example",
        "\t//evil.example",
        "",
    ],
)
async def test_the_way_back_is_never_another_site(http_client: HttpClient, target: str) -> None:
    await http_client.get("/chat/lobby/")
    answer = await http_client.post("/name/", {"username": "ada", "next": target})
    assert (answer.status, answer.headers["location"]) == (302, "/")


async def test_the_way_back_cannot_smuggle_a_header(http_client: HttpClient) -> None:
    await http_client.get("/chat/lobby/")
    answer = await http_client.post("/name/", {"username": "ada", "next": "/chat/lobby/\r\nX-Evil: 1"})
    assert answer.status == 302
    assert "x-evil" not in answer.headers
    assert "\n" not in answer.headers["location"]


# Rooms


async def test_a_room_is_made_by_its_name(http_client: HttpClient, storage: Path) -> None:
    await http_client.get("/chat/lobby/")
    answer = await http_client.post("/chat/", {"name": " Büro  Köln! "})
    assert (answer.status, answer.headers["location"]) == (302, "/chat/buro-koln/")
    assert json.loads((storage / "buro-koln.json").read_text())[0]["name"] == "Büro Köln!"
    page = await http_client.get("/chat/buro-koln/")
    assert page.text.count("Büro Köln!") >= 2
    again = await http_client.post("/chat/", {"name": "buro koln"}, accept="application/json")
    assert again.status == 200
    assert again.json()["url"] == "/chat/buro-koln/"
    assert len(kept(storage)) == len({*kept(storage)})


@pytest.mark.parametrize("name", ["", "🎉", "../..", "x" * 65, "a\x00b"])
async def test_a_bad_name_makes_no_room(http_client: HttpClient, storage: Path, name: str) -> None:
    await http_client.get("/chat/lobby/")
    page = await http_client.post("/chat/", {"name": name})
    assert page.status == 400
    answer = await http_client.post("/chat/", {"name": name}, accept="application/json")
    assert (answer.status, answer.json()["error"]["code"]) == (400, "invalid_name")
    assert not [file for file in kept(storage) if file.endswith(".json")]


async def test_looking_at_a_room_makes_no_file(http_client: HttpClient, storage: Path) -> None:
    assert (await http_client.get("/chat/never-used/")).status == 200
    assert not [file for file in kept(storage) if file.endswith(".json")]


@pytest.mark.parametrize(
    "path",
    [
        "/chat/Lobby/",
        "/chat/-a/",
        "/chat/a_b/",
        "/chat/../",
        "/chat/%2e%2e/",
        "/chat/%2e%2e%2fetc/",
        "/chat/a%00b/",
        "/chat/lobby%0a/",
        "/chat/%C3%A4/",
        "/chat/%FF/",
        f"/chat/{'x' * 65}/",
        "/chat/lobby.json/",
        "/nowhere",
        "/storage/lobby.json",
        "/static/../manage.py",
        "/static/%2e%2e/manage.py",
        "/static/nothing.js",
    ],
)
async def test_everything_else_is_a_page_that_says_404(http_client: HttpClient, path: str) -> None:
    answer = await http_client.get(path)
    assert answer.status == 404
    assert "SECRET" not in answer.text.upper()
    assert "Traceback" not in answer.text
