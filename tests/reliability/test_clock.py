"""The wall clock jumps by days, under a server with connected clients. libfaketime replaces the clock."""

import asyncio
import shutil
from pathlib import Path

import pytest

from tests.server.conftest import cookie_headers
from tests.support.core.doubles import until
from tests.support.effort import Tally, effort
from tests.support.live_server import Command, LiveServer, wait_until
from tests.support.servers.faulty_proxy import Fault, PlannedFault, Proxy
from tests.support.servers.history_checker import violations
from tests.support.servers.observed_server import ObservedServer
from tests.support.servers.reconnecting_client import (
    NO_LIMITS,
    ReconnectingClient,
    all_joined,
    histories,
    records,
    running,
    wait_until_delivered,
)

SECONDS_PER_HOUR = 3600
CHECK_SECONDS = 2.5  # in which Daphne checks each of its connections at least once
DEAD_CLIENTS = 10

pytestmark = pytest.mark.skipif(not shutil.which("faketime"), reason="needs Debian's package faketime")


class FakeClock:
    """The server's wall clock. Its monotonic clock is not changed, as by a real step of the clock."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.step(0)
        self.env = {
            "LD_PRELOAD": str(next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",  # threads would wait for each other for seconds
            "NO_FAKE_STAT": "1",
        }

    def step(self, hours: int) -> None:
        """Set the clock so many hours ahead of the real time."""
        new_file = self._file.with_suffix(".new")
        new_file.write_text(f"{hours * SECONDS_PER_HOUR:+d}\n")
        new_file.rename(self._file)


@pytest.mark.promise
@pytest.mark.parametrize("command", effort(["serve"], torture=["serve", "daphne"]))
async def test_a_clock_step_loses_and_reorders_nothing_and_connections_survive_a_day(
    command: Command, storage: Path, tmp_path: Path, tally: Tally
) -> None:
    """A step of 25 hours is past both limits of a day: Daphne's for a connection, the layer's for a membership."""
    clock = FakeClock(tmp_path)
    with LiveServer(storage, command, {**NO_LIMITS, **clock.env}) as server:
        cookies = [await asyncio.to_thread(cookie_headers, server) for _ in range(3)]
        clients = [
            ReconnectingClient(server.ws_url, "lobby", f"client-{n}", c, silence_timeout=1000)
            for n, c in enumerate(cookies)
        ]
        for client in clients:
            client.is_sending = False
        async with running(clients):
            await all_joined(clients)
            for hours in effort((25, -25), torture=(25, 0, 24 * 365, -24 * 365, -25, 25)):
                clock.step(hours)
                await _exchange_messages(clients)
                await asyncio.sleep(CHECK_SECONDS)  # for timers that depend on the clock
                await _exchange_messages(clients)
                tally("clock steps")
            await wait_until_delivered(clients)
        dates = {record["timestamp"][:10] for record in records(storage, "lobby")}
        assert len(dates) >= 3, "the steps did not reach the server"
        assert violations(histories(clients), records(storage, "lobby")) == []
        assert command == "daphne" or not any(client.broken_connections for client in clients)
        assert "Traceback" not in server.output


async def _exchange_messages(clients: list[ReconnectingClient]) -> None:
    for client in clients:
        await client.say(f"{client.history.name} says {len(client.history.sent)}")
    await wait_until_delivered(clients)


@pytest.mark.promise
@pytest.mark.parametrize("hours", [0, -24])
async def test_dead_clients_are_disconnected_after_a_clock_step(
    hours: int, storage: Path, tmp_path: Path, tally: Tally
) -> None:
    """After the clock was set back, the server sent no pings until the clock had caught up."""
    clock = FakeClock(tmp_path)
    with ObservedServer(storage, env={**NO_LIMITS, **clock.env}) as server:
        async with Proxy(server.port, lambda: PlannedFault(Fault.HALF_OPEN, 2000)) as proxy:
            ada = ReconnectingClient(server.ws_url, "lobby", "ada", {}, silence_timeout=1000)
            ada.max_unacknowledged = 1
            dead = [
                ReconnectingClient(proxy.ws_url, "lobby", f"dead-{number}", {}, silence_timeout=1000)
                for number in range(DEAD_CLIENTS)
            ]
            for client in dead:
                client.is_sending = False
            async with running([ada, *dead]):  # a second in which ada does not run costs her connection, too
                await until(lambda: proxy.triggered[Fault.HALF_OPEN] >= DEAD_CLIENTS, "the half-open connections")
                ada.is_sending = False  # or the dead ones are cut as slow readers
                clock.step(hours)
                await asyncio.to_thread(
                    wait_until, lambda: server.resource_counts()["connections"] == 2, "only ada's connection"
                )
    tally("connections half_open", DEAD_CLIENTS)
