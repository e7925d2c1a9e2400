"""Property tests: arbitrary drafts, arbitrary sequences of actions, and files with arbitrary damage."""

import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chat.storage import Draft
from chat.storage.json_files import scan as module
from tests.support.storage.disks import MemoryDisk
from tests.support.storage.expected_history import LOBBY, open_lobby, said

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
drafts = st.builds(Draft, author=text, username=text, message=text, client_id=st.none() | text)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


quick = settings(
    deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@quick
@given(st.lists(st.lists(drafts, max_size=5), max_size=4))
def test_whatever_people_write_comes_back_as_it_was(batches: list[list[Draft]]) -> None:
    disk = MemoryDisk()
    log = open_lobby(disk)
    expected: dict[object, tuple[str, str, str]] = {}
    for batch in batches:
        for number, draft in enumerate(batch):
            key = (draft.author, draft.client_id) if draft.client_id is not None else (id(batch), number)
            expected.setdefault(key, (draft.author, draft.username, draft.message))
        log.append(batch)
    for reader in (log, open_lobby(disk)):
        records = reader.page(limit=100).records
        assert [(record.author, record.username, record.message) for record in records] == list(expected.values())
    assert not expected or len(json.loads(disk.content(LOBBY))) == len(expected) + 1


class RoomModel(RuleBasedStateMachine):
    """Two processes on one file, compared with a model of its records."""

    @initialize()
    def begin(self) -> None:
        self.disk = MemoryDisk()
        self.logs = [open_lobby(self.disk), open_lobby(self.disk)]
        self.logs[0].append([said("begin")])
        self.model: list[tuple[int, str | None]] = [(2, "begin")]
        self.clients: dict[str, int] = {}
        self.last = 2

    @rule(which=st.integers(0, 1), batch=st.lists(st.tuples(st.none() | st.sampled_from("abcdef"), text), max_size=4))
    def append(self, which: int, batch: list[tuple[str | None, str]]) -> None:
        stored = self.logs[which].append([said(message, client_id) for client_id, message in batch])
        for (client_id, message), outcome in zip(batch, stored, strict=True):
            record = outcome.record
            assert outcome.repeated == (client_id in self.clients)
            if outcome.repeated:
                assert record.id == self.clients[str(client_id)]
                continue
            self.last += 1
            assert (record.id, record.message) == (self.last, message)
            self.model.append((self.last, message))
            if client_id is not None:
                self.clients[client_id] = self.last

    @rule(which=st.integers(0, 1), share=st.floats(0, 1))
    def clear(self, which: int, share: float) -> None:
        through = int(self.last * share)
        self.last += 1
        assert self.logs[which].clear(through).id == self.last
        self.model = [(number, message) for number, message in self.model if number > through]
        self.model.append((self.last, None))
        self.clients = {client_id: number for client_id, number in self.clients.items() if number > through}

    @rule(which=st.integers(0, 1), close=st.booleans())
    def reopen(self, which: int, close: bool) -> None:
        self.logs[which].close()
        if not close:
            self.logs[which] = open_lobby(self.disk)

    @precondition(lambda self: hasattr(self, "disk"))
    @rule(
        torn=st.sampled_from([b",\n", b",\n{", b',\n{"id":9,"ty', b"\0\0\0\0", b",\n\0\0\0\0\0\xff\n]\n", b"", b",\n]"])
    )
    def tear(self, torn: bytes) -> None:
        node = self.disk.nodes[self.disk.names[LOBBY]]
        node.content = node.durable = node.content.removesuffix(b"\n]\n") + torn

    @rule(which=st.integers(0, 1), border=st.integers(0, 40), limit=st.integers(1, 5))
    def page(self, which: int, border: int, limit: int) -> None:
        log = self.logs[which]
        log.refresh()
        older = [item for item in self.model if item[0] < border]
        newer = [item for item in self.model if item[0] > border]
        assert [(record.id, record.message) for record in log.page(before=border, limit=limit).records] == older[
            -limit:
        ]
        assert [(record.id, record.message) for record in log.page(after=border, limit=limit).records] == newer[:limit]

    @invariant()
    def everything_is_there(self) -> None:
        if hasattr(self, "disk"):
            log = open_lobby(MemoryDisk({LOBBY: self.disk.content(LOBBY)}))
            assert [(record.id, record.message) for record in log.page(limit=1000).records] == self.model
            assert (log.last_id, log.epoch, log.damage) == (self.last, self.logs[0].epoch, None)


TestRoomModel = RoomModel.TestCase
TestRoomModel.settings = settings(
    max_examples=50, stateful_step_count=25, deadline=None, derandomize=True, database=None
)


def _room() -> bytes:
    disk = MemoryDisk()
    log = open_lobby(disk)
    log.append([said("one", "1"), said("two")])
    log.append([said('three {"id":5}', "3")])
    log.append([said("four"), said("five", "5")])
    return disk.content(LOBBY)


ROOM = _room()
place = st.integers(0, len(ROOM))
corruptions = st.one_of(
    st.tuples(st.just("flip"), place, st.integers(1, 255)),
    st.tuples(st.just("cut"), place, st.integers(1, 200)),
    st.tuples(
        st.just("insert"), place, st.binary(min_size=1, max_size=20) | st.sampled_from([b"\n", b"]", b"{", b",\n"])
    ),
    st.tuples(st.just("copy"), place, place),
)


def corrupted(raw: bytes, kind: str, at: int, how: int | bytes) -> bytes:
    if isinstance(how, bytes):
        return raw[:at] + how + raw[at:]
    if kind == "flip":
        return raw[:at] + bytes(byte ^ how for byte in raw[at : at + 1]) + raw[at + 1 :]
    return raw[:at] + (raw[at + how :] if kind == "cut" else raw[how:])


@settings(quick, max_examples=400)
@given(st.lists(corruptions, max_size=3))
def test_it_makes_no_difference_in_what_pieces_a_file_is_read(corruptions: list[tuple[str, int, int | bytes]]) -> None:
    raw = ROOM
    for corruption in corruptions:
        raw = corrupted(raw, *corruption)
    with pytest.MonkeyPatch.context() as patch:
        found = [_scanned(raw)]
        for size in (7, 200, 400):
            patch.setattr(module, "CHUNK", size)
            found.append(_scanned(raw))
        patch.setattr(module, "parse_chunk", lambda chunk, messages_only: None)
        found.append(_scanned(raw))
    assert all(other == found[0] for other in found)


def _scanned(raw: bytes) -> tuple[object, ...]:
    found = module.scan(lambda length, offset: raw[offset : offset + length])
    clients = [found.index.client_ids.find("alice", client_id) for client_id in "135"]
    return (
        list(found.index.ids),
        found.index.offsets,
        clients,
        found.room,
        found.last,
        found.end,
        found.clean_end,
        found.damage,
    )
