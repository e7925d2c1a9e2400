"""Samples of a profiler are added up by part, and every part's marks are names that the code still has."""

import re

import pytest

from benchmarks import profile
from benchmarks.profile import OTHER, by_part, table
from tests.support.live_server import PROJECT

ROOT = "run (daphne/server.py:1);_run (asyncio/events.py:80);"


def test_a_sample_belongs_to_the_first_part_that_its_stack_holds() -> None:
    found = by_part(
        [
            f"{ROOT}BatchWriter.write (chat/rooms/batch_writer.py:1);Disk.sync_data (json_files/disk.py:1) 3",
            f"{ROOT}BatchWriter.write (chat/rooms/batch_writer.py:1) 2",
            f"{ROOT}somewhere (else.py:1) 1",
        ]
    )
    assert found == {"the disk: lock, write, fdatasync": 3, "numbering, encoding, indexing": 2, OTHER: 1}


def test_a_thread_that_waits_for_work_is_no_work() -> None:
    assert not by_part([f"{ROOT}_worker (concurrent/futures/thread.py:81) 9"])


def test_the_table_shares_out_what_one_costs() -> None:
    lines = table(8.0, by_part([f"{ROOT}a (b.py:1) 3", f"{ROOT}Room.join (chat/rooms/room.py:1) 1"])).splitlines()
    assert [line.split()[-2:] for line in lines] == [
        ["us", "share"],
        ["6.00", "75%"],
        ["2.00", "25%"],
        ["8.00", "100%"],
    ]


SOURCES = [path.read_text() for path in (PROJECT / "chat").rglob("*.py")]
OURS = {name for source in SOURCES for name in re.findall(r"^class (\w+)", source, re.MULTILINE)}


@pytest.mark.parametrize("mark", [mark for marks in profile.PARTS.values() for mark in marks])
def test_a_mark_that_names_our_code_names_what_is_there(mark: str) -> None:
    source = "".join(SOURCES)
    kind, _, method = mark.split(" ")[0].partition(".")
    if kind in OURS:
        assert f"def {method}(" in source or not method


def test_most_marks_name_our_code() -> None:
    kinds = {mark.partition(".")[0] for marks in profile.PARTS.values() for mark in marks}
    assert len(kinds & OURS) >= 10
