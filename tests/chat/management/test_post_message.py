"""post_message: a message from a script is stored, and sent to all clients."""

import asyncio
import io
import sys

import pytest

from tests.support.core.command_rooms import Call, Rooms
from tests.support.live_server import Client, LiveServer


def test_a_message_is_stored_and_its_id_printed(rooms: Rooms, call: Call) -> None:
    done = call("post_message", 'hello 1 < 2 & "x"')
    ((event_id, author, username, message, _, client_id, reply_to),) = rooms.events("lobby")
    assert (done.code, done.out) == (0, f"{event_id}\n")
    assert (author, username, message, client_id, reply_to) == ("command", "chatsite", 'hello 1 < 2 & "x"', None, None)


def test_text_comes_through_a_pipe_with_plain_line_breaks(rooms: Rooms, manage: Call) -> None:
    done = manage("post_message", "--room", "garden", "--as", "backup  job", stdin="grün\r\nzwei\r\n\r\n".encode())
    assert done.code == 0
    assert rooms.events("garden")[0][2:4] == ("backup job", "grün\nzwei")
    manage("post_message", "-", stdin=b"\n  indented\n \n")
    assert rooms.texts("lobby") == ["  indented"]


def test_a_repeat_with_the_same_client_id_gives_the_first_id(rooms: Rooms, call: Call) -> None:
    first = call("post_message", "done", "--client-id", "job-1")
    call("post_message", "other")
    assert call("post_message", "done again", "--client-id", "job-1").out == first.out
    assert rooms.texts("lobby") == ["done", "other"]


@pytest.mark.parametrize(
    ("text", "stdin", "reason"),
    [
        ("", b"", "A message needs"),
        ("-", b"", "A message needs"),
        ("-", b"\n \n", "A message needs"),
        ("a\x1b[0m", b"", "Control characters"),
        ("bad argument \udcff", b"", "not UTF-8"),
        ("-", b"\xff\xfe", "not UTF-8"),
        ("-", b"x" * 100_000, "A message can have 4000 characters"),
        ("-", "ü".encode() * 100_000, "A message can have 4000 characters"),
        ("-", b"begin" + b" " * 100_000 + b"end", "A message can have 4000 characters"),  # not the first word alone
    ],
)
def test_what_cannot_be_posted_is_one_sentence_and_exit_code_2(
    rooms: Rooms, call: Call, monkeypatch: pytest.MonkeyPatch, text: str, stdin: bytes, reason: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
    done = call("post_message", text)
    assert (done.code, done.out) == (2, "")
    assert reason in done.err
    assert rooms.snapshot() == {}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["hi", "--room", "!"], "at least one letter or digit"),
        (["hi", "--as", "x" * 33], "32 characters"),
        (["hi", "--client-id", ""], "1 to 64 characters"),
    ],
)
def test_a_bad_option_is_exit_code_2(rooms: Rooms, manage: Call, arguments: list[str], reason: str) -> None:
    done = manage("post_message", *arguments)
    assert (done.code, done.out) == (2, "")
    assert reason in done.err
    assert "Traceback" not in done.err


def test_a_room_is_named_by_its_address_or_its_name(rooms: Rooms, call: Call) -> None:
    for room in ("Garden  Party", "garden-party", "GARDEN party"):
        assert call("post_message", room, "--room", room).code == 0
    assert rooms.texts("garden-party") == ["Garden  Party", "garden-party", "GARDEN party"]
    assert [info.name for info in rooms.store.rooms()] == ["Garden Party"]


def test_a_name_whose_address_another_room_has_is_asked_about(rooms: Rooms, call: Call) -> None:
    rooms.store.create("cafe", "Café")
    rooms.store.create("c", "C++")
    rooms.store.create("c-2", "Code")
    before = rooms.snapshot()
    for name, sentence in [
        ("C#", 'The room "C++" lives at the address c. Say --room c to write there, or --room c-3'),
        ("Cafe", 'The room "Café" lives at the address cafe.'),
        ("code", 'The room "Code" has another address: c-2. Say --room c-2 to write there.'),
    ]:
        done = call("post_message", "hi", "--room", name)
        assert (done.code, rooms.snapshot()) == (2, before)
        assert sentence in done.err
    rooms.store.create("lobby", "The Hall")
    before = rooms.snapshot()
    assert 'The room "The Hall" lives at the address lobby.' in call("post_message", "hi", "--room", "Lobby").err
    assert rooms.snapshot() == before
    assert call("post_message", "hi", "--room", "c-3").code == 0
    assert call("post_message", "hi", "--room", "cafe").code == 0
    assert rooms.texts("cafe") == ["hi"]


def test_a_damaged_room_takes_nothing(rooms: Rooms, call: Call) -> None:
    rooms.say("lobby", "one")
    rooms.say("lobby", "two")
    rooms.damage("lobby")
    done = call("post_message", "three")
    assert done.code == 1
    assert "line 3" in done.err


async def test_people_in_the_room_see_it_and_a_clear_too(rooms: Rooms, manage: Call) -> None:
    rooms.say("lobby", "before")
    with LiveServer(rooms.folder) as server:
        async with Client(server.ws_url, username="bea") as bea:
            posted = await asyncio.to_thread(manage, "post_message", "from a script")
            event = await bea.receive("message")
            assert f"{event['id']}\n" == posted.out
            assert (event["message"], event["username"]) == ("from a script", "chatsite")
            said = await bea.say("hello script")
            await asyncio.to_thread(manage, "clear_history", "--room", "lobby", "--noinput")
            assert (await bea.receive("clear"))["target"] == said["id"]
