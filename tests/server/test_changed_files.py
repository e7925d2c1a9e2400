"""An owner's tool works on a room's file while clients of real servers talk in the room."""

import asyncio
import json
import uuid
from pathlib import Path
from typing import Any

from tests.server.conftest import StoredMessages
from tests.support.core.doubles import file_names, until
from tests.support.live_server import Client, LiveServer
from tests.support.servers.server_kinds import NO_RATE_LIMIT


async def post(client: Client, text: str) -> tuple[int, int]:
    """Post as docs/protocol.md asks for: again after a refusal and after a reset. Its id, and how often it was refused.

    The answer is the event, live or in the page that follows a reset.
    """
    client_id = uuid.uuid4().hex
    refusals = 0
    await client.send(type="message", message=text, client_id=client_id)
    while True:
        frame = await client.receive(where=lambda frame: _is_answer(frame, client_id))
        for event in frame.get("events", [frame]):
            if event.get("client_id") == client_id and "id" in event:
                return event["id"], refusals
        if frame["type"] == "error":
            assert (frame["code"], frame["retry"]) == ("storage_unavailable", True)
            refusals += 1
            await asyncio.sleep(frame["retry_after"] / 4)  # the server asked for a pause
            await client.send(type="message", message=text, client_id=client_id)


def _is_answer(frame: dict[str, Any], client_id: str) -> bool:
    return frame["type"] == "history" or frame.get("client_id") == client_id


async def put_back(path: Path, content: bytes) -> None:
    """`cp backup room.json`."""
    await asyncio.to_thread(path.write_bytes, content)


async def manage(server: LiveServer, *arguments: str) -> None:
    """An owner's command."""
    done = await asyncio.to_thread(server.manage, *arguments)
    assert done.returncode == 0, done


def refusals_of(client: Client) -> int:
    return sum(frame["type"] == "error" for frame in client.frames)


def epoch_of(path: Path) -> str:
    epoch: str = json.loads(path.read_bytes())[0]["epoch"]
    return epoch


async def test_an_older_copy_and_a_post_at_once_reset_everybody(storage: Path, stored_messages: StoredMessages) -> None:
    """Regression: the new message had the id of the last delivered one. Nobody was reset, and its sender waited."""
    lobby = storage / "lobby.json"
    with LiveServer(storage, env=NO_RATE_LIMIT) as server:
        async with Client(server.ws_url, username="ada") as ada, Client(server.ws_url, username="bob") as bob:
            await ada.say("one")
            copy = lobby.read_bytes()
            assert (await ada.say("two"))["id"] == 3
            await bob.receive("message", where=lambda event: event["id"] == 3)
            await put_back(lobby, copy)
            event_id, refusals = await post(ada, "another two")
            assert event_id == 3
            assert refusals > 0
            for client in (ada, bob):
                reset = await client.receive("welcome")
                assert (reset["reset"], reset["epoch"] != client.welcome["epoch"]) == (True, True)
            assert reset["epoch"] == epoch_of(lobby)
            place = {"since": 3, "epoch": bob.welcome["epoch"]}
        assert [message["message"] for message in stored_messages()] == ["one", "another two"]
        assert "Records before: 3 up to id 3; now: 2 up to id 2" in server.output
        async with Client(server.ws_url, **place) as late:
            assert late.welcome["reset"] is True
            page = await late.receive("history")
            assert [event["message"] for event in page["events"]] == ["one", "another two"]


async def test_a_slow_tool_loses_nothing_and_posts_wait_for_it(storage: Path, stored_messages: StoredMessages) -> None:
    """Regression: `(sleep 0.3; cat backup) > room.json` and a post: all messages were gone, without a line.

    The tool goes on when the post was refused once more.
    """
    with LiveServer(storage, env=NO_RATE_LIMIT) as server:
        async with Client(server.ws_url) as ada:
            for number in range(20):
                await ada.say(f"{number}")
            backup = (storage / "lobby.json").read_bytes()
            with (storage / "lobby.json").open("wb", buffering=0) as tool:
                posting = asyncio.create_task(post(ada, "after the tool"))
                for number, part in enumerate((backup[:1000], backup[1000:])):
                    await until(lambda number=number: refusals_of(ada) > number, "a refusal")
                    tool.write(part)
            event_id, refusals = await posting
            assert (event_id, refusals > 1) == (22, True)
            assert not [frame for frame in ada.frames if frame.get("reset")], "it is the same history"
        texts = [message["message"] for message in stored_messages()]
        assert texts == [*(f"{number}" for number in range(20)), "after the tool"]
        assert [name for name in file_names(storage) if ".torn-" in name] == []


async def test_a_copy_put_back_while_the_server_was_stopped_is_told_to_who_resumes(storage: Path) -> None:
    """Regression: once the copy had grown past `since`, the client resumed in other messages than it had seen."""
    lobby = storage / "lobby.json"
    with LiveServer(storage, env=NO_RATE_LIMIT) as server:
        async with Client(server.ws_url) as ada:
            await ada.say("one")
            copy = lobby.read_bytes()
            seen = await ada.say("two")
            place = {"since": seen["id"], "epoch": ada.welcome["epoch"]}
        server.kill()
        await put_back(lobby, copy)
        await asyncio.to_thread(server.start)
        async with Client(server.ws_url) as bob:
            for text in ("another two", "three"):
                await bob.say(text)
        async with Client(server.ws_url, **place) as back:
            assert back.welcome["reset"] is True
            page = await back.receive("history")
            assert [event["message"] for event in page["events"]] == ["one", "another two", "three"]


async def test_two_servers_give_a_replaced_history_one_epoch(storage: Path) -> None:
    lobby = storage / "lobby.json"
    with LiveServer(storage, env=NO_RATE_LIMIT) as one, LiveServer(storage, env=NO_RATE_LIMIT) as two:
        async with Client(one.ws_url) as first:
            await first.say("one")
        async with Client(one.ws_url) as ada, Client(two.ws_url) as bob:
            copy = lobby.read_bytes()
            await ada.say("two")
            await bob.receive("message", where=lambda event: event["id"] == 3)
            await put_back(lobby, copy)
            resets = [await client.receive("welcome") for client in (ada, bob)]
            assert [reset["last_id"] for reset in resets] == [2, 2]
            assert (await ada.say("another two"))["id"] == 3
            assert (await bob.say("three"))["id"] == 4
            await ada.receive("message", where=lambda event: event["id"] == 4)
            assert {reset["epoch"] for reset in resets} == {epoch_of(lobby)}
            for client in (ada, bob):
                assert len([frame for frame in client.frames if frame.get("reset")]) <= 2
                assert client.frames[-1]["type"] != "welcome"


async def test_a_clear_by_a_command_is_an_event_and_no_reset(storage: Path) -> None:
    with LiveServer(storage, env=NO_RATE_LIMIT) as server:
        async with Client(server.ws_url) as ada:
            for text in ("one", "two"):
                await ada.say(text)
            await manage(server, "clear_history", "--room", "lobby", "--noinput", "--no-backup")
            assert (await ada.receive("clear"))["target"] == 3
            assert (await ada.say("three"))["id"] == 5
            await manage(server, "post_message", "--room", "lobby", "four")
            await ada.receive("message", where=lambda event: event["id"] == 6)
            assert not [frame for frame in ada.frames if frame["type"] in {"error"} or frame.get("reset")]


async def test_a_removed_file_is_an_empty_room_for_who_is_inside(storage: Path) -> None:
    with LiveServer(storage, env=NO_RATE_LIMIT) as server:
        async with Client(server.ws_url) as ada:
            await ada.say("one")
            (storage / "lobby.json").unlink()
            reset = await ada.receive("welcome")
            assert (reset["reset"], reset["last_id"]) == (True, 1)
            assert (await ada.receive("history"))["events"] == []
            assert (await ada.say("again"))["id"] == 2
        assert reset["epoch"] == epoch_of(storage / "lobby.json")
        assert "now: none" in server.output
