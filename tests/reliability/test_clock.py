"""The clock of the machine jumps by days, under a server with people in it: libfaketime, in front of the real one."""

import asyncio
import shutil
from pathlib import Path

import pytest

from tests.server.conftest import visitor
from tests.support.effort import Tally, effort
from tests.support.live_server import Client, Command, LiveServer, wait_until
from tests.support.servers.chat_client import UNLIMITED, Person, here, present, records, settled, stories
from tests.support.servers.faulty_proxy import Fate, Fault, Proxy
from tests.support.servers.history_checker import violations
from tests.support.servers.observed_server import ObservedServer

HOUR = 3600
ROUND = 2.5  # seconds, in which Daphne looks at each of its connections at least once
DEAD = 10

pytestmark = pytest.mark.skipif(not shutil.which("faketime"), reason="needs Debian's package faketime")


class Clock:
    """What the server takes for the time of day. Its monotonic clock is left alone, as a step leaves it."""

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
        """From now on this many hours ahead of the real time."""
        draft = self._file.with_suffix(".new")
        draft.write_text(f"{hours * HOUR:+d}\n")
        draft.rename(self._file)


@pytest.mark.promise
@pytest.mark.parametrize("command", effort(["serve"], torture=["serve", "daphne"]))
async def test_a_clock_that_jumps_loses_and_reorders_nothing_and_a_tab_hears_after_a_day(
    command: Command, storage: Path, tmp_path: Path, tally: Tally
) -> None:
    """25 hours ahead are past every limit of a day: Daphne's on a connection, the layer's on a membership."""
    clock = Clock(tmp_path)
    with LiveServer(storage, command, {**UNLIMITED, **clock.env}) as server:
        cookies = [await asyncio.to_thread(visitor, server) for _ in range(3)]
        people = [Person(server.ws_url, "lobby", f"person-{n}", c, patience=1000) for n, c in enumerate(cookies)]
        for person in people:
            person.talking = False
        async with present(people):
            await here(people)
            for hours in effort((25, -25), torture=(25, 0, 24 * 365, -24 * 365, -25, 25)):
                clock.step(hours)
                await _say_and_hear(people)
                await asyncio.sleep(ROUND)  # for what the server may do by the clock
                await _say_and_hear(people)
                tally("clock steps")
            await settled(people)
        days = {record["timestamp"][:10] for record in records(storage, "lobby")}
        assert len(days) >= 3, "the server did not see the steps"
        assert violations(stories(people), records(storage, "lobby")) == []
        assert command == "daphne" or not any(person.broken for person in people)
        assert "Traceback" not in server.output


async def _say_and_hear(people: list[Person]) -> None:
    for person in people:
        await person.say(f"{person.story.name} says {len(person.story.said)}")
    await settled(people)


@pytest.mark.promise
@pytest.mark.parametrize("hours", [0, -24])
async def test_who_is_gone_without_a_word_is_let_go_whatever_the_clock_did(
    hours: int, storage: Path, tmp_path: Path, tally: Tally
) -> None:
    """A clock that was set back kept the server from asking whether they are still there, until it had caught up."""
    clock = Clock(tmp_path)
    with ObservedServer(storage, env={**UNLIMITED, **clock.env}) as server:
        async with (
            Proxy(server.port, lambda: Fate(Fault.HALF_OPEN, 2000)) as proxy,
            Client(server.ws_url, username="ada") as ada,
        ):
            dead = [Person(proxy.ws_url, "lobby", f"dead-{number}", {}, patience=1000) for number in range(DEAD)]
            for person in dead:
                person.talking = False
            async with present(dead):
                while proxy.struck[Fault.HALF_OPEN] < DEAD:
                    await ada.say("Is anybody there?")
                clock.step(hours)
                await asyncio.to_thread(wait_until, lambda: server.census()["connections"] == 2, "only ada is left")
    tally("connections half_open", DEAD)
