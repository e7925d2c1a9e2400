"""A server that stands still: the machine slept, or somebody pressed Ctrl-Z. It goes on where it was."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.server.conftest import visitor
from tests.support.core.doubles import until
from tests.support.effort import Tally, effort
from tests.support.live_server import LiveServer, wait_until
from tests.support.servers.chat_client import UNLIMITED, Person, here, present, reached, records, settled, stories
from tests.support.servers.history_checker import violations

SECONDS = effort(2.0, torture=120.0)


@contextmanager
def standing_still(server: LiveServer) -> Iterator[None]:
    """Inside the block the process does nothing at all."""
    os.kill(server.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.pid, signal.SIGCONT)


@pytest.mark.promise
async def test_after_a_pause_nothing_is_missing_and_who_waited_is_still_there(storage: Path, tally: Tally) -> None:
    """Some wait for the server, and others give up and come back, again and again."""
    with LiveServer(storage, "serve", UNLIMITED) as server:
        cookies = [await asyncio.to_thread(visitor, server) for _ in range(6)]
        patient = [Person(server.ws_url, "lobby", f"patient-{n}", c, patience=1000) for n, c in enumerate(cookies[:3])]
        others = [Person(server.ws_url, "lobby", f"impatient-{n}", c) for n, c in enumerate(cookies[3:])]
        async with present([*patient, *others]):
            await here([*patient, *others])
            with standing_still(server):
                await asyncio.sleep(SECONDS)  # the pause itself
                await reached(lambda: min(person.broken for person in others), 1)
            await settled([*patient, *others])
        assert not any(person.broken for person in patient)
        assert violations(stories([*patient, *others]), records(storage, "lobby")) == []
        assert "Traceback" not in server.output
    tally("pauses")


@pytest.mark.promise
async def test_a_server_that_stands_still_in_a_write_makes_the_other_one_refuse_and_loses_nothing(
    storage: Path, tally: Tally
) -> None:
    """It holds the lock of the room. The other server tells its people to try again, and goes on reading."""
    with LiveServer(storage, "serve", UNLIMITED) as one, LiveServer(storage, "serve", UNLIMITED) as two:
        cookies = [await asyncio.to_thread(visitor, one) for _ in range(2)]
        paused, other = (
            Person(server.ws_url, "lobby", name, cookie, patience=1000)
            for server, name, cookie in zip([one, two], ["paused", "other"], cookies, strict=True)
        )
        async with present([paused, other]):
            await here([paused, other])
            await asyncio.to_thread(_stop_in_a_write, one, storage / ".lobby.lock")
            await until(lambda: other.broken, "a refusal at the other server")
            os.kill(one.pid, signal.SIGCONT)
            await settled([paused, other])
        assert not paused.broken
        assert violations(stories([paused, other]), records(storage, "lobby")) == []
    tally("pauses")


def _stop_in_a_write(server: LiveServer, lock: Path) -> None:
    """Stop it again and again, until that happens while it holds the lock."""

    def stopped_with_the_lock() -> bool:
        os.kill(server.pid, signal.SIGSTOP)
        wait_until(lambda: _stands_still(server.pid), "a process that stands still")
        if _holds(server.pid, lock):
            return True
        os.kill(server.pid, signal.SIGCONT)
        return False

    wait_until(stopped_with_the_lock, "a stop in a write")


def _stands_still(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def _holds(pid: int, lock: Path) -> bool:
    locks = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    return any(str(pid) in line and line[-3].endswith(f":{lock.stat().st_ino}") for line in locks)
