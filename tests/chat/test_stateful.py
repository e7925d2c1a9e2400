"""Random conversations: whatever clients, the owner and the server do, in any order, compared with a model.

Hypothesis chooses the steps, and how far the server gets with each before the next one: not at all, into the middle of
a write, or to the end.
"""

import itertools
import json
import logging
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from chat.conf import Conf
from chat.rooms import history_renderer, look, reset_delay
from chat.wire.protocol import MAX_BAD_FRAMES
from tests.support.core.simulated_storage import Database, FileOnDisk, SimulatedStorage
from tests.support.core.simulation import COMPLETION_SECONDS, PRESENCE_SECONDS, Simulation
from tests.support.effort import Tally, effort
from tests.support.storage.installations import KINDS, PostgresInstallation

pauses = st.sampled_from([0, 0, 0, 0.0015, 0.0025, 0.01, 0.2, COMPLETION_SECONDS, PRESENCE_SECONDS])
clients = st.integers(0, 5)
tenths = st.integers(0, 10)  # of all ids
NAMES = ["ada", "Ada", "bea", "ada-2", "charlie", "guest"]
BAD_FRAMES: list[tuple[str | bytes, str, str | None]] = [
    ('{"type":', "invalid_json", None),
    ("[]", "invalid_frame", None),
    (b"\0", "invalid_frame", None),
    ('{"type":"shout","client_id":"c"}', "unknown_type", "c"),
    ('{"type":"message","client_id":"c"}', "invalid_field", "c"),
    ('{"type":"history","before":5,"after":2}', "invalid_field", None),
    ('{"type":"history","limit":201}', "invalid_field", None),
    ('{"type":"message","message":" \\u200b","client_id":"c"}', "empty_message", "c"),
    ('{"type":"message","message":"\\u0007","client_id":"c"}', "invalid_text", "c"),
    (json.dumps({"type": "message", "message": "x" * 4001}), "message_too_long", None),
    ('{"type":"rename","username":""}', "invalid_name", None),
]


class RandomConversation(RuleBasedStateMachine):
    """The steps of a conversation. `who` is the number of a client."""

    def __init__(self, conf: Conf, storage: SimulatedStorage, tally: Tally, rare_cases: Counter[str]) -> None:
        super().__init__()
        self._storage = storage
        self.simulation = Simulation(conf, storage, rare_cases)
        self._tally = tally

    def _then(self, pause: float) -> None:
        self._tally("steps of conversations")
        self.simulation.advance(pause)

    def _id(self, tenth: int) -> int:
        """One of the assigned ids, or one of the next."""
        return (self.simulation.model.last_id + 2) * tenth // 10

    # Joining and leaving

    @rule(who=clients, pause=pauses)
    def resume(self, who: int, pause: float) -> None:
        self.simulation.resume(self.simulation.clients[who])
        self._then(pause)

    @rule(
        who=clients,
        how=st.sampled_from(["new", "earlier", "no epoch", "other epoch", "ahead", "bad query", "bad name"]),
        tenth=tenths,
        pause=pauses,
    )
    def connect(self, who: int, how: str, tenth: int, pause: float) -> None:
        simulation, client = self.simulation, self.simulation.clients[who]
        if how == "bad query":
            simulation.connect(client, "invalid_query", since="1e3")
        elif how == "bad name" and (not client.author or not client.name_in_cookie):
            simulation.connect(client, "invalid_name", username="a\u202eb")
        elif client.connection is None:
            query = {
                "earlier": {"since": self._id(tenth), "epoch": client.epoch or "?"},
                "no epoch": {"since": self._id(tenth)},
                "other epoch": {"since": self._id(tenth), "epoch": "another"},
                "ahead": {"since": 10**6},
            }
            simulation.connect(client, **query.get(how, {}))
        self._then(pause)

    @rule(who=clients, abort=st.booleans(), pause=pauses)
    def disconnect(self, who: int, abort: bool, pause: float) -> None:
        self.simulation.disconnect(self.simulation.clients[who], abort=abort)
        self._then(pause)

    @rule(joins=st.lists(st.tuples(clients | st.just(5), st.booleans()), min_size=2, max_size=6), pause=pauses)
    def join_at_the_same_time(self, joins: list[tuple[int, bool]], pause: float) -> None:
        """Several clients join at the same time, and some of them disconnect immediately."""
        for who, disconnects in joins:
            self.simulation.resume(self.simulation.clients[who])
            if disconnects:
                self.simulation.disconnect(self.simulation.clients[who], abort=False)
        self._then(pause)

    # Commands

    @rule(who=clients, count=st.integers(1, 12), with_client_id=st.booleans(), pause=pauses)
    def post(self, who: int, count: int, with_client_id: bool, pause: float) -> None:
        simulation = self.simulation
        for _ in range(count):
            simulation.post(simulation.clients[who], f"c-{simulation.posted}" if with_client_id else None)
        self._then(pause)

    @rule(who=clients, reply_to=tenths, with_client_id=st.booleans(), pause=pauses)
    def reply(self, who: int, reply_to: int, with_client_id: bool, pause: float) -> None:
        simulation = self.simulation
        # `reply_to` is 0 to 10: the first gives 0, the last an id that is too large.
        assigned = simulation.model.received_by_all_id * reply_to // 9
        target = assigned if assigned <= simulation.model.received_by_all_id else simulation.model.last_id + 100
        if simulation.model.events.get(target, {"type": "message"})["type"] != "message":
            return  # only storage knows that, and refuses it later
        client_id = f"c-{simulation.posted}" if with_client_id else None
        simulation.post(simulation.clients[who], client_id, reply_to=target)
        self._then(pause)

    @rule(who=clients, which=st.integers(0, 20), count=st.integers(1, 3), other_text=st.booleans(), pause=pauses)
    def repeat(self, who: int, which: int, count: int, other_text: bool, pause: float) -> None:
        client = self.simulation.clients[who]
        for sent in client.sent_messages[-1 - which :][:count]:
            self.simulation.post(client, sent.client_id, "" if other_text else sent.text)
        self._then(pause)

    @rule(
        who=clients,
        what=st.lists(
            st.tuples(st.sampled_from(["edit", "react", "delete", "delete"]), tenths), min_size=1, max_size=4
        ),
        pause=pauses,
    )
    def amend(self, who: int, what: list[tuple[str, int]], pause: float) -> None:
        """Amend messages, and first post one: most others are cleared soon."""
        simulation = self.simulation
        simulation.post(simulation.clients[who], f"c-{simulation.posted}")
        self._then(0.2)
        for kind, tenth in what:
            simulation.amend(simulation.clients[who], kind, tenth)
        self._then(pause)

    @rule(who=clients, pause=pauses)
    def send_typing(self, who: int, pause: float) -> None:
        self.simulation.send_typing(self.simulation.clients[who])
        self._then(pause)

    @rule(who=clients, name=st.sampled_from(NAMES), pause=pauses)
    def rename(self, who: int, name: str, pause: float) -> None:
        self.simulation.rename(self.simulation.clients[who], name)
        self._then(pause)

    @rule(
        who=clients, pages=st.lists(st.tuples(st.integers(0, 2), tenths, st.sampled_from([1, 2, 7, 200])), max_size=3)
    )
    def fetch_history(self, who: int, pages: list[tuple[int, int, int]]) -> None:
        for kind, tenth, limit in pages:
            event_id = self._id(tenth)
            self.simulation.fetch_history(
                self.simulation.clients[who], event_id if kind == 0 else None, event_id if kind == 1 else None, limit
            )
        self._then(0)

    @rule(who=clients, frames=st.lists(st.sampled_from(BAD_FRAMES), max_size=MAX_BAD_FRAMES), ping=st.booleans())
    def send_bad_frames(self, who: int, frames: list[tuple[str | bytes, str, str | None]], ping: bool) -> None:
        client = self.simulation.clients[who]
        for frame in frames:
            self.simulation.send_bad_frame(client, *frame)
        if ping:
            self.simulation.ping(client)
        self._then(0)

    # The owner, and the server

    @rule(tenth=tenths, everything=st.booleans(), pause=pauses)
    def clear(self, tenth: int, everything: bool, pause: float) -> None:
        self.simulation.clear(None if everything else self._id(tenth))
        self._then(pause)

    @rule(count=st.sampled_from([1, 2, 7, 12]), pause=pauses)
    def post_by_command(self, count: int, pause: float) -> None:
        self.simulation.post_by_command(count)
        self._then(pause)

    @rule()
    def restart(self) -> None:
        self.simulation.restart()
        self._then(0)

    @rule(
        who=clients,
        count=st.integers(0, 4),
        after=st.sampled_from([None, 0, 1, 1, 2, 3, 5, 8]),
        state=st.integers(0, 60),
    )
    def crash(self, who: int, count: int, after: int | None, state: int) -> None:
        simulation = self.simulation
        for _ in range(count):
            simulation.post(simulation.clients[who], f"c-{simulation.posted}")
        simulation.crash(after, state)
        self._then(0)

    @rule()
    def wait(self) -> None:
        self._then(PRESENCE_SECONDS)

    def teardown(self) -> None:
        """After a restart a new client reads everything that is stored."""
        simulation = self.simulation
        try:
            if sys.exc_info()[0] is None:
                simulation.advance(PRESENCE_SECONDS)
                simulation.restart()
                simulation.connect(simulation.clients[0])
                simulation.fetch_history(simulation.clients[0], None, 0, 200)
                simulation.advance(PRESENCE_SECONDS)
        finally:
            simulation.loop.cancel_and_close()
            self._storage.close()


@pytest.fixture(params=KINDS)
def new_storage(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], SimulatedStorage]:
    """Makes an empty storage."""
    if request.param == "json":
        return FileOnDisk
    numbers = itertools.count()
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("migrated_file")
        return lambda: Database(f"sqlite:///{shutil.copy(template, tmp_path / f'{next(numbers)}.sqlite')}", tmp_path)
    url = request.getfixturevalue("postgres").new_database()
    return lambda: Database(PostgresInstallation(tmp_path, url).conf.database_url, tmp_path)


@pytest.mark.promise
def test_every_client_gets_every_event_once_and_in_order_whatever_happens(
    new_storage: Callable[[], SimulatedStorage],
    conf: Conf,
    tally: Tally,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    examples = effort(50, torture=1_000) if new_storage is FileOnDisk else effort(8, torture=300)
    monkeypatch.setattr(look, "LOOK_SECONDS", (0.3, 0.3))  # not at random, and within COMPLETION_SECONDS
    monkeypatch.setattr(history_renderer, "time", SimpleNamespace(perf_counter=float))  # a clock that stands still
    monkeypatch.setattr(reset_delay, "QUIET_SECONDS", 0.0)  # tests/chat/rooms/test_imports.py puts resets off
    rare_cases: Counter[str] = Counter()
    run_state_machine_as_test(
        lambda: RandomConversation(conf, new_storage(), tally, rare_cases),
        settings=settings(
            max_examples=examples,
            stateful_step_count=50,
            deadline=None,
            derandomize=True,
            database=None,
            phases=set(Phase) - {Phase.explain},
        ),
    )
    assert len(+rare_cases) > 5, rare_cases  # of a dozen kinds: chance may leave out some
    assert not [record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR]
