"""Thousands of files that are not as chatsite wrote them: accepted, shown or refused, and never made worse.

For every file: no other error than `StorageError` is raised; every intact record is shown; damage is reported with its
line, and everything above that line is intact; a damaged file is never written; the tail that is cut off a torn file is
kept beside it; and the bytes are read a bounded number of times. tests/support/storage/file_checker.py checks this.
"""

import json
import logging
from collections.abc import Iterator
from random import Random

import pytest

from chat.storage import RoomDamaged, RoomLog, RoomUnusable
from chat.storage.json_files.lines import decode_line
from chat.storage.json_files.verify import verify_file
from tests.support.effort import Tally, effort
from tests.support.storage.disks import MemoryDisk, Node
from tests.support.storage.expected_history import LOBBY, open_lobby, said
from tests.support.storage.file_checker import check_file, ids
from tests.support.storage.mutations import ROOMS, edited, grow, mutated, respaced, truncate


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


# Permitted edits


@pytest.mark.promise
def test_what_an_owner_may_edit_is_taken_as_it_is(tally: Tally) -> None:
    random = Random(6)
    for _ in range(effort(300, torture=20_000)):
        raw = edited(random)
        room, *events = [decode_line(line.removesuffix(b",")) for line in raw.split(b"\n") if line.startswith(b"{")]
        disk = MemoryDisk({LOBBY: respaced(raw, random)})
        found = verify_file(LOBBY, disk)
        assert (found.records, found.torn_bytes, found.damage) == (len(events) + 1, 0, None)
        log = open_lobby(disk)
        assert (log.name, log.page(limit=100).records) == (room.name, events)
        log.append([said("and on")])
        assert json.loads(disk.content(LOBBY))[-1]["message"] == "and on"
        log.clear(4)
        assert ids(open_lobby(disk)) == [event.id for event in events if event.id > 4] + [log.last_id - 1, log.last_id]
        tally("mutated files")


# Anything else


@pytest.mark.promise
def test_a_mutated_file_is_never_spoiled_and_what_is_whole_in_it_is_shown(tally: Tally) -> None:
    random = Random(4)
    for _ in range(effort(500, torture=60_000)):
        check_file(mutated(random))
        tally("mutated files")


@pytest.mark.promise
def test_a_file_that_changes_under_an_open_log_is_as_good_as_one_that_is_opened_then(tally: Tally) -> None:
    """Another file replaces it, as editors do, or it grows or shrinks in place."""
    random = Random(5)
    for _ in range(effort(600, torture=50_000)):
        before = random.choice(ROOMS)
        in_place = random.random() < 0.5
        raw = random.choice([grow, truncate])(before, random) if in_place else mutated(random)
        disk = MemoryDisk({LOBBY: before})
        log = open_lobby(disk)
        if in_place:
            disk.nodes[disk.names[LOBBY]] = Node(raw, raw)
        else:
            disk.nodes[99], disk.names[LOBBY] = Node(raw, raw), 99
        assert outcome(disk, log) == outcome(MemoryDisk({LOBBY: raw}), None)
        tally("mutated files")


def outcome(disk: MemoryDisk, log: RoomLog | None) -> object:
    """The result of an append: the error or the ids that are shown, and the content of the file."""
    try:
        log = log or open_lobby(disk)
        log.refresh()
        shown = ids(log)
        log.append([said("and on")])
    except RoomUnusable as error:
        return error.why, disk.content(LOBBY)
    except RoomDamaged as error:
        return error.why, shown, disk.content(LOBBY)
    return shown, ids(log)
