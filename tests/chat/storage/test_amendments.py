"""Amendments in a large file: in memory, in the index, and in pieces of bounded size."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from chat.storage import Draft, FoldedMessage
from chat.storage.json_files import folded_reader, reader, states
from chat.storage.json_files.amendments import positions
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.reader import RecordReader
from chat.storage.json_files.room_lock import lock_path
from chat.storage.json_files.states import StateCache
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.cached_room import is_cached, make_files_large, make_room, opened, store_index
from tests.support.storage.drafts import amended, deleted, edited, reacted, shown
from tests.support.storage.expected_history import FOLDER, said
from tests.support.storage.file_checker import CountingDisk


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


def test_no_page_waits_until_the_amendments_of_an_opened_room_are_sorted(folder: Path) -> None:
    """Regression: after a start this was a fifth of the time of the first page, in a room with 11,000 of them."""
    log = JsonFileStore(folder).open("lobby")
    log.append([said("one"), *[reacted(2, author=str(number)) for number in range(100)]])
    log.close()
    opened_log = JsonFileStore(folder).open("lobby")
    assert opened_log._index.amendments._pending == []  # type: ignore[attr-defined]
    assert len(opened_log._index.amendments.after(1)) == 100  # type: ignore[attr-defined]


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
    size = RecordReader.size_of
    monkeypatch.setattr(RecordReader, "size_of", lambda self, chosen: sizes.append(len(chosen)) or size(self, chosen))
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
