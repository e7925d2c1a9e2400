"""Logs of Eggdrop: lines as ZNC has them, with words of its own. Lines or the file's name tell the day."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from chat.history.importers.irc import READER
from chat.history.importers.irc.styles import NEWS, UNKNOWN
from chat.history.importers.reasons import JOINS
from tests.support.core.imports import Reading, read_all

DAY = "[00:00] --- Sat Feb 28 2026"
LINES = """\
[23:58] <bob> a
[23:58] Action: bob waves
[23:58] Nick change: bob -> bobby
[23:59] cy (~c@h.example) joined #team.
[23:59] cy (~c@h.example) left irc: bye
[23:59] #team: mode change '+o bobby' by ChanServ!s@h
[23:59] Switching logfiles...
[00:00] --- Sun Mar  1 2026
[00:01] <bobby> --- Mon Mar  2 2026
[00:02] <bobby> Action: none
"""


def logged(folder: Path, name: str, text: str) -> Reading:
    (folder / "logs").mkdir()
    (folder / "logs" / name).write_text(text)
    return read_all(READER, folder / "logs")


@pytest.mark.parametrize(
    ("name", "text"), [("team.log", f"{DAY}\n{LINES}"), ("team.log.28Feb2026", LINES), ("#team.log.28Feb2026", LINES)]
)
def test_the_day_is_told_by_lines_or_by_the_name_of_the_file(tmp_path: Path, name: str, text: str) -> None:
    found = logged(tmp_path, name, text)
    times = [datetime.fromtimestamp(entry.moment / 1000, UTC) for entry in found.entries]
    assert [f"{time:%m-%d %H:%M}" for time in times] == ["02-28 23:58", "02-28 23:58", "03-01 00:01", "03-01 00:02"]
    assert found.texts == ["a", "*bob waves*", "--- Mon Mar  2 2026", "Action: none"]
    assert len({entry.author_id for entry in found.entries}) == 1
    assert found.report.skipped == {NEWS: 2, JOINS: 2, UNKNOWN: 1}
    assert [(room.name, room.direct) for room in found.report.rooms.values()] == [("team", False)]


def test_the_words_of_eggdrop_in_a_query_make_no_channel_of_it(tmp_path: Path) -> None:
    found = logged(tmp_path, "bob.log.28Feb2026", "[23:58] <bob> cy (~c@h.example) joined #team.\n")
    assert [room.direct for room in found.report.rooms.values()] == [True]


def test_a_day_that_does_not_exist_is_none(tmp_path: Path) -> None:
    found = logged(tmp_path, "team.log.31Feb2026", "[23:58] <bob> a\n")
    assert [problem.place for problem in found.report.problems] == ["team.log.31Feb2026, line 1"]
