"""One WebSocket connection, from the handshake to its close, through the whole application but without a network."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from django.core import signing

from chat.conf import Conf
from chat.consumers import MAX_RATE_ERRORS
from chat.entrance.identity import COOKIE
from chat.rooms import presence
from chat.rooms.hub import Hub
from chat.storage.json_files.store import JsonFileStore
from chat.wire.errors import CloseCode
from tests.support.core.asgi_clients import HOST, WebSocketClient
from tests.support.core.doubles import file_names, read_records, until
from tests.support.core.room_actions import open_room

pytestmark = pytest.mark.usefixtures("_poll_often")


@pytest.fixture
async def unlimited(conf: Conf) -> AsyncIterator[Hub]:
    conf = dataclasses.replace(conf, rate=0.0)
    hub = Hub(JsonFileStore(conf.storage_dir), conf)
    yield hub
    await hub.close()


def cookie(author: str, username: str) -> list[tuple[bytes, bytes]]:
    value = signing.dumps((author, username), salt="chat.identity")
    return [HOST, (b"cookie", f"other=1; {COOKIE}={value}".encode())]


# The welcome


async def test_the_welcome_has_every_field(hub: Hub) -> None:
    async with WebSocketClient(hub, username="ada") as ada:
        welcome = await ada.receive()
        assert welcome == {
            "type": "welcome",
            "protocol": 1,
            "room": "lobby",
            "name": "lobby",
            "epoch": (await open_room(hub, "lobby")).feed.epoch,
            "you": {"username": "ada", "author": welcome["you"]["author"]},
            "last_id": 1,
            "members": [welcome["you"]],
            "count": 1,
            "limits": {
                "message": 4000,
                "rate": 10.0,
                "burst": 30,
                "resume": 1000,
                "username": 32,
                "client_id": 64,
                "history": 200,
            },
        }
        assert welcome["you"]["author"]


async def test_a_client_without_a_name_is_a_guest(hub: Hub) -> None:
    async with WebSocketClient(hub) as one:
        assert (await one.receive())["you"]["username"] == "guest"
        async with WebSocketClient(hub) as two:
            assert (await two.receive())["you"]["username"] == "guest-2"


async def test_a_taken_name_gets_a_number_and_names_are_normalized(hub: Hub) -> None:
    async with WebSocketClient(hub, username="ada") as one:
        assert (await one.receive())["you"]["username"] == "ada"
        async with WebSocketClient(hub, username=" ADA ") as two:
            assert (await two.receive())["you"]["username"] == "ADA-2"


async def test_of_two_clients_that_open_at_the_same_time_either_gets_the_name(hub: Hub) -> None:
    """A name is taken from the welcome on. While a room is opened, a later handshake may overtake an earlier one."""
    async with WebSocketClient(hub) as one, WebSocketClient(hub) as two:
        names = [(await client.receive("welcome"))["you"]["username"] for client in (one, two)]
        assert sorted(names) == ["guest", "guest-2"]


# Commands


async def test_two_clients_exchange_messages(hub: Hub, storage: Path) -> None:
    async with WebSocketClient(hub, username="ada") as ada, WebSocketClient(hub, username="bob") as bob:
        for client in (ada, bob):
            await client.receive("welcome")
        event = await ada.say("<b>hi</b>")
        assert await bob.receive("message") == event
        assert event["username"] == "ada"
        assert event["message"] == "<b>hi</b>"
        assert "<b>" not in event["html"]
        await bob.say("hello", reply_to=event["id"])
        assert (await ada.receive("message"))["reply_to"] == event["id"]
    assert [record["message"] for record in read_records(storage / "lobby.json")[1:]] == ["<b>hi</b>", "hello"]


async def test_messages_stay_in_their_room(hub: Hub) -> None:
    async with WebSocketClient(hub, "one", username="ada") as ada, WebSocketClient(hub, "two", username="bob") as bob:
        await ada.say("in room one")
        await bob.say("in room two")
        assert [frame["message"] for frame in bob.frames if frame["type"] == "message"] == ["in room two"]


async def test_fields_about_the_author_in_a_frame_are_ignored(hub: Hub) -> None:
    async with WebSocketClient(hub, username="charlie") as charlie:
        event = await charlie.say("I am ada", author="author-a", username="ada", id=1, html="<script>")
        assert event["username"] == "charlie"
        assert event["author"] != "author-a"
        assert event["id"] == 2
        assert "<script>" not in event["html"]


async def test_typing_is_sent_to_the_others(hub: Hub) -> None:
    async with WebSocketClient(hub, username="ada") as ada, WebSocketClient(hub, username="bob") as bob:
        await bob.receive("welcome")
        await ada.send(type="typing")
        assert await bob.receive("typing") == {"type": "typing", "username": "ada"}
        await ada.say("done")
        assert not [frame for frame in ada.frames if frame["type"] == "typing"]


async def test_a_rename_is_announced_with_the_name_that_was_assigned(hub: Hub) -> None:
    async with WebSocketClient(hub, username="ada") as ada, WebSocketClient(hub, username="bob") as bob:
        author = (await ada.receive("welcome"))["you"]["author"]
        await bob.receive("presence")
        await ada.send(type="rename", username="  Bob ")
        presence = await bob.receive("presence")
        assert presence["joined"] == [{"username": "Bob-2", "author": author}]
        assert presence["left"] == [{"username": "ada", "author": author}]
        assert (await ada.say("hi"))["username"] == "Bob-2"


async def test_a_taken_name_is_told_as_it_was_asked_and_as_it_is(hub: Hub) -> None:
    """Regression: a bridge that joined as ada was ada-2 without a word, and a rename to a taken name had no answer."""
    async with WebSocketClient(hub, username="ada") as ada, WebSocketClient(hub, username=" Ada") as second:
        assert (await ada.receive("welcome"))["you"].keys() == {"username", "author"}
        you = (await second.receive("welcome"))["you"]
        assert you == {"username": "Ada-2", "author": you["author"], "asked": "Ada"}
        for asked, renamed in [
            ("ada", {"username": "ada-2", "asked": "ada"}),
            ("ada", {"username": "ada-2", "asked": "ada"}),  # the name does not change: nobody else hears of it
            ("bea", {"username": "bea"}),
            ("bea", {"username": "bea"}),
        ]:
            await second.send(type="rename", username=asked)
            assert (await second.receive("renamed"))["you"] == {"author": you["author"], **renamed}
        await ada.say("the last frame")
        assert not [frame for frame in ada.frames if frame["type"] == "renamed"]


async def test_history_is_read_page_by_page(unlimited: Hub) -> None:
    async with WebSocketClient(unlimited, username="ada") as ada:
        for number in range(2, 32):
            await ada.say(str(number))
        await ada.send(type="history", limit=10)
        newest = await ada.receive("history")
        assert [event["id"] for event in newest["events"]] == list(range(22, 32))
        assert newest["complete"] is False
        await ada.send(type="history", before=12, limit=200)
        older = await ada.receive("history")
        assert [event["id"] for event in older["events"]] == list(range(2, 12))
        assert (older["before"], older["complete"]) == (12, True)
        await ada.send(type="history", after=28)
        newer = await ada.receive("history")
        assert [event["message"] for event in newer["events"]] == ["29", "30", "31"]
        assert (newer["after"], newer["complete"]) == (28, True)
        await ada.send(type="history", before=0)
        assert (await ada.receive("history"))["events"] == []


async def test_pings_are_answered_beyond_the_rate_limit_of_actions(hub: Hub) -> None:
    async with WebSocketClient(hub) as ada:
        await ada.receive()
        for _ in range(100):
            await ada.send(type="ping")
            assert await ada.receive("pong") == {"type": "pong"}


async def test_a_client_resumes_with_since_and_epoch_in_the_url(unlimited: Hub) -> None:
    async with WebSocketClient(unlimited, username="ada") as ada:
        epoch = (await ada.receive())["epoch"]
        for number in range(2, 7):
            await ada.say(str(number))
        async with WebSocketClient(unlimited, username="bob", since=3, epoch=epoch) as bob:
            assert "reset" not in await bob.receive()
            assert [(await bob.receive())["id"] for _ in range(3)] == [4, 5, 6]
        async with WebSocketClient(unlimited, username="bob", since=3, epoch="another") as bob:
            assert (await bob.receive())["reset"] is True
            assert len((await bob.receive())["events"]) == 5


# Bad frames


async def test_a_bad_frame_is_answered_and_the_connection_stays_open(hub: Hub) -> None:
    async with WebSocketClient(hub) as ada:
        await ada.receive()
        await ada.send("nonsense")
        assert (await ada.receive("error"))["code"] == "invalid_json"
        await ada.send_bytes(b'{"type":"ping"}')
        assert (await ada.receive("error"))["code"] == "invalid_frame"
        await ada.send(type="shout", client_id="c-1")
        error = await ada.receive("error")
        assert (error["code"], error["client_id"]) == ("unknown_type", "c-1")
        assert (await ada.say("still connected"))["type"] == "message"


async def test_ten_bad_frames_in_a_row_close_the_connection(hub: Hub) -> None:
    async with WebSocketClient(hub) as ada:
        await ada.receive()
        for _ in range(10):
            await ada.send("nonsense")
        assert await ada.close_code() == 4002
        codes = [frame["code"] for frame in ada.frames if frame.get("type") == "error"]
        assert codes == ["invalid_json"] * 10 + ["too_many_bad_frames"]


async def test_a_valid_frame_resets_the_count_of_bad_frames(hub: Hub) -> None:
    async with WebSocketClient(hub) as ada:
        await ada.receive()
        for _ in range(3):
            for _ in range(9):
                await ada.send("nonsense")
            await ada.send(type="ping")
            await ada.receive("pong")


async def test_a_reply_to_an_unassigned_id_is_refused_and_is_not_a_bad_frame(unlimited: Hub) -> None:
    async with WebSocketClient(unlimited) as ada:
        await ada.receive()
        for _ in range(12):
            error = await ada.say("answer", reply_to=99)
            assert (error["code"], error["detail"]) == ("not_found", "There is no message 99 in this room.")


# Rate limits


async def test_a_rate_limit_error_has_the_time_to_wait(conf: Conf) -> None:
    hub = Hub(JsonFileStore(conf.storage_dir), dataclasses.replace(conf, rate=0.001, rate_burst=2))
    async with WebSocketClient(hub, username="ada") as ada:
        assert [(await ada.say(str(number)))["type"] for number in range(2)] == ["message"] * 2
        error = await ada.say("third")
        assert (error["code"], error["retry"]) == ("rate_limited", True)
        assert 900 < error["retry_after"] <= 1000.1
        await ada.send(type="ping")
        await ada.receive("pong")
    await hub.close()


async def test_a_client_that_ignores_the_rate_limit_is_closed(conf: Conf) -> None:
    hub = Hub(JsonFileStore(conf.storage_dir), dataclasses.replace(conf, rate=0.001, rate_burst=1))
    async with WebSocketClient(hub) as ada:
        await ada.receive()
        for _ in range(MAX_RATE_ERRORS + 1):
            await ada.send(type="typing")
        assert await ada.close_code() == 4009
        assert len([frame for frame in ada.frames if frame.get("code") == "rate_limited"]) == MAX_RATE_ERRORS
    await hub.close()


# Refused connections


@pytest.mark.parametrize("room", ["Lobby", "-a", "a_b", "a%20b", "..", "%2e%2e", "a%00b", "%C3%A4", "x" * 65])
async def test_an_invalid_room_name_is_refused_with_an_error_and_a_final_close(
    hub: Hub, room: str, storage: Path
) -> None:
    async with WebSocketClient(hub, room) as ada:
        assert ada.accepted
        assert (await ada.receive())["code"] == "invalid_room"
        assert await ada.close_code() == 4100
    assert not file_names(storage)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"since": "x"}, "invalid_query"),
        ({"since": "-1"}, "invalid_query"),
        ({"since": "1.5"}, "invalid_query"),
        ({"since": "\u0663"}, "invalid_query"),
        ({"since": "9" * 17}, "invalid_query"),
        ({f"x{number}": "1" for number in range(11)}, "invalid_query"),
        ({"username": "a\x00b"}, "invalid_name"),
        ({"username": "\u202eada"}, "invalid_name"),
        ({"username": "x" * 33}, "invalid_name"),
        ({"username": "\u3164"}, "invalid_name"),
    ],
)
async def test_an_invalid_query_is_refused_with_an_error_and_a_final_close(
    hub: Hub, query: dict[str, str], code: str
) -> None:
    async with WebSocketClient(hub, **query) as ada:
        error = await ada.receive()
        assert (error["type"], error["code"], error["retry"]) == ("error", code, False)
        assert await ada.close_code() == 4100


async def test_an_unknown_path_is_refused(hub: Hub) -> None:
    async with WebSocketClient(hub, "a/b") as ada:
        assert not ada.accepted


async def test_a_file_that_is_not_a_room_is_refused_with_a_final_close(hub: Hub, storage: Path) -> None:
    (storage / "shopping.json").write_text('{"milk": 2}\n')
    async with WebSocketClient(hub, "shopping") as ada:
        assert (await ada.receive())["code"] == "refused"
        assert await ada.close_code() == 4101
    assert (storage / "shopping.json").read_text() == '{"milk": 2}\n'


async def test_a_damaged_room_can_be_read_and_refuses_messages(hub: Hub, storage: Path) -> None:
    async with WebSocketClient(hub, "other", username="ada") as ada:
        for text in ("one", "two", "three"):
            await ada.say(text)
    path = storage / "damaged.json"
    path.write_bytes((storage / "other.json").read_bytes().replace(b'"message":"two"', b'"message":"TWO"'))
    async with WebSocketClient(hub, "damaged", username="ada") as ada:
        await ada.receive("welcome")
        await ada.send(type="history")
        page = await ada.receive("history")
        assert [event["message"] for event in page["events"]] == ["one", "three"]
        error = await ada.say("four")
        assert (error["code"], error["retry"]) == ("room_damaged", False)
        assert "line 4" in error["detail"]


async def test_a_client_that_connects_during_shutdown_is_closed(hub: Hub) -> None:
    async with WebSocketClient(hub) as ada:
        await ada.receive()
        shutdown = asyncio.create_task(hub.shut_down())
        await until(lambda: hub.shutting_down)
        async with WebSocketClient(hub) as late:
            assert await late.close_code() == 4000
        assert await ada.close_code() == 4000
        await shutdown


async def test_a_client_whose_room_is_being_opened_during_shutdown_is_closed(hub: Hub) -> None:
    """The room is opened between the check of `closing` and the join: a client at that point was not closed."""
    open_room = hub.open_rooms.open

    async def open_then_shut_down(name: str) -> Any:
        room = await open_room(name)
        await hub.shut_down()
        return room

    hub.open_rooms.open = open_then_shut_down  # type: ignore[method-assign]
    async with WebSocketClient(hub) as ada:
        assert await ada.close_code() == 4000


# Identity


async def test_an_address_that_looks_like_a_room_makes_none(hub: Hub) -> None:
    async with WebSocketClient(hub, "1obby", username="mallory") as mallory:
        assert (await mallory.receive("error"))["code"] == "invalid_name"
        assert await mallory.close_code() == CloseCode.JOIN_REFUSED
    assert [room.room for room in await hub.directory.rooms()] == ["lobby"]


async def test_a_room_that_somebody_kept_open_is_not_made_beside_one_that_it_looks_like(
    hub: Hub, storage: Path
) -> None:
    """Regression: the name of a new room was compared with the others when it was opened, not when it was created."""
    async with WebSocketClient(hub, "tearn") as mallory, WebSocketClient(hub, "team") as ada:
        await ada.send(type="message", message="we are the team", client_id="1")
        assert (await ada.receive("message"))["client_id"] == "1"
        await mallory.send(type="message", message="so are we", client_id="2")  # the list of rooms is an older one
        error = await mallory.receive("error")
        assert (error["code"], error["client_id"]) == ("invalid_name", "2")
    assert not (storage / "tearn.json").exists()  # noqa: ASYNC240


@pytest.mark.parametrize("names", [("The Team", "The Team"), ("The team", "The tearn")])
async def test_two_rooms_get_no_name_that_looks_the_same_in_the_same_moment(hub: Hub, names: tuple[str, str]) -> None:
    async with WebSocketClient(hub, "tea") as ada, WebSocketClient(hub, "coffee") as mallory:
        for person in (ada, mallory):
            await person.send(type="message", message="hello")
            await person.receive("message")
        for person, name in zip((ada, mallory), names, strict=True):
            await person.send(type="room_name", name=name)  # without a look at the answer
        assert (await ada.receive("room_name"))["name"] == names[0]
        assert (await mallory.receive("error"))["code"] == "invalid_name"


async def test_the_cookie_decides_author_and_name(hub: Hub) -> None:
    async with WebSocketClient(hub, headers=cookie("author-a", "ada"), username="bob") as ada:
        assert (await ada.receive())["you"] == {"username": "ada", "author": "author-a"}


async def test_with_a_cookie_without_a_name_the_url_decides_the_name(hub: Hub) -> None:
    async with WebSocketClient(hub, headers=cookie("author-a", ""), username="bob") as ada:
        assert (await ada.receive())["you"] == {"username": "bob", "author": "author-a"}


async def test_an_author_is_told_of_the_name_that_is_given_back(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "GRACE_SECONDS", 0.01)
    async with WebSocketClient(hub, username="bob") as bob:
        await bob.receive("welcome")
        async with WebSocketClient(hub, headers=cookie("author-b", "bob")) as returning:
            assert (await returning.receive("welcome"))["you"]["username"] == "bob-2"
            await bob.__aexit__()
            assert (await returning.receive("renamed"))["you"] == {"username": "bob", "author": "author-b"}


async def test_a_forged_cookie_is_ignored(hub: Hub) -> None:
    forged = [HOST, (b"cookie", f"{COOKIE}=author-a:ada:xxxx".encode())]
    async with WebSocketClient(hub, headers=forged, username="bob") as charlie:
        you = (await charlie.receive())["you"]
        assert you["username"] == "bob"
        assert you["author"] != "author-a"


async def test_two_connections_of_one_author_are_one_person(hub: Hub) -> None:
    async with (
        WebSocketClient(hub, headers=cookie("a", "ada")) as one,
        WebSocketClient(hub, headers=cookie("a", "ada")) as two,
    ):
        assert (await one.receive())["you"] == (await two.receive())["you"]
        assert len((await open_room(hub, "lobby")).people) == 1
