"""The home page and the page of a room, before any script has run."""

import dataclasses
import html
from pathlib import Path

from django.conf import settings
from django.test import override_settings

from chat.entrance.identity import COOKIE, HOST_COOKIE, from_cookie
from chat.rooms.hub import Hub
from tests.support.core.asgi_clients import HttpClient, WebSocketClient
from tests.support.core.doubles import file_names
from tests.support.core.room_actions import open_room
from tests.support.hostile_text import MARK


async def test_the_home_page_redirects_to_the_lobby(http_client: HttpClient) -> None:
    answer = await http_client.get("/")
    assert (answer.status, answer.headers["location"]) == (302, "/chat/lobby/")


async def test_a_room_can_be_read_without_scripts(hub: Hub, http_client: HttpClient) -> None:
    async with WebSocketClient(hub, username="ada") as ada:
        await ada.say("hello *world*")
        await ada.say(f"and <{MARK}>x</{MARK}> & co")
    answer = await http_client.get("/chat/lobby/")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "hello <em>world</em>" in answer.text
    assert f"<{MARK}" not in answer.text
    assert f"&lt;{MARK}&gt;x" in answer.text
    assert "ada" in answer.text
    assert answer.client_config()["last_id"] == 3


async def test_the_page_configures_the_client(hub: Hub, http_client: HttpClient) -> None:
    answer = await http_client.get("/chat/lobby/")
    config = answer.client_config()
    room = await open_room(hub, "lobby")
    assert config["epoch"] == room.feed.epoch
    assert {key: config[key] for key in ("protocol", "room", "last_id", "complete", "you", "site", "socket")} == {
        "protocol": 1,
        "room": "lobby",
        "last_id": 1,
        "complete": True,
        "you": {"author": "", "username": ""},
        "site": "",
        "socket": "/ws/chat/lobby/",
    }
    assert (config["name_url"], config["rooms_url"], config["create_url"]) == (
        "/name/",
        "/api/rooms/?order=newest",
        "/chat/",
    )
    assert config["limits"]["message"] == 4000


async def test_names_and_rooms_are_escaped_everywhere(hub: Hub, http_client: HttpClient) -> None:
    nasty = f'</script><{MARK} title="1">'
    async with WebSocketClient(hub, "buro", username=nasty) as ada:
        await ada.say(nasty)
    await hub.directory.create("nasty", nasty)
    await http_client.get("/chat/lobby/")
    answer = await http_client.post("/name/", {"username": nasty})
    assert answer.status == 302
    for path in ("/chat/buro/", "/chat/nasty/"):
        answer = await http_client.get(path)
        assert answer.status == 200
        assert f"<{MARK}" not in answer.text
    assert html.escape(nasty) in answer.text
    assert answer.client_config()["you"]["username"] == nasty


async def test_the_page_replaces_the_cookie_from_before_https(hub: Hub) -> None:
    http_client = HttpClient(hub)
    await http_client.get("/chat/lobby/")
    before = (await http_client.get("/chat/lobby/")).client_config()["you"]
    with override_settings(CHAT=dataclasses.replace(settings.CHAT, https=True)):
        replacing = await http_client.get("/chat/lobby/")
        assert replacing.client_config()["you"] == before
        del http_client.cookies[COOKIE]  # as a browser does
        assert {line.partition("=")[0] for line in replacing.cookies} >= {COOKIE, HOST_COOKIE}
        later = await http_client.get("/chat/lobby/")
        assert later.client_config()["you"] == before
        assert not [line for line in later.cookies if COOKIE in line]


async def test_the_first_visit_sets_an_author_and_later_visits_keep_it(http_client: HttpClient) -> None:
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
    assert second.client_config()["you"] == {"author": author.author, "username": ""}


async def test_a_page_is_not_stored_by_shared_caches(http_client: HttpClient) -> None:
    cache = (await http_client.get("/chat/lobby/")).headers["cache-control"]
    assert "private" in cache
    assert "no-cache" in cache


async def test_a_file_that_is_no_room_is_an_error_page(http_client: HttpClient, storage: Path) -> None:
    (storage / "shopping.json").write_text('{"milk": 2}\n')
    answer = await http_client.get("/chat/shopping/")
    assert answer.status == 503
    assert "cannot be opened" in html.unescape(answer.text)
    assert str(storage) not in answer.text


async def test_reading_a_room_creates_no_file(http_client: HttpClient, storage: Path) -> None:
    assert (await http_client.get("/chat/never-used/")).status == 200
    assert not [file for file in file_names(storage) if file.endswith(".json")]


async def test_pages_cannot_be_posted_to(http_client: HttpClient) -> None:
    await http_client.get("/chat/lobby/")
    assert (await http_client.post("/chat/lobby/", {})).status == 405


async def test_crawlers_are_asked_to_stay_away(http_client: HttpClient) -> None:
    answer = await http_client.get("/robots.txt")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert answer.text == "User-agent: *\nDisallow: /\n"
