"""Graceful shutdown: queued messages are stored, and every client is told to reconnect."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.server.conftest import StoredMessages
from tests.support.live_server import PROJECT, Client, LiveServer, fetch, wait_until
from tests.support.servers.raw_websocket import HANDSHAKE, upgrade
from tests.support.servers.server_kinds import (
    DAPHNE_DIRECT,
    DAPHNE_SEND,
    DAPHNE_TLS,
    NO_RATE_LIMIT,
    OTHER_SERVERS,
    OWN_COMMANDS,
    ServerKind,
)


@pytest.mark.parametrize("server_kind", [DAPHNE_DIRECT, DAPHNE_SEND, DAPHNE_TLS, *OWN_COMMANDS], ids=str)
async def test_sigterm_stores_the_open_batch_and_closes_every_connection(
    server_kind: ServerKind, storage: Path, stored_messages: StoredMessages
) -> None:
    with server_kind.server(storage, NO_RATE_LIMIT) as server:
        async with AsyncExitStack() as stack:
            ada = await stack.enter_async_context(Client(server.ws_url, username="ada"))
            others = [await stack.enter_async_context(Client(server.ws_url, room)) for room in ("lobby", "other") * 5]
            for number in range(300):
                await ada.send(type="message", message=str(number), client_id=f"c-{number}")
            await ada.receive("message")
            ending = asyncio.create_task(asyncio.to_thread(server.terminate))
            assert await asyncio.gather(*(client.close_code() for client in [ada, *others])) == [4000] * 11
            assert await ending == 0
    received = [event["client_id"] for event in ada.messages]
    assert received
    assert received == [message["client_id"] for message in stored_messages()]
    for client in others[::2]:
        assert [event["id"] for event in client.messages] == list(range(2, len(received) + 2))
    assert "Traceback" not in server.output


async def test_sigterm_drains_and_a_second_one_stops_at_once(storage: Path) -> None:
    with LiveServer(storage, "serve", {"CHAT_DRAIN_SECONDS": "600"}) as server:
        async with Client(server.ws_url, username="ada") as ada, Client(server.ws_url, username="bob") as bob:
            assert server.process is not None
            server.process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(wait_until, lambda: fetch(server.url + "/readyz").status == 503, "not ready")
            assert (await ada.say("still here"))["type"] == "message"
            server.process.send_signal(signal.SIGTERM)
            assert [await each.close_code() for each in (ada, bob)] == [4000] * 2, "one of them would have 300 s"
            assert await asyncio.to_thread(server.wait) == 0
    assert "Traceback" not in server.output


@pytest.mark.skipif(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN, reason="the tests run under nohup")
@pytest.mark.parametrize("server_kind", [DAPHNE_DIRECT, *OWN_COMMANDS[:1]], ids=str)
async def test_sighup_ends_the_server_like_sigterm(server_kind: ServerKind, storage: Path) -> None:
    """Regression: the end of the terminal killed the server, and clients saw a broken connection."""
    with server_kind.server(storage) as server:
        async with Client(server.ws_url, username="ada") as ada:
            assert (await ada.say("hi"))["type"] == "message"
            assert server.process is not None
            server.process.send_signal(signal.SIGHUP)
            assert await ada.close_code() == 4000
            assert await asyncio.to_thread(server.wait) == 0
    assert "Traceback" not in server.output


@pytest.mark.parametrize("server_kind", OTHER_SERVERS, ids=str)
async def test_other_servers_close_connections_in_their_own_way_and_no_client_misses_anything(
    server_kind: ServerKind, storage: Path, stored_messages: StoredMessages
) -> None:
    with server_kind.server(storage, NO_RATE_LIMIT) as server:
        async with Client(server.ws_url, username="ada") as ada, Client(server.ws_url, username="bob") as bob:
            for number in range(300):
                await ada.send(type="message", message=str(number), client_id=f"c-{number}")
            await bob.receive("message")
            ending = asyncio.create_task(asyncio.to_thread(server.terminate))
            assert await asyncio.gather(ada.close_code(), bob.close_code()) == [server_kind.shutdown_code] * 2
            assert await ending in {0, -signal.SIGTERM}
        received = bob.messages
        assert [event["id"] for event in received] == list(range(2, len(received) + 2))
        await asyncio.to_thread(server.start)
        position = {"since": received[-1]["id"], "epoch": bob.welcome["epoch"]}
        async with Client(server.ws_url, username="bob", **position) as bob_again:
            missed = await bob_again.collect("message", len(stored_messages()) - len(received))
    client_ids = [event["client_id"] for event in received + missed]
    assert client_ids == [message["client_id"] for message in stored_messages()]
    assert "Traceback" not in server.output or server_kind.command == "hypercorn", "which writes some of its own"


def test_sigterm_ends_a_server_that_nobody_uses(storage: Path) -> None:
    with LiveServer(storage) as server:
        assert server.terminate() == 0
    assert "Traceback" not in server.output


async def test_an_unfinished_handshake_does_not_disturb_the_shutdown(storage: Path) -> None:
    """A WebSocket upgraded a moment ago, or half a request, made Daphne fail: no client got a close frame."""
    with LiveServer(storage) as server:
        async with AsyncExitStack() as stack:
            ada = await stack.enter_async_context(Client(server.ws_url, username="ada"))
            _, half = await asyncio.open_connection("127.0.0.1", server.port)
            half.write(b"POST /name/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nuser")
            await half.drain()
            _, upgrade = await asyncio.open_connection("127.0.0.1", server.port)
            upgrade.write(HANDSHAKE % b"/ws/chat/lobby/")
            await upgrade.drain()
            ending = asyncio.create_task(asyncio.to_thread(server.terminate))
            assert await ada.close_code() == 4000
            assert await ending == 0
            half.close()
            upgrade.close()


async def test_a_client_that_does_not_answer_does_not_delay_the_shutdown(storage: Path) -> None:
    with LiveServer(storage) as server:
        stalled = await asyncio.to_thread(upgrade, server)
        async with Client(server.ws_url) as ada:
            ending = asyncio.create_task(asyncio.to_thread(server.terminate))
            assert await ada.close_code() == 4000
        assert await ending == 0
        stalled.close()


class WithReloader(LiveServer):
    """`manage.py runserver` with its reloader: a process that watches files, and its child that serves."""

    def _arguments(self) -> list[str]:
        return [sys.executable, "manage.py", "runserver", f"127.0.0.1:{self.port}"]

    @property
    def child(self) -> int:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return int(children[0])


@pytest.mark.skipif(sys.platform != "linux", reason="finds the child in /proc")
async def test_a_reload_or_the_end_under_the_reloader_closes_every_connection(
    storage: Path, stored_messages: StoredMessages
) -> None:
    with WithReloader(storage, "runserver", NO_RATE_LIMIT) as server:
        async with Client(server.ws_url, username="ada") as ada:
            await ada.say("hi")
            await asyncio.to_thread(os.kill, server.child, signal.SIGTERM)
            assert await ada.close_code() == 4000
        await asyncio.to_thread(server.wait)
    assert [message["message"] for message in stored_messages()] == ["hi"]


@pytest.mark.skipif(sys.platform != "linux", reason="finds the child in /proc")
async def test_ctrl_c_in_a_terminal_reaches_the_child_of_the_reloader(storage: Path) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the server would inherit that a job ignores it
    with WithReloader(storage, "runserver") as server:
        async with Client(server.ws_url, username="ada") as ada:
            os.kill(server.child, signal.SIGINT)
            assert await ada.close_code() == 4000
        await asyncio.to_thread(server.wait)


def test_a_port_that_is_taken_is_logged_in_one_line(storage: Path) -> None:
    with LiveServer(storage, "serve") as server:
        second = LiveServer(storage.with_name("second"), "serve", port=server.port)
        second.storage.mkdir()
        with second.log.open("ab") as log:
            second.process = subprocess.Popen(second._arguments(), cwd=PROJECT, env=second._env, stdout=log, stderr=log)
        assert second.wait() == 1
        assert "cannot listen" in second.output
        assert "Traceback" not in second.output
