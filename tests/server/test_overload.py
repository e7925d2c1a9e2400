"""A file that can grow no more, a stalled reader, and clients that send far too much."""

import asyncio
import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.server.conftest import StoredMessages
from tests.support.live_server import TIME_LIMIT, Client, LiveServer
from tests.support.servers.raw_websocket import MIN_RECEIVE_BUFFER_BYTES, is_cut, upgrade
from tests.support.servers.server_kinds import DAPHNE_DIRECT, DAPHNE_SEND, NO_RATE_LIMIT, ServerKind
from tests.support.servers.stalled_reader import StalledReader


@contextmanager
def file_limit(server: LiveServer, path: Path) -> Iterator[None]:
    """No file of the server may grow past the current size of this one, as under `ulimit -f`."""
    unlimited = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (path.stat().st_size + 20, unlimited[1]))
    try:
        yield
    finally:
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, unlimited)


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of another process are Linux's")
async def test_a_file_that_can_grow_no_more_refuses_and_recovers_and_no_client_gets_what_is_not_stored(
    storage: Path, stored_messages: StoredMessages
) -> None:
    with LiveServer(storage, env=NO_RATE_LIMIT) as server:
        async with Client(server.ws_url, username="ada") as ada, Client(server.ws_url, username="bob") as bob:
            for _ in range(30):  # more than the server's log, which has the same limit
                await ada.say("x" * 4000)
            with file_limit(server, storage / "lobby.json"):
                for number in range(5):
                    error = await ada.say(f"lost {number}")
                    assert (error["type"], error["code"]) == ("error", "storage_full")
                    assert error["retry"] is False
                await ada.send(type="history", limit=5)
                assert len((await ada.receive("history"))["events"]) == 5, "reading goes on"
            assert (await ada.say("stored again"))["id"] == 32
            await bob.receive("message", where=lambda event: event["message"] == "stored again")
            assert [event["id"] for event in bob.messages] == list(range(2, 33))
    assert [message["message"] for message in stored_messages()][30:] == ["stored again"]


async def test_a_reader_that_stalls_is_closed_while_the_others_go_on(server_kind: ServerKind, storage: Path) -> None:
    with server_kind.server(storage, NO_RATE_LIMIT) as server:
        async with Client(server.ws_url, username="ada") as ada, Client(server.ws_url, username="bob") as bob:
            with await asyncio.to_thread(StalledReader, server) as stalled:
                for number in range(1000):
                    await ada.send(type="message", message=f"{number} " + "x" * 3900)
                    await asyncio.gather(ada.receive("message"), bob.receive("message"))
                assert [event["id"] for event in bob.messages] == list(range(2, 1002))
                code = await asyncio.to_thread(stalled.read_to_the_end)
            # Daphne drops a client that does not read its close frame; the others wait until it reads again.
            assert code == 4008 or (code is None and server_kind.command == "daphne")
            ids = [event["id"] for event in map(json.loads, stalled.texts) if event["type"] == "message"]
            assert ids == list(range(2, len(ids) + 2))
            assert len(ids) < 1000, "it was not sent everything"
            assert (await bob.say("still here"))["type"] == "message"
        async with Client(server.ws_url, username="cleo", since=990, epoch=ada.welcome["epoch"]) as cleo:
            assert [event["id"] for event in await cleo.collect("message", 12)] == list(range(991, 1003))


@pytest.mark.parametrize("server_kind", [DAPHNE_DIRECT, DAPHNE_SEND], ids=str)
async def test_the_kernel_buffers_little_for_a_stalled_reader(server_kind: ServerKind, storage: Path) -> None:
    """It buffered megabytes for each, so that writing to stalled readers cost more than writing to all others."""
    with server_kind.server(storage, {**NO_RATE_LIMIT, "CHAT_SEND_BUFFER": str(2**16)}) as server:
        async with Client(server.ws_url, username="ada") as ada:
            stalled = await asyncio.to_thread(upgrade, server, receive_buffer=MIN_RECEIVE_BUFFER_BYTES)
            with stalled:
                for _ in range(60):  # half a megabyte
                    await ada.say("x" * 4000)
                async with asyncio.timeout(min(TIME_LIMIT, 30)):  # long before Daphne's ping times out
                    while not is_cut(stalled):  # noqa: ASYNC110 (there is no event for it)
                        await asyncio.sleep(0.05)


async def test_a_frame_that_is_far_too_long_harms_only_its_sender(storage: Path) -> None:
    with LiveServer(storage, env=NO_RATE_LIMIT) as server:
        async with Client(server.ws_url, username="ada") as ada, Client(server.ws_url, username="bob") as bob:
            error = await bob.say("x" * 900_000)
            assert error["code"] == "message_too_long"
            for _ in range(3):
                async with Client(server.ws_url, username="charlie") as charlie:
                    with suppress(ConnectionClosed):  # it may be cut before everything is sent
                        await charlie.send_text("x" * (2**20 + 1))
                    assert await charlie.close_code() in {1006, 1009}
            event = await ada.say("we go on")
            assert await bob.receive("message") == event


async def test_a_flood_of_frames_is_closed_and_the_others_go_on(server_kind: ServerKind, storage: Path) -> None:
    with server_kind.server(storage, {"CHAT_RATE": "0.1"}) as server:  # a flood even on a slow machine
        async with Client(server.ws_url, username="ada") as ada, Client(server.ws_url, username="charlie") as charlie:
            for _ in range(400):
                try:
                    await charlie.send(type="typing")
                except ConnectionClosed:
                    break
            assert await charlie.close_code() == 4009
            assert (await ada.say("calm"))["type"] == "message"
