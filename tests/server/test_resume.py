"""A crash while clients post: acknowledged messages are stored once, and a client that reconnects misses nothing."""

import asyncio
import signal
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from chat.storage import Draft
from chat.storage.json_files.store import JsonFileStore
from tests.server.conftest import StoredMessages, cookie_headers
from tests.support.live_server import Client, LiveServer
from tests.support.servers.server_kinds import NO_RATE_LIMIT, ServerKind

COUNT = 400


async def test_a_crash_while_people_talk_loses_and_doubles_nothing(
    daphne_kind: ServerKind, storage: Path, stored_messages: StoredMessages
) -> None:
    with daphne_kind.server(storage, NO_RATE_LIMIT) as server:
        cookie = await asyncio.to_thread(cookie_headers, server)
        async with Client(server.ws_url, headers=cookie, username="ada") as ada, Client(server.ws_url) as bob:
            await _talk_until_the_crash(server, ada, bob)
        acknowledged = {event["client_id"]: event["id"] for event in ada.messages}
        assert 50 <= len(acknowledged) < COUNT
        await asyncio.to_thread(server.start)
        kept = {message["client_id"]: message["id"] for message in stored_messages()}
        assert acknowledged.items() <= kept.items(), "an acknowledged message is not there"
        assert set(bob_ids := [event["id"] for event in bob.messages]) <= set(kept.values()), "shown, but not kept"
        back = {"since": bob_ids[-1], "epoch": bob.welcome["epoch"]}
        async with Client(server.ws_url, headers=cookie) as again, Client(server.ws_url, **back) as bob_again:
            for number in range(COUNT):  # those that may not have arrived, and those that have
                if f"c-{number}" not in acknowledged:
                    await again.say(f"{number}", client_id=f"c-{number}")
            missed = await bob_again.collect("message", COUNT + 1 - bob_ids[-1])
            assert "reset" not in bob_again.welcome
            assert [*bob_ids, *(event["id"] for event in missed)] == list(range(2, COUNT + 2))
    assert sorted(message["client_id"] for message in stored_messages()) == sorted(
        f"c-{number}" for number in range(COUNT)
    )
    assert len({message["message"] for message in stored_messages()}) == COUNT


async def _talk_until_the_crash(server: LiveServer, ada: Client, bob: Client) -> None:
    async def talk() -> None:
        for number in range(COUNT):
            await ada.send(type="message", message=f"{number}", client_id=f"c-{number}")
            await asyncio.sleep(0)
            if number == 100:
                await ada.receive("message", where=lambda event: event["client_id"] == "c-60")
                await bob.receive("message", where=lambda event: event["client_id"] == "c-60")
                server.kill()

    with pytest.raises(ConnectionClosed):
        await talk()
    assert await ada.close_code() == 1006
    assert await bob.close_code() == 1006


async def test_after_a_graceful_restart_a_client_misses_nothing(server_kind: ServerKind, storage: Path) -> None:
    with server_kind.server(storage, NO_RATE_LIMIT) as server:
        async with Client(server.ws_url, username="ada") as ada, Client(server.ws_url, username="bob") as bob:
            first = await ada.say("first")
            await bob.receive("message")
            position = {"since": first["id"], "epoch": bob.welcome["epoch"]}
            missed = [await ada.say(str(number)) for number in range(20)]
            await bob.collect("message", 20)
        assert await asyncio.to_thread(server.terminate) in {0, -signal.SIGTERM}
        await asyncio.to_thread(server.start)
        async with Client(server.ws_url, username="bob", **position) as bob:
            assert bob.welcome["last_id"] == missed[-1]["id"]
            assert "reset" not in bob.welcome
            assert await bob.collect("message", 20) == missed


async def test_a_long_absence_in_a_wordy_room_ends_without_a_gap(server_kind: ServerKind, storage: Path) -> None:
    """Replaying megabytes at once closed the client as a slow reader, again and again."""
    epoch = _said_at_length(storage, 400)
    with server_kind.server(storage, NO_RATE_LIMIT) as server:
        async with Client(server.ws_url, username="bob", since=1, epoch=epoch) as bob:
            assert "reset" not in bob.welcome
            missed = await bob.collect("message", 400)
            assert [event["id"] for event in missed] == list(range(2, 402))
            assert (await bob.say("I can follow"))["id"] == 402
            await bob.send(type="history", limit=200)
            page = await bob.receive("history")
            assert len(page["events"]) < 200, "a page of long messages is shorter"
            assert page["events"][-1]["id"] == 402
            assert page["complete"] is False


def _said_at_length(storage: Path, count: int) -> str:
    """Store 3 MB of messages without a server: a client that posts them could itself read too slowly. The epoch."""
    log = JsonFileStore(storage).open("lobby")
    log.append([Draft(author="a", username="ada", message=f"{number} " + "ä" * 3900) for number in range(count)])
    return log.epoch
