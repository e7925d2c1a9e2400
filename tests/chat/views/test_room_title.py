"""The topic and the name of a room: the form in the header, and the lines between the messages."""

import re
from pathlib import Path

import pytest
from django.utils.html import escape

from chat.rooms import cached_call, directory
from chat.rooms.hub import Hub
from chat.storage import Draft
from chat.storage.json_files.store import JsonFileStore
from tests.support.core.asgi_clients import HttpClient, WebSocketClient
from tests.support.hostile_text import MARK

TITLE = "/chat/garden/title/"
ADA = {"author": "a", "username": "ada"}


async def enter(client: HttpClient, username: str = "ada") -> None:
    await client.get("/chat/garden/")
    await client.post("/name/", {"username": username})


def lines(page: str) -> list[str]:
    """The texts of the list, in order: of messages and of the lines between them."""
    found = re.findall(r'<p class="message__notice"[^>]*>(.*?)</p>|<p dir="auto">(.*?)</p></div>', page)
    return [re.sub("[\u2068\u2069]", "", notice or message) for notice, message in found]


async def test_the_form_sets_topic_and_name_and_everybody_is_told(
    hub: Hub, http_client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "LIST_CACHE_SECONDS", 0)
    monkeypatch.setattr(cached_call, "IDLE_FACTOR", 0)
    await enter(http_client)
    async with WebSocketClient(hub, "garden", username="bob") as bob:
        await bob.say("hello")
        answer = await http_client.post(TITLE, {"topic": "  Roses & \n tulips ", "name": "The Garden"})
        assert (answer.status, answer.headers["location"]) == (302, "/chat/garden/")
        topic, name = await bob.receive("topic"), await bob.receive("room_name")
    assert (topic["username"], topic["topic"]) == ("ada", "Roses & tulips")
    assert (name["username"], name["name"]) == ("ada", "The Garden")
    page = await http_client.get("/chat/garden/")
    assert "<title>The Garden · chatsite</title>" in page.text
    assert page.text.count("Roses &amp; tulips") >= 3
    assert lines(page.text) == ["hello", "ada set the topic: Roses &amp; tulips", "ada renamed the room to The Garden"]
    assert page.client_config()["topic"] == "Roses & tulips"
    rooms = (await http_client.get("/api/rooms/")).json()["rooms"]
    assert {room["room"]: room["name"] for room in rooms}["garden"] == "The Garden"


async def test_what_is_as_it_was_is_no_event(hub: Hub, http_client: HttpClient) -> None:
    await enter(http_client)
    for _ in range(2):
        answer = await http_client.post(TITLE, {"topic": "Roses", "name": "garden"}, accept="application/json")
        assert (answer.status, answer.json()) == (200, {"name": "garden", "topic": "Roses"})
    log = (await hub.open_rooms.open("garden")).log
    assert [record.type for record in log.page().records] == ["topic"]
    assert (await http_client.post(TITLE, {"topic": "", "name": ""}, accept="application/json")).json()["topic"] == ""


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"topic": "x" * 251, "name": "garden"}, "at most 250 characters"),
        ({"topic": "a\x1b", "name": "garden"}, "U+001B"),
        ({"topic": "", "name": "x" * 65}, "64 characters"),
        ({"topic": "", "name": "Lobby"}, "lobby"),
        ({"topic": "", "name": "1obby"}, "lobby"),
        ({"topic": "", "name": "The Studio"}, "The Studio"),
    ],
)
async def test_a_bad_topic_or_the_name_of_another_room_changes_nothing(
    hub: Hub, http_client: HttpClient, fields: dict[str, str], reason: str
) -> None:
    await hub.directory.create("studio", "The Studio")
    await enter(http_client)
    answer = await http_client.post(TITLE, fields, accept="application/json")
    assert answer.status == 400
    assert reason in answer.json()["error"]["detail"]
    assert not (await hub.open_rooms.open("garden")).log.exists


async def test_nobody_without_a_name_sets_a_topic(http_client: HttpClient) -> None:
    await http_client.get("/chat/garden/")
    assert (await http_client.post(TITLE, {"topic": "x", "name": "y"})).status == 400


async def test_the_lines_stand_where_the_events_were(storage: Path, http_client: HttpClient) -> None:
    JsonFileStore(storage).open("garden").append(
        [
            Draft(**ADA, type="topic", topic="one"),
            Draft(**ADA, message="first"),
            Draft(**ADA, type="room_name", name=f"<{MARK}>"),
            Draft(**ADA, type="topic", topic=""),
            Draft(**ADA, message="second"),
        ]
    )
    page = (await http_client.get("/chat/garden/")).text
    assert lines(page) == [
        "ada set the topic: one",
        "first",
        f"ada renamed the room to {escape(f'<{MARK}>')}",
        "ada removed the topic",
        "second",
    ]
    assert page.count('<li class="message"') == 2


async def test_a_field_that_is_not_sent_stays_as_it_is(http_client: HttpClient) -> None:
    await enter(http_client)
    await http_client.post(TITLE, {"topic": "Roses", "name": "The Garden"})
    for fields in ({"name": "Garden"}, {}):
        answer = await http_client.post(TITLE, fields, accept="application/json")
        assert answer.json() == {"name": "Garden", "topic": "Roses"}
    answer = await http_client.post(TITLE, {"topic": "Tulips"}, accept="application/json")
    assert answer.json() == {"name": "Garden", "topic": "Tulips"}
