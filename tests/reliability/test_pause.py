"""A paused server process, as after the sleep of the machine or Ctrl-Z. It continues where it was."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from tests.server.conftest import cookie_headers
from tests.support.core.doubles import until
from tests.support.effort import Tally, effort
from tests.support.live_server import LiveServer, wait_until
from tests.support.servers.history_checker import violations
from tests.support.servers.paused_server import paused
from tests.support.servers.reconnecting_client import (
    NO_LIMITS,
    ReconnectingClient,
    all_joined,
    count_reached,
    histories,
    records,
    running,
    wait_until_delivered,
)

PAUSE_SECONDS = effort(2.0, torture=120.0)


@pytest.mark.promise
async def test_after_a_pause_nothing_is_lost_and_patient_clients_are_still_connected(
    storage: Path, tally: Tally
) -> None:
    """Some clients wait for the server, and the impatient give up and reconnect, again and again."""
    with LiveServer(storage, "serve", NO_LIMITS) as server:
        cookies = [await asyncio.to_thread(cookie_headers, server) for _ in range(6)]
        patient = [
            ReconnectingClient(server.ws_url, "lobby", f"patient-{n}", c, silence_timeout=1000)
            for n, c in enumerate(cookies[:3])
        ]
        impatient = [ReconnectingClient(server.ws_url, "lobby", f"impatient-{n}", c) for n, c in enumerate(cookies[3:])]
        async with running([*patient, *impatient]):
            await all_joined([*patient, *impatient])
            with paused(server):
                await asyncio.sleep(PAUSE_SECONDS)  # the pause itself
                await count_reached(lambda: min(client.broken_connections for client in impatient), 1)
            await wait_until_delivered([*patient, *impatient])
        assert not any(client.broken_connections for client in patient)
        assert violations(histories([*patient, *impatient]), records(storage, "lobby")) == []
        assert "Traceback" not in server.output
    tally("pauses")


@pytest.mark.promise
async def test_a_server_paused_in_a_write_makes_the_other_one_refuse_and_loses_nothing(
    storage: Path, tally: Tally
) -> None:
    """It holds the lock of the room. The other server tells its clients to retry, and continues to read."""
    with LiveServer(storage, "serve", NO_LIMITS) as one, LiveServer(storage, "serve", NO_LIMITS) as two:
        cookies = [await asyncio.to_thread(cookie_headers, one) for _ in range(2)]
        paused_client, other_client = (
            ReconnectingClient(server.ws_url, "lobby", name, cookie, silence_timeout=1000)
            for server, name, cookie in zip([one, two], ["paused", "other"], cookies, strict=True)
        )
        async with running([paused_client, other_client]):
            await all_joined([paused_client, other_client])
            await asyncio.to_thread(_pause_in_a_write, one, storage / ".lobby.lock")
            await until(lambda: other_client.broken_connections, "a refusal at the other server")
            os.kill(one.pid, signal.SIGCONT)
            await wait_until_delivered([paused_client, other_client])
        assert not paused_client.broken_connections
        assert violations(histories([paused_client, other_client]), records(storage, "lobby")) == []
    tally("pauses")


def _pause_in_a_write(server: LiveServer, lock: Path) -> None:
    """Pause the process again and again, until it holds the lock while it is paused."""

    def paused_with_the_lock() -> bool:
        os.kill(server.pid, signal.SIGSTOP)
        wait_until(lambda: _is_stopped(server.pid), "the stop of the process")
        if _holds_lock(server.pid, lock):
            return True
        os.kill(server.pid, signal.SIGCONT)
        return False

    wait_until(paused_with_the_lock, "a pause in a write")


def _is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def _holds_lock(pid: int, lock: Path) -> bool:
    locks = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    return any(str(pid) in line and line[-3].endswith(f":{lock.stat().st_ino}") for line in locks)
