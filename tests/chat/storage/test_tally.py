"""How many messages a room has had: clears, imports and other tools do not count as messages, and nothing is lost."""

import json
from pathlib import Path

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
