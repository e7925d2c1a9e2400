"""Any messages, amendments, topics, names, repeats and clears, by two processes that restart: compared with a model.

The model is the store in memory, which folds a whole room for every question.
"""

from collections.abc import Callable

import msgspec
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from chat.storage import Draft, RoomLog, Store
from chat.storage.quota import Quota
from tests.support.effort import Tally
from tests.support.storage.expected_history import maintain
from tests.support.storage.memory_store import MemoryLog

AUTHORS = ["alice", "bob"]
targets = st.integers(0, 14)
client_ids = st.none() | st.sampled_from([f"c{number}" for number in range(12)])


def _drafts(type_: str, **fields: st.SearchStrategy[object]) -> st.SearchStrategy[Draft]:
    authors = st.sampled_from(AUTHORS)
    return st.builds(
        lambda author, client_id, values: Draft(
            type=type_, author=author, username=f"{author}!", client_id=client_id, **values
        ),
        authors,
        client_ids,
        st.fixed_dictionaries(fields),
    )


texts = st.sampled_from(["one", "two", "three " * 40])
drafts = st.one_of(
    _drafts("message", message=texts),
    _drafts("message", message=texts, reply_to=st.none() | targets),
    _drafts("edit", target=targets, message=texts),
    _drafts("delete", target=targets),
    _drafts("reaction", target=targets, emoji=st.sampled_from(["👋", "🎉"]), on=st.booleans()),
    _drafts("reaction", target=targets, emoji=st.sampled_from([chr(0x1F600 + n) for n in range(22)]), on=st.just(True)),
    _drafts("topic", topic=st.sampled_from(["", "cake"])),
    _drafts("room_name", name=st.sampled_from(["lobby", "The Bakery"])),
)


class TwoProcesses(RuleBasedStateMachine):
    """`open_store` is called for every new process. `room` is a room of it that is empty."""

    def __init__(self, open_store: Callable[[], Store], room: str, tally: Tally) -> None:
        super().__init__()
        self._open_store, self._room = open_store, room
        self._onlooker = open_store()
        self._stores: list[Store] = [self._onlooker]
        self.logs = [self.opened(), self.opened()]
        self.model = MemoryLog(room, Quota())
        self._tally = tally

    def opened(self) -> RoomLog:
        self._stores.append(self._open_store())
        return self._stores[-1].open(self._room)

    @rule(who=st.integers(0, 1), batch=st.lists(drafts, min_size=1, max_size=6))
    def append(self, who: int, batch: list[Draft]) -> None:
        self._tally("batches with amendments")
        found, expected = self.logs[who].append(batch), self.model.append(batch)
        assert [_essence(outcome) for outcome in found] == [_essence(outcome) for outcome in expected]

    @rule(who=st.integers(0, 1), draft=drafts)
    def append_one(self, who: int, draft: Draft) -> None:
        """Hypothesis leaves out some rules in every example: a second one of this kind is seldom left out too."""
        self.append(who, [draft])

    @rule(who=st.integers(0, 1), through=targets)
    def clear(self, who: int, through: int) -> None:
        assert self.logs[who].clear(through).id == self.model.clear(through).id

    @rule(who=st.integers(0, 1))
    def restart(self, who: int) -> None:
        self.logs[who].close()
        self.logs[who] = self.opened()

    @rule(who=st.integers(0, 1))
    def maintain(self, who: int) -> None:
        maintain(self.logs[who])

    @rule(who=st.integers(0, 1), before=targets, after=targets, limit=st.integers(1, 8))
    def read(self, who: int, before: int, after: int, limit: int) -> None:
        log, model = self.logs[who], self.model
        log.refresh()
        for borders in ({"before": before}, {"after": after}, {"before": before, "after": after}):
            assert _items(log, limit=limit, **borders) == _items(model, limit=limit, **borders)
            assert _page(log, limit=limit, **borders) == _page(model, limit=limit, **borders)
        assert _essence(log.message(before)) == _essence(model.message(before))
        assert [_essence(each) for each in log.texts(after)] == [_essence(each) for each in model.texts(after)]

    @invariant()
    def everybody_sees_the_same(self) -> None:
        for log in self.logs:
            log.refresh()
            assert (log.last_id, log.name, log.topic) == (self.model.last_id, self.model.name, self.model.topic)
            assert log.tally == self.model.tally
            assert _items(log) == _items(self.model)
        listed = self._onlooker.find(self._room)
        assert (listed and (listed.name, listed.tally)) == (
            (self.model.name, self.model.tally) if self.model.exists else None
        )

    def teardown(self) -> None:
        for store in self._stores:
            getattr(store, "close", lambda: None)()


def _page(log: RoomLog | MemoryLog, **request: int) -> object:
    page = log.page(**request)
    return [_essence(record) for record in page.records], page.complete


def _items(log: RoomLog | MemoryLog, **request: int) -> object:
    page = log.items(**request)
    return [_essence(item) for item in page.items], page.complete


def _essence(found: object) -> object:
    """Without what differs: times, and checksums of what is in a file."""
    return _timeless(msgspec.to_builtins(found, enc_hook=lambda each: each.name))


def _timeless(value: object) -> object:
    if isinstance(value, dict):
        kept = {key: _timeless(each) for key, each in value.items() if key not in {"timestamp", "crc", "batch"}}
        return {**kept, "edited": kept["edited"] is not None} if "edited" in kept else kept
    if isinstance(value, list | tuple):
        return list(map(_timeless, value))
    return value


def check(machine: Callable[[], TwoProcesses], examples: int) -> None:
    """Run random steps on new machines."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            database=None,
            phases=set(Phase) - {Phase.explain},
            suppress_health_check=[HealthCheck.too_slow],  # of a machine that has other things to do
        ),
    )
