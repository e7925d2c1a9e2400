"""Logs of Textual: lines as ZNC has them, news without a mark, and a folder for each network and kind of room."""

from pathlib import Path

from chat.history.importers.irc import READER
from chat.history.importers.irc.styles import NEWS
from chat.history.importers.reasons import JOINS
from tests.support.core.imports import read_all, write_files

CHANNEL = """\
[2026-02-28T12:00:01+0100] eve (~eve@h.example) joined the channel
[2026-02-28T12:00:02+0100] <@eve> hi
[2026-02-28T12:00:03+0100] eve is now known as eve2
[2026-02-28T12:00:04+0100] • eve2: waves
[2026-02-28T12:00:05+0100] <eve2> • bob: no
[2026-02-28T12:00:06+0100] -eve2- a notice
[2026-02-28T12:00:07+0100] eve2 (~eve@h.example) left IRC (bye)
"""
QUERY = "[2026-02-28T12:00:01+0100] <bob> hi\n"


def test_actions_nicks_and_news_have_textual_s_own_form(tmp_path: Path) -> None:
    """Actions were counted as lines of another kind, and nicks were not followed."""
    found = read_all(READER, write_files(tmp_path, {"Lab (0A1B2)/Channels/#team/2026-02-28.txt": CHANNEL}))
    assert [(entry.author_id, entry.author_name, entry.text) for entry in found.entries] == [
        ("eve", "eve", "hi"),
        ("eve", "eve2", "*eve2 waves*"),
        ("eve", "eve2", "• bob: no"),
        ("eve", "eve2", "a notice"),
    ]
    assert found.report.skipped == {JOINS: 2, NEWS: 1}


def test_the_folders_tell_network_and_kind(tmp_path: Path) -> None:
    """Channels of one name on two networks were one room, and the console a query."""
    names = [
        "Lab (0A1B2)/Channels/#team",
        "Lab (0A1B2)/Queries/bob",
        "Lab (0A1B2)/Console",
        "Home (3C4D5)/Channels/#team",
    ]
    found = read_all(READER, write_files(tmp_path, {f"{name}/2026-02-28.txt": QUERY for name in names}))
    assert {room.key: room.direct for room in found.report.rooms.values()} == {
        "lab (0a1b2)/#team": False,
        "lab (0a1b2)/bob": True,
        "home (3c4d5)/#team": False,
    }
