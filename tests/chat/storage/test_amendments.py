"""Edits, deletes and reactions, topics and names of rooms: what is stored of them, and what a page shows."""

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from chat.storage import ROOM_RECORD_ID, Draft, FoldedMessage, IdTaken, Refusal, Reply, RoomLog, Store
from chat.storage.folding import MAX_KINDS_BY_AUTHOR, MAX_REACTION_KINDS
from chat.storage.json_files import folded_reader, reader, states
from chat.storage.json_files.amendments import positions
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.folded_reader import FoldedReader
from chat.storage.json_files.reader import RecordReader
from chat.storage.json_files.room_lock import lock_path
from chat.storage.json_files.states import StateCache
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.cached_room import is_cached, make_files_large, make_room, opened, store_index
from tests.support.storage.expected_history import FOLDER, said
from tests.support.storage.file_checker import CountingDisk
from tests.support.storage.memory_store import MemoryStore

BACKENDS: dict[str, Callable[[Path], Store]] = {"files": JsonFileStore, "memory": lambda folder: MemoryStore()}


@pytest.fixture(params=BACKENDS)
def log(request: pytest.FixtureRequest, folder: Path) -> RoomLog:
    return BACKENDS[request.param](folder).open("lobby")


def amended(type_: str, target: int | None = None, author: str = "alice", **fields: object) -> Draft:
    return msgspec.convert({"type": type_, "author": author, "username": author, "target": target, **fields}, Draft)


def edited(target: int, message: str, author: str = "alice", **fields: object) -> Draft:
    return amended("edit", target, author, message=message, **fields)


def deleted(target: int, author: str = "alice", **fields: object) -> Draft:
    return amended("delete", target, author, **fields)


def reacted(target: int, emoji: str = "👋", author: str = "alice", on: bool = True, **fields: object) -> Draft:
    return amended("reaction", target, author, emoji=emoji, on=on, **fields)


def refusals(log: RoomLog, *drafts: Draft) -> list[Refusal | None]:
    return [outcome.refusal for outcome in log.append(drafts)]


def shown(log: RoomLog) -> list[tuple[int, str | None, int]]:
    """Of every message that a page shows: its id, its text, and the id of the last event that is folded in."""
    return [
        (item.record.id, item.record.message, item.rev) for item in log.items().items if isinstance(item, FoldedMessage)
    ]


def reactions(log: RoomLog, message_id: int) -> dict[str, tuple[str, ...]]:
    message = log.message(message_id)
    return {each.emoji: each.authors for each in message.reactions} if message else {}


def test_a_page_shows_messages_as_they_are_now(log: RoomLog) -> None:
    log.append([said("one"), said("two"), said("three")])  # 2, 3, 4
    edit = log.append([edited(2, "uno"), reacted(3), deleted(4)])[0].record  # 5, 6, 7
    assert shown(log) == [(2, "uno", 5), (3, "two", 6)]
    message = log.message(2)
    assert message is not None
    assert edit is not None
    assert message.edited == edit.timestamp
    assert log.message(4) is None
    assert [record.message for record in log.texts(2)] == ["one", "uno"]
    assert log.texts(4) == log.texts(5) == log.texts(99) == []


def test_the_log_is_as_it_was_written_without_what_is_deleted(log: RoomLog) -> None:
    log.append([said("one"), said("two"), edited(2, "uno"), reacted(3)])
    log.append([edited(3, "dos"), deleted(3)])
    assert [(record.id, record.type) for record in log.page().records] == [
        (2, "message"),
        (4, "edit"),
        (5, "reaction"),
        (7, "delete"),
    ]


def test_only_the_author_edits_and_deletes_and_everybody_reacts(log: RoomLog) -> None:
    log.append([said("mine")])
    drafts = edited(2, "yours", "bob"), deleted(2, "bob"), reacted(2, author="bob")
    assert refusals(log, *drafts) == [Refusal.NOT_ALLOWED, Refusal.NOT_ALLOWED, None]
    assert shown(log) == [(2, "mine", 3)]


@pytest.mark.parametrize("target", [0, 1, 3, 4, 5, 99])
def test_only_a_message_that_is_there_is_amended(target: int, log: RoomLog) -> None:
    log.append([said("hi"), said("gone"), deleted(3), amended("topic", topic="cake")])
    drafts = edited(target, "new"), deleted(target), reacted(target)
    assert refusals(log, *drafts) == [Refusal.NOT_FOUND] * 3
    assert log.last_id == 5


def test_amendments_are_checked_in_the_order_of_their_batch(log: RoomLog) -> None:
    outcomes = log.append([said("one"), edited(2, "uno"), reacted(2), deleted(2), edited(2, "late"), reacted(2)])
    assert [outcome.refusal for outcome in outcomes] == [None] * 4 + [Refusal.NOT_FOUND] * 2
    assert shown(log) == []


def test_a_batch_amends_a_stored_message_step_by_step(log: RoomLog) -> None:
    """Regression: the second reaction of a batch was checked against the message as it was before the first."""
    log.append([said("one")])  # 2
    log.append([reacted(2), reacted(2, on=False)])
    assert reactions(log, 2) == {}


def test_an_imported_edit_may_have_the_text_of_its_message(log: RoomLog) -> None:
    """An export has the newest text of a message alone."""
    log.append([said("one")])  # 2
    when = "2026-11-01T10:00:00.000Z"
    assert not log.append([edited(2, "one", timestamp=when)])[0].repeated
    message = log.message(2)
    assert message is not None
    assert message.edited == when


def test_what_changes_nothing_is_no_event(log: RoomLog) -> None:
    log.append([said("one"), reacted(2), amended("topic", topic="cake")])
    drafts = edited(2, "one"), reacted(2), reacted(2, on=False, author="bob"), amended("topic", topic="cake")
    outcomes = log.append(drafts)
    assert [(outcome.record and outcome.record.id, outcome.repeated) for outcome in outcomes] == [
        (3, True),
        (3, True),
        (3, True),
        (4, True),
    ]
    (named,) = log.append([amended("room_name", name="lobby", client_id="c")])
    assert named.record is not None
    assert (named.record.id, named.record.client_id) == (ROOM_RECORD_ID, "c")
    assert log.last_id == 4


def test_one_reaction_per_author_and_emoji_and_twenty_emoji(log: RoomLog) -> None:
    kinds, people = [chr(0x1F600 + kind) for kind in range(MAX_REACTION_KINDS)], ["alice", "cleo"]
    log.append([said("hi"), *(reacted(2, kind, people[number % 2]) for number, kind in enumerate(kinds))])
    full = [reacted(2, author="bob"), reacted(2, kinds[0], author="bob")]
    assert refusals(log, *full) == [Refusal.TOO_MANY_REACTIONS, None]
    log.append([reacted(2, kinds[2], on=False)])
    assert refusals(log, reacted(2)) == [None]
    assert list(reactions(log, 2).items())[0] == (kinds[0], ("alice", "bob"))
    assert list(reactions(log, 2).items())[-1] == ("👋", ("alice",))


def test_nobody_alone_can_leave_no_place_for_the_emoji_of_others(log: RoomLog) -> None:
    kinds = [chr(0x1F600 + kind) for kind in range(MAX_KINDS_BY_AUTHOR + 1)]
    log.append([said("hi")])
    assert refusals(log, *(reacted(2, kind) for kind in kinds)) == [
        *([None] * MAX_KINDS_BY_AUTHOR),
        Refusal.TOO_MANY_REACTIONS,
    ]
    assert refusals(log, reacted(2, kinds[-1], author="bob"), reacted(2, kinds[-1])) == [
        None,
        Refusal.TOO_MANY_REACTIONS,
    ]
    assert refusals(log, reacted(2, kinds[0]), reacted(2, kinds[0], on=False), reacted(2, kinds[-1])) == [None] * 3
    imported = [reacted(2, kind, timestamp="2026-11-01T12:00:00.000Z") for kind in kinds]
    assert refusals(log, *imported) == [None] * len(kinds), "an import loses none"


def test_a_repeat_of_what_was_deleted_is_answered_with_the_delete(log: RoomLog) -> None:
    log.append([said("one", "c1"), edited(2, "uno", client_id="c2"), reacted(2, client_id="c3")])
    repeats = said("one", "c1"), edited(2, "uno", client_id="c2"), reacted(2, client_id="c3")
    assert [outcome.record and outcome.record.type for outcome in log.append(repeats)] == [
        "message",
        "edit",
        "reaction",
    ]
    (delete,) = log.append([deleted(2, client_id="c4")])
    assert delete.record
    outcomes = log.append([*repeats, deleted(2, client_id="c4")])
    assert [(each.record and (each.record.id, each.record.type, each.record.client_id)) for each in outcomes] == [
        (5, "delete", "c1"),
        (5, "delete", "c2"),
        (4, "reaction", "c3"),
        (5, "delete", "c4"),
    ]
    assert all(outcome.repeated for outcome in outcomes)
    assert log.last_id == 5


def test_a_reply_shows_what_it_answers(log: RoomLog) -> None:
    log.append([said("one"), said("x" * 300), said("gone")])
    for target in (2, 3, 4):
        log.append([msgspec.structs.replace(said("yes"), reply_to=target)])
    log.append([edited(2, "uno"), deleted(4), msgspec.structs.replace(said("late"), reply_to=4)])
    found = [message and message.reply for message in map(log.message, (2, 5, 6, 7, 10))]
    assert found == [
        None,
        Reply(2, "alice", "uno"),
        Reply(3, "alice", "x" * 200),
        Reply(4, deleted=True),
        Reply(4, deleted=True),
    ]
    assert [item.reply for item in log.items(after=4).items if isinstance(item, FoldedMessage)] == found[1:]


@pytest.mark.parametrize("target", [0, 1, 3, 99])
def test_a_reply_answers_a_message(target: int, log: RoomLog) -> None:
    assert refusals(log, msgspec.structs.replace(said("yes"), reply_to=target)) == [Refusal.NOT_FOUND]
    log.append([said("one"), reacted(2)])
    assert refusals(log, msgspec.structs.replace(said("yes"), reply_to=target)) == [Refusal.NOT_FOUND]


def test_a_page_counts_items_and_not_events(log: RoomLog) -> None:
    log.append(
        [said("one"), said("two"), said("three"), said("gone"), *(reacted(3, author=str(n)) for n in range(600))]
    )
    log.append([deleted(5), amended("topic", topic="cake")])
    assert [item.rev if isinstance(item, FoldedMessage) else item.type for item in log.items(limit=3).items] == [
        605,
        4,
        "topic",
    ]
    assert [len(log.items(limit=limit).items) for limit in (3, 4, 5)] == [3, 4, 4]
    assert [log.items(limit=limit).complete for limit in (3, 4)] == [False, True]
    page = log.items(after=2, limit=1)
    assert (len(page.items), page.complete) == (1, False)
    assert [message for _, message, _ in shown(log)] == ["one", "two", "three"]


def test_topic_and_name_are_those_of_the_newest_events(log: RoomLog) -> None:
    assert (log.topic, log.name) == ("", "lobby")
    log.append([amended("topic", topic="cake"), amended("room_name", name="The Bakery"), amended("topic", topic="")])
    assert (log.topic, log.name) == ("", "The Bakery")
    log.append([amended("topic", topic="bread")])
    log.clear(log.last_id)
    assert (log.topic, log.name) == ("bread", "The Bakery")
    (repeat,) = log.append([amended("topic", topic="bread")])
    assert repeat.record is not None
    assert repeat.record.id == ROOM_RECORD_ID


def test_what_another_process_does_to_a_message_in_memory_is_seen(folder: Path) -> None:
    log, other = JsonFileStore(folder).open("lobby"), JsonFileStore(folder).open("lobby")
    log.append([said("one"), reacted(2)])
    other.refresh()
    for number in range(3):
        assert shown(log) == shown(other)
        other.append([edited(2, f"text {number}")])
        assert shown(other) == [(2, f"text {number}", 4 + 2 * number)]
        log.refresh()
        assert shown(log) == shown(other)
        log.append([reacted(2, author=str(number))])
        other.refresh()
    assert reactions(other, 2) == {"👋": ("alice", "0", "1", "2")}


def test_nothing_of_a_deleted_message_stays_in_memory(folder: Path) -> None:
    log, other = JsonFileStore(folder).open("lobby"), JsonFileStore(folder).open("lobby")
    log.append([said("secret"), edited(2, "secret, too"), said("hi"), reacted(4)])
    other.refresh()
    assert shown(log) == shown(other)
    log.append([deleted(2)])
    other.refresh()
    for each in (log, other):
        states: StateCache = each._index.states  # type: ignore[attr-defined]
        assert [state.record.message for state, _ in states._states.values()] == ["hi"]


def test_long_texts_count_in_the_memory_of_folded_messages(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Regression: each counted like one reaction, and thousands of them took hundreds of megabytes."""
    monkeypatch.setattr(states, "MAX_WEIGHT", 100)
    log = JsonFileStore(folder).open("lobby")
    log.append([said("x" * 4000) for _ in range(5)])
    log.append([reacted(2 + number) for number in range(5)])
    log.items()
    kept: StateCache = log._index.states  # type: ignore[attr-defined]
    assert [state.record.id for state, _ in kept._states.values()] == [5, 6]


def test_a_refused_batch_leaves_nothing_in_memory(folder: Path) -> None:
    log = JsonFileStore(folder).open("lobby")
    log.append([said("one"), reacted(2)])
    shown(log)
    with pytest.raises(IdTaken):
        log.append([edited(2, "uno"), msgspec.structs.replace(said("no"), id=3)])
    assert shown(log) == [(2, "one", 3)]


def test_the_amendments_of_one_message_are_never_in_memory_all_at_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: a client that reacted and took it back all day made a page that took a gigabyte."""
    log = JsonFileStore(folder).open("lobby")
    log.append([said("one"), said("two")])
    for number in range(10):
        log.append([reacted(2), reacted(2, author="bob"), edited(2, f"text {number}"), reacted(2, on=False)])
    expected = log.message(2)
    log.close()
    monkeypatch.setattr(folded_reader, "AMENDMENTS_AT_ONCE", 3)
    read: list[int] = []
    by_position = RecordReader.by_position
    monkeypatch.setattr(
        RecordReader, "by_position", lambda self, chosen: read.append(len(chosen)) or by_position(self, chosen)
    )
    assert [item.record.message for item in JsonFileStore(folder).open("lobby").items().items] == ["text 9", "two"]
    assert JsonFileStore(folder).open("lobby").message(2) == expected
    assert JsonFileStore(folder).open("lobby").append([reacted(2, author="bob")])[0].repeated
    assert max(read) <= 4, "with the other message of the page"


def test_a_page_is_bounded_in_bytes_with_all_that_is_read_for_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folded_reader, "MAX_PAGE_BYTES", 20_000)
    log = JsonFileStore(folder).open("lobby")
    log.append([said("one"), said("two"), said("three")])
    log.append([reacted(3, author=str(number)) for number in range(200)])
    log.close()
    log = JsonFileStore(folder).open("lobby")
    page = log.items()
    assert ([item.record.id for item in page.items if isinstance(item, FoldedMessage)], page.complete) == ([4], False)
    page = log.items(before=4)
    assert ([item.record.id for item in page.items if isinstance(item, FoldedMessage)], page.complete) == ([3], False)
    assert len(log.items().items) == 3, "the reactions are in memory now"
    log.append([edited(2, str(number) * 300) for number in range(60)])
    assert [len(record.message or "") for record in log.texts(2)][-1:] == [600]
    assert len(log.texts(2)) < 60


def test_a_page_and_the_texts_of_a_message_cost_what_fits_and_not_what_is_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of fifty messages with two thousand reactions each planned all of them, 40 ms, and showed one."""
    monkeypatch.setattr(folded_reader, "MAX_PAGE_BYTES", 20_000)
    monkeypatch.setattr(folded_reader, "FEW_AMENDMENTS", 100)
    log = JsonFileStore(folder).open("lobby")
    log.append([said(str(number)) for number in range(20)])
    log.append([reacted(target, author=str(number)) for number in range(200) for target in range(2, 22)])
    log.append([edited(2, str(number)) for number in range(1000)])
    planned: list[int] = []
    monkeypatch.setattr(folded_reader, "positions", lambda entries: planned.append(len(entries)) or positions(entries))
    assert ([shown_id for shown_id, _, _ in shown(log)], planned) == ([21], [200, 200])
    sizes: list[int] = []
    size = FoldedReader._size
    monkeypatch.setattr(FoldedReader, "_size", lambda self, chosen: sizes.append(len(chosen)) or size(self, chosen))
    assert len(log.texts(2)) < sum(sizes) < 200


def test_reactions_that_are_far_apart_are_read_in_parts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reactions to one message were all over a large file, and so the file was read as a whole, at once."""
    monkeypatch.setattr(reader, "MAX_RUN_BYTES", 10_000)
    disk = _ReadingDisk()
    log = JsonFileStore(folder, disk).open("lobby")
    log.append([said("one")])
    for number in range(30):
        log.append([reacted(2, author=str(number)), said("x" * 3000)])
    log = JsonFileStore(folder, disk).open("lobby")
    disk.longest = 0
    message = log.message(2)
    assert message is not None
    assert len(message.reactions[0].authors) == 30
    assert 3000 < disk.longest < 20_000


class _ReadingDisk(Disk):
    longest = 0

    def read(self, fd: int, length: int, offset: int) -> bytes:
        self.longest = max(self.longest, length)
        return super().read(fd, length, offset)


def test_a_name_that_was_changed_is_listed_without_reading_the_file(folder: Path) -> None:
    store = JsonFileStore(folder)
    log = store.open("lobby")
    log.append([said("one"), amended("room_name", name="The Bakery")])
    store.append("lobby", [said("by a command, which reads both ends only")])
    for each in (JsonFileStore(folder).rooms()[0].name, JsonFileStore(folder).open("lobby").name):
        assert each == "The Bakery"
    lock_path(folder / "lobby.json").unlink()
    assert JsonFileStore(folder).rooms()[0].name == "lobby"
    JsonFileStore(folder).open("lobby")
    assert JsonFileStore(folder).rooms()[0].name == "The Bakery"


@pytest.mark.parametrize("amend", [reacted, edited])
def test_thousands_of_amendments_are_read_once(amend: Callable[..., Draft]) -> None:
    disk = CountingDisk()
    log = JsonFileStore(FOLDER, disk).open("lobby")
    number = iter(range(10**6))
    log.append([said("one"), said("two")])
    for _ in range(4):
        if amend is reacted:
            log.append([reacted(2, author=str(next(number))) for _ in range(500)])
        else:
            log.append([edited(2, f"text {next(number)}") for _ in range(500)])
    log.close()
    log = JsonFileStore(FOLDER, disk).open("lobby")
    log.items()
    disk.bytes_read = 0
    assert log.items() == log.items()
    log.append([reacted(2, author="the next one")])
    assert len(log.items().items) == 2
    assert disk.bytes_read < 4 * 500 + 4096, "the message without amendments, and the end of the file"


def test_the_stored_index_knows_amendments(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_files_large(monkeypatch)
    make_room(folder)
    log = opened(folder)
    log.append([edited(5, "new"), reacted(7), deleted(9), amended("topic", topic="cake")])
    log.append([said("x" * 9000), said("y" * 9000)])
    log.close()
    store_index(folder)
    cached, bare = opened(folder), folder.parent / "bare"
    shutil.copytree(folder, bare)
    (bare / ".lobby.index").unlink()
    scanned = opened(bare)
    assert is_cached(cached)
    assert not is_cached(scanned)
    assert cached.items(limit=400) == scanned.items(limit=400)
    assert (cached.topic, cached.tally, cached.texts(5)) == ("cake", scanned.tally, scanned.texts(5))
    assert (cached.message(9), cached.message(7)) == (None, scanned.message(7))
