"""Logs of Konversation: a date and a time in the language of the desktop, and a word in front of what is no talk."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from chat.history.importers.irc import READER
from chat.history.importers.irc.konversation import plain_lines
from chat.history.importers.irc.styles import NEWS
from chat.history.importers.reasons import JOINS
from tests.support.core.imports import Reading, read_all

BEGIN = "\n*** Logfile started\n*** on Sat Feb 28 23:57:50 2026\n\n"
LINES = """\
Join\tYou have joined the channel #team (~me@h.example).
Topic\tThe channel topic is "tea".
<bob>\thello
\t * bob waves
Join\teve (~eve@h.example) has joined this channel.
Nick\teve is now known as [e]ve.
<[e]ve>\tJoin\tbob (~b@h.example) has joined this channel.
Notice\t-bob to #team- a notice
Nick\tYou are now known as me2.
<-> bob>\ta query from this channel
Part\tbob has left this channel.
<[e]ve>\t[Monday 02 March 2026] [00:00:01] <bob>\tno
"""
STAMP = "[Saturday 28 February 2026] [23:58:33] "


def logged(folder: Path, text: str) -> Reading:
    folder = folder / "logs"
    folder.mkdir()
    (folder / "lab_#team.log").write_text(text)
    return read_all(READER, folder)


def test_people_speak_behind_a_name_and_all_else_is_news(tmp_path: Path) -> None:
    found = logged(tmp_path, BEGIN + "".join(STAMP + line for line in LINES.splitlines(keepends=True)))
    assert [(entry.author_id, entry.author_name, entry.text) for entry in found.entries] == [
        ("bob", "bob", "hello"),
        ("bob", "bob", "*bob waves*"),
        ("eve", "[e]ve", "Join\tbob (~b@h.example) has joined this channel."),
        ("bob", "bob", "a notice"),
        ("eve", "[e]ve", "[Monday 02 March 2026] [00:00:01] <bob>\tno"),
    ]
    assert found.report.problems == []
    assert found.report.skipped == {JOINS: 2, NEWS: 5}
    assert [(room.key, room.name, room.direct) for room in found.report.rooms.values()] == [
        ("lab/#team", "team", False)
    ]


@pytest.mark.parametrize(
    "stamp",
    [
        "[Sat Feb 28 2026] [19:02:30]",
        "[Saturday, February 28, 2026] [7:02:30 PM CET]",
        "[Samstag, 28. Februar 2026] [19:02:30 MEZ]",
        "[samedi 28 février 2026] [19:02:30 CET]",
        "[sábado, 28 de febrero de 2026] [7:02:30 p. m. CET]",
        "[lauantai 28. helmikuuta 2026] [19.02.30 UTC+2]",
        "[2026年2月28日土曜日] [午後7:02:30 JST]",
    ],
)
def test_dates_and_times_are_read_in_the_language_of_the_desktop(tmp_path: Path, stamp: str) -> None:
    (entry,) = logged(tmp_path, f"{BEGIN}{stamp} <bob>\thello\n").entries
    assert datetime.fromtimestamp(entry.moment / 1000, UTC) == datetime(2026, 2, 28, 19, 2, 30, tzinfo=UTC)


def test_a_date_that_is_not_understood_is_named(tmp_path: Path) -> None:
    found = logged(tmp_path, f"{BEGIN}{STAMP}<bob>\ta\n[Blursday 31 Foo 2026] [19:02:30] <bob>\tb\n")
    assert found.texts == ["a"]
    assert [problem.place for problem in found.report.problems] == ["lab_#team.log, line 6"]


def test_a_line_without_a_stamp_stays_as_it_is() -> None:
    assert list(plain_lines(iter([(1, "*** on Sat"), (2, ""), (3, "what")]))) == [(2, ""), (3, "what")]
