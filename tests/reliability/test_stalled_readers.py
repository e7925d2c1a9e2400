"""Half of a room stops reading, some of them still talking: the others miss nothing, and the server does not grow."""

import asyncio
import json
import time
from pathlib import Path

import pytest
from websockets.frames import Opcode

from tests.server.conftest import visitor
from tests.support.effort import Tally, effort, report
from tests.support.live_server import TIME_LIMIT, LiveServer
from tests.support.servers.chat_client import UNLIMITED, Person, here, present, records, settled, stories
from tests.support.servers.history_checker import violations
from tests.support.servers.stalled_websocket import Stalled

READERS = STALLERS = effort(20, torture=200)
SEND_BUFFER = effort(2**18, torture=2**20)
PER_SECOND = effort(50, torture=10)  # messages
MOST = 1000  # of them until everybody who stalls has been cut
WORD_SECONDS = effort(0.5, torture=5.0)
LONG = "€" * 3900  # what may wait for a reader is reached soon
SLACK_KIB = 32 * 1024  # for what is no backlog: the same messages in the room's memory, batches, the allocator


@pytest.mark.promise
async def test_readers_that_stall_hold_up_nobody_are_cut_and_miss_nothing(storage: Path, tally: Tally) -> None:
    with LiveServer(storage, "serve", {**UNLIMITED, "CHAT_SEND_BUFFER": str(SEND_BUFFER)}) as server:
        talker = Person(server.ws_url, "lobby", "talker", await asyncio.to_thread(visitor, server), patience=TIME_LIMIT)
        readers = (Person(server.ws_url, "lobby", f"listener-{n}", {}, patience=TIME_LIMIT) for n in range(READERS))
        listeners = [talker, *readers]
        for listener in listeners:
            listener.talking = False
        async with present(listeners):
            await here(listeners)
            stallers = [await asyncio.to_thread(Staller, server, number) for number in range(STALLERS)]
            watch = Watch(server, stallers)
            while not watch.all_cut:
                await _say_something(talker)
                for staller in stallers:
                    staller.maybe_say_a_word()
                watch.look()
            await asyncio.gather(*(asyncio.to_thread(staller.read) for staller in stallers))
            back = [staller.person for staller in stallers]
            async with present(back):
                await settled([*listeners, *back])
        assert violations(stories([*listeners, *back]), records(storage, "lobby")) == []
        assert not any(listener.broken for listener in listeners)
    report(
        f"{STALLERS} of {STALLERS + READERS + 1} stalled: {watch.grown_kib / STALLERS:.0f} KiB of the server for each, "
        f"all cut within {watch.seconds:.1f} s of the first"
    )
    assert watch.grown_kib < STALLERS * (SEND_BUFFER * 1.5) / 1024 + SLACK_KIB
    assert watch.seconds < 10
    tally("stalled readers", STALLERS)


async def _say_something(talker: Person) -> None:
    await talker.say(LONG)
    await asyncio.sleep(1 / PER_SECOND)


class Staller:
    """Reads nothing until the server has cut it. Every other one talks."""

    def __init__(self, server: LiveServer, number: int) -> None:
        self._talks = number % 2 == 1
        cookie = visitor(server) if self._talks else {}
        self.person = Person(server.ws_url, "lobby", f"staller-{number}", cookie)
        self.person.talking = False
        self._socket = Stalled(server, cookie)
        self._spoke = time.monotonic()

    def maybe_say_a_word(self) -> None:
        """While the server listens; what it did not hear is said again later."""
        now = time.monotonic()
        if self._talks and now > self._spoke + WORD_SECONDS:
            self._spoke = now
            text = f"{now} a word"
            client_id = self.person.resolve(text)
            self._talks = self._socket.send(type="message", message=text, client_id=client_id)

    @property
    def cut(self) -> bool:
        return self._socket.cut

    def read(self) -> None:
        for frame in self._socket.read_to_the_end():
            if frame.opcode is Opcode.TEXT:
                self.person.take(json.loads(frame.data))


class Watch:
    """How much the server grows, and when it cuts those who stall."""

    def __init__(self, server: LiveServer, stallers: list[Staller]) -> None:
        self._server = server
        self._stallers = stallers
        self._kib = server.memory_kib
        self._looks = 0
        self._first_cut = 0.0
        self.grown_kib = 0
        self.seconds = 0.0  # from the first cut to the last
        self.all_cut = False

    def look(self) -> None:
        now, cut = time.monotonic(), [staller.cut for staller in self._stallers]
        self.grown_kib = max(self.grown_kib, self._server.memory_kib - self._kib)
        if any(cut):
            self._first_cut = self._first_cut or now
            self.seconds, self.all_cut = now - self._first_cut, all(cut)
        self._looks += 1
        assert self._looks < MOST, f"{sum(cut)} of {STALLERS} are cut after {MOST} messages"
