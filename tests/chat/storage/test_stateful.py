"""Any messages, amendments, topics, names, repeats and clears, by two processes that restart: compared with a model.

The model is the store in memory, which folds a whole room for every question.
"""

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from chat.storage import Draft, RoomLog
from chat.storage.json_files import reader, states
from chat.storage.json_files.store import JsonFileStore
from chat.storage.quota import Quota
from tests.support.effort import Tally, effort
from tests.support.storage import cached_room
from tests.support.storage.clocks import impatient
from tests.support.storage.disks import MemoryDisk
from tests.support.storage.expected_history import FOLDER, maintain
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
    def __init__(self, tally: Tally) -> None:
        super().__init__()
        self.disk = MemoryDisk()
        self.logs = [self._opened(), self._opened()]
        self.model = MemoryLog("lobby", Quota())
        self._tally = tally

    def _opened(self) -> RoomLog:
        return JsonFileStore(FOLDER, self.disk, clock=impatient()).open("lobby")

    @rule(who=st.integers(0, 1), batch=st.lists(drafts, min_size=1, max_size=6))
    def append(self, who: int, batch: list[Draft]) -> None:
        self._tally("batches with amendments")
        found, expected = self.logs[who].append(batch), self.model.append(batch)
        assert [_essence(outcome) for outcome in found] == [_essence(outcome) for outcome in expected]

    @rule(who=st.integers(0, 1), through=targets)
    def clear(self, who: int, through: int) -> None:
        assert self.logs[who].clear(through).id == self.model.clear(through).id

    @rule(who=st.integers(0, 1))
    def restart(self, who: int) -> None:
        self.logs[who].close()
        self.logs[who] = self._opened()
        self._tally("openings with a stored index", cached_room.is_cached(self.logs[who]))

    @rule(who=st.integers(0, 1))
    def store_index(self, who: int) -> None:
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
        listed = JsonFileStore(FOLDER, self.disk).rooms()
        assert [(info.name, info.tally) for info in listed] == [(self.model.name, self.model.tally)] * self.model.exists


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


@pytest.mark.promise
def test_two_processes_show_a_room_as_it_is_whatever_happens(tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cached_room, "LARGE", 500)
    cached_room.make_files_large(monkeypatch)
    monkeypatch.setattr(states, "MAX_WEIGHT", 12)
    monkeypatch.setattr(reader, "MAX_GAP_BYTES", 300)
    run_state_machine_as_test(
        lambda: TwoProcesses(tally),
        settings=settings(
            max_examples=effort(25, torture=1_000),
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            database=None,
            phases=set(Phase) - {Phase.explain},
            suppress_health_check=[HealthCheck.too_slow],  # of a machine that has other things to do
        ),
    )
