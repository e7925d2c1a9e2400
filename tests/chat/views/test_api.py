"""The HTTP API: the same objects and rules as on the WebSocket, and one JSON shape for every error."""

from pathlib import Path

import pytest
from django.core import signing
from django.test import override_settings

from chat.entrance.identity import COOKIE
from chat.rooms.hub import Hub
from tests.support.core.asgi_clients import HOST, HttpClient, WebSocketClient
from tests.support.core.room_actions import open_room

SITE = "https://www.example.org"


async def fill(hub: Hub, count: int) -> list[dict[str, object]]:
    """Post `count` messages to the lobby; returns the events that their sender received."""
    async with WebSocketClient(hub, username="ada") as ada:
        return [await ada.say(str(number)) for number in range(2, count + 2)]


def numbers(messages: int) -> dict[str, int]:
    return {"messages": messages, "cleared": 0}


async def test_rooms_are_listed_with_the_number_of_people(hub: Hub, http_client: HttpClient) -> None:
    await hub.directory.create("buro", "Büro")
    async with WebSocketClient(hub, username="ada") as ada:
        await ada.say("hi")
        answer = await http_client.get("/api/rooms/")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == {
        "rooms": [
            {
                "room": "lobby",
                "name": "lobby",
                "last_id": 2,
                "members": 1,
                "messages": 1,
                "cleared": 0,
                "url": "/chat/lobby/",
            },
            {
                "room": "buro",
                "name": "Büro",
                "last_id": 1,
                "members": 0,
                "messages": 0,
                "cleared": 0,
                "url": "/chat/buro/",
            },
        ],
        "complete": True,
    }


async def test_the_list_of_rooms_is_read_in_parts(hub: Hub, http_client: HttpClient) -> None:
    for name in "abcd":
        await hub.directory.create(name, name)
    listed, after = [], ""
    for complete in (False, False, True):
        answer = (await http_client.get(f"/api/rooms/?limit=2{after}")).json()
        listed += [room["room"] for room in answer["rooms"]]
        assert answer["complete"] is complete
        after = f"&after={listed[-1]}"
    assert listed == ["lobby", "a", "b", "c", "d"]


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "after=no-such-room", "order=oldest"])
async def test_a_wrong_query_of_the_room_list_is_refused(http_client: HttpClient, query: str) -> None:
    answer = await http_client.get(f"/api/rooms/?{query}")
    assert (answer.status, answer.json()["error"]["code"]) == (400, "invalid_query")


async def test_messages_are_the_events_of_the_websocket(hub: Hub, http_client: HttpClient) -> None:
    said = await fill(hub, 3)
    room = await open_room(hub, "lobby")
    answer = await http_client.get("/api/rooms/lobby/messages")
    assert answer.json() == {
        "room": "lobby",
        "epoch": room.feed.epoch,
        "last_id": 4,
        "events": said,
        "complete": True,
    }


async def test_pages_are_before_or_after_an_id(hub: Hub, http_client: HttpClient) -> None:
    await fill(hub, 20)
    older = (await http_client.get("/api/rooms/lobby/messages?before=12&limit=5")).json()
    assert [event["id"] for event in older["events"]] == [7, 8, 9, 10, 11]
    assert (older["before"], older["complete"]) == (12, False)
    newer = (await http_client.get("/api/rooms/lobby/messages?after=18&limit=5")).json()
    assert [event["id"] for event in newer["events"]] == [19, 20, 21]
    assert (newer["after"], newer["complete"], newer["last_id"]) == (18, True, 21)


async def test_a_room_without_messages_is_empty(http_client: HttpClient) -> None:
    answer = (await http_client.get("/api/rooms/never-used/messages")).json()
    assert (answer["events"], answer["complete"], answer["last_id"]) == ([], True, 1)


@pytest.mark.parametrize(
    "query",
    [
        "before=x",
        "before=-1",
        "before=1.5",
        "after=",
        "limit=0",
        "limit=201",
        "limit=x",
        "before=1&after=2",
        "before=" + "9" * 5000,
        "before=%00",
        "before=nan",
    ],
)
async def test_a_wrong_query_is_refused(http_client: HttpClient, query: str) -> None:
    answer = await http_client.get(f"/api/rooms/lobby/messages?{query}")
    assert answer.status == 400
    assert answer.json()["error"]["code"] == "invalid_query"
    assert answer.json()["error"]["retry"] is False


async def test_unknown_fields_of_a_query_are_ignored(http_client: HttpClient) -> None:
    assert (await http_client.get("/api/rooms/lobby/messages?_=1&type=ping&utm=2")).status == 200


@pytest.mark.parametrize(
    "room", ["Lobby", "%2e%2e", "-a", "a_b", "a%00b", "%C3%A4", "lobby.json", "lobby%0a", "x" * 65]
)
async def test_an_invalid_slug_is_not_found(http_client: HttpClient, room: str, storage: Path) -> None:
    answer = await http_client.get(f"/api/rooms/{room}/messages")
    assert (answer.status, answer.json()["error"]["code"]) == (404, "invalid_room")


@pytest.mark.parametrize(
    "path", ["/api/", "/api/nowhere", "/api/rooms/../../etc/messages", "/api/rooms/a%2fb/messages"]
)
async def test_an_unknown_url_below_api_is_a_json_404(http_client: HttpClient, path: str) -> None:
    answer = await http_client.get(path)
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json()["error"]) == {"code", "detail", "retry"}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_the_api_can_only_be_read(http_client: HttpClient, method: str) -> None:
    await http_client.get("/chat/lobby/")
    answer = await http_client.request(method, "/api/rooms/", {"x-csrftoken": http_client.token})
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    assert answer.json()["error"]["code"] == "method_not_allowed"


async def test_a_file_that_is_no_room_is_an_error_without_retry(http_client: HttpClient, storage: Path) -> None:
    (storage / "shopping.json").write_text('{"milk": 2}\n')
    answer = await http_client.get("/api/rooms/shopping/messages")
    assert (answer.status, answer.json()["error"]["code"]) == (503, "refused")
    assert answer.json()["error"]["retry"] is False
    assert str(storage) not in answer.text


# Other sites


async def test_pages_of_other_sites_may_not_read(http_client: HttpClient) -> None:
    answer = await http_client.get("/api/rooms/", origin="https://evil.example")
    assert "access-control-allow-origin" not in answer.headers


async def test_pages_of_allowed_origins_may_read_only_the_api(http_client: HttpClient) -> None:
    with override_settings(CORS_ALLOWED_ORIGINS=[SITE]):
        answer = await http_client.get("/api/rooms/", origin=SITE)
        assert answer.headers["access-control-allow-origin"] == SITE
        assert "access-control-allow-credentials" not in answer.headers
        assert "origin" in answer.headers["vary"].lower()
        missing = await http_client.get("/api/nowhere", origin=SITE)
        assert missing.headers["access-control-allow-origin"] == SITE
        page = await http_client.get("/chat/lobby/", origin=SITE)
        assert "access-control-allow-origin" not in page.headers
        evil = await http_client.get("/api/rooms/", origin="https://evil.example")
        assert "access-control-allow-origin" not in evil.headers


async def test_a_cors_preflight_allows_reading_only(http_client: HttpClient) -> None:
    with override_settings(CORS_ALLOWED_ORIGINS=[SITE]):
        asked = {"origin": SITE, "access-control-request-method": "POST"}
        answer = await http_client.request("OPTIONS", "/api/rooms/", asked)
        assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"


async def test_people_are_listed_once_with_their_room_without_those_of_one_room(
    hub: Hub, http_client: HttpClient
) -> None:
    value = signing.dumps(("a1", "ada"), salt="chat.identity")
    cookie = [(b"host", b"localhost:8000"), (b"cookie", f"{COOKIE}={value}".encode())]
    async with (
        WebSocketClient(hub, headers=cookie) as ada,
        WebSocketClient(hub, "tea", username="bob") as bob,
        WebSocketClient(hub, "tea", headers=cookie) as ada_at_tea,
    ):
        for client in (ada, bob, ada_at_tea):
            await client.receive("welcome")
        everybody = (await http_client.get("/api/people/")).json()
        elsewhere = (await http_client.get("/api/people/?room=lobby")).json()
    assert everybody["complete"] is True
    assert sorted(person["username"] for person in everybody["people"]) == ["ada", "bob"]
    assert [(person["username"], person["name"], person["url"]) for person in elsewhere["people"]] == [
        ("bob", "tea", "/chat/tea/")
    ]


# One message


async def test_a_message_is_shown_as_it_is_now_with_its_texts(hub: Hub, http_client: HttpClient) -> None:
    await http_client.get("/chat/lobby/")
    cookie = f"{COOKIE}={http_client.cookies[COOKIE]}".encode()
    async with WebSocketClient(hub, username="ada", headers=[HOST, (b"cookie", cookie)]) as ada:
        first = await ada.say("helo")
        await ada.send(type="edit", id=2, message="hello")
        edit = await ada.receive("edit")
        await ada.send(type="react", id=2, emoji=":wave:", on=True)
        await ada.receive("reaction")
    answer = (await http_client.get("/api/rooms/lobby/messages/2")).json()
    reactions = [{"emoji": "\N{WAVING HAND SIGN}", "count": 1, "people": ["ada"], "mine": True}]
    shown = {**first, "message": "hello", "html": edit["html"], "edited": edit["timestamp"], "reactions": reactions}
    assert answer == {
        "room": "lobby",
        "message": {**shown, "rev": 4},
        "texts": [{name: event[name] for name in ("message", "html", "timestamp")} for event in (first, edit)],
    }
    assert (await http_client.get("/api/rooms/lobby/messages")).json()["events"] == [answer["message"]]
    (of_others,) = (await HttpClient(hub).get("/api/rooms/lobby/messages/2")).json()["message"]["reactions"]
    assert of_others == {name: value for name, value in reactions[0].items() if name != "mine"}


async def test_a_compacted_message_has_no_earlier_texts(hub: Hub, http_client: HttpClient) -> None:
    """Regression: its text now was shown as the earlier one, too, under the time of the first."""
    async with WebSocketClient(hub, username="ada") as ada:
        await ada.say("helo")
        for text in ("hello", "hello!"):
            await ada.send(type="edit", id=2, message=text)
            edit = await ada.receive("edit")
        (await open_room(hub, "lobby")).log.compact()
        texts = (await http_client.get("/api/rooms/lobby/messages/2")).json()["texts"]
    assert texts == [{name: edit[name] for name in ("message", "html", "timestamp")}]


async def test_what_is_no_message_is_a_json_404(hub: Hub, http_client: HttpClient) -> None:
    async with WebSocketClient(hub, username="ada") as ada:
        await ada.say("one")
        await ada.send(type="delete", id=2)
        await ada.receive("delete")
    for message, code in [
        *[(number, "not_found") for number in ("0", "1", "2", "3", "4", str(2**53), "9" * 4000)],
        *[(text, "page_not_found") for text in ("-1", "two", "9" * 5000)],
    ]:
        answer = await http_client.get(f"/api/rooms/lobby/messages/{message}")
        assert (answer.status, answer.json()["error"]["code"]) == (404, code), message
    assert (await http_client.get("/api/rooms/Not-A-Room/messages/2")).json()["error"]["code"] == "invalid_room"
