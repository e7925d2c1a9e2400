"""How many messages a room has had: clears, imports and other tools do not count as messages, and nothing is lost."""

import json
from pathlib import Path

import msgspec
import pytest

from chat.storage import Tally
from chat.storage.json_files.room_lock import lock_path
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.expected_history import said


def tallies(folder: Path) -> Tally:
    """As the log of another process and the room list both say."""
    listed, opened = JsonFileStore(folder).rooms()[0].tally, JsonFileStore(folder).open("lobby").tally
    assert listed == opened
    return opened


def test_every_message_counts(store: JsonFileStore, folder: Path) -> None:
    log = store.open("lobby")
    assert log.tally == Tally(1, 0, 0)
    log.append([said("one"), said("two")])
    log.append([said("three")])
    assert log.tally == tallies(folder) == Tally(4, 3, 0)


def test_a_clear_is_no_message_and_does_not_lower_the_count(store: JsonFileStore, folder: Path) -> None:
    log = store.open("lobby")
    log.append([said(str(number)) for number in range(10)])
    log.clear(6)  # 5 messages
    assert log.tally == tallies(folder) == Tally(12, 10, 5)
    log.append([said("one more")])
    log.clear(10)  # 4 messages; the record of the first clear stays
    assert log.tally == tallies(folder) == Tally(14, 11, 9)
    log.append([said("last")])
    log.clear(log.last_id)  # 3 messages, and the records of both clears
    assert log.tally == tallies(folder) == Tally(16, 12, 12)


def test_another_process_that_clears_is_followed(store: JsonFileStore, folder: Path) -> None:
    log = store.open("lobby")
    log.append([said("one"), said("two")])
    JsonFileStore(folder).open("lobby").clear(2)
    log.refresh()
    assert log.tally == tallies(folder) == Tally(4, 2, 1)


def test_ids_that_an_import_leaves_free_are_no_messages(store: JsonFileStore, folder: Path) -> None:
    store.open("lobby").append([said("one"), msgspec.structs.replace(said("two"), id=100)])
    assert tallies(folder) == Tally(100, 2, 0)


@pytest.mark.parametrize("lost", ["the lock file", "its numbers"])
def test_a_cleared_room_of_an_older_version_is_counted_anew(store: JsonFileStore, folder: Path, lost: str) -> None:
    log = store.open("lobby")
    log.append([said('"type":"clear"'), said("two"), said("three")])
    log.clear(2)
    log.close()
    path = lock_path(folder / "lobby.json")
    if lost == "the lock file":
        path.unlink()
    else:
        line = json.loads(path.read_text())
        del line["cleared"], line["others"]
        path.write_text(json.dumps(line))
    assert JsonFileStore(folder).open("lobby").tally == Tally(5, 2, 0)
    assert tallies(folder) == Tally(5, 2, 0)  # the first use has written the numbers


def test_a_line_that_the_owner_removes_is_no_message_any_more(store: JsonFileStore, folder: Path) -> None:
    log = store.open("lobby")
    log.append([said("one"), said("two"), said("three")])
    log.close()
    path = folder / "lobby.json"
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if '"two"' not in line))
    assert JsonFileStore(folder).open("lobby").tally == Tally(4, 2, 0)
