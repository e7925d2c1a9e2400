"""Logs of HexChat, XChat and mIRC: one star is in front of actions and of news, and the day is told by other lines."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from chat.history.importers.irc import READER
from chat.history.importers.irc.starred import read_starred
from chat.history.importers.irc.styles import NEWS, Renamed, Said
from chat.history.importers.reasons import JOINS
from chat.history.importers.source import Source
from tests.support.core.imports import Reading, read_all

BEGIN = "**** BEGIN LOGGING AT Wed Dec 31 23:57:50 2025"
HEXCHAT = """\
{BEGIN}

Dec 31 23:57:50 *\tNow talking on #team
Dec 31 23:58:00 <@bob>\thello
Dec 31 23:58:05 *\tbob waves
Dec 31 23:58:06 *\teve (~eve@h.example.org) has joined
Dec 31 23:58:07 *\teve is now known as eve_
Dec 31 23:58:08 -eve_/#team-\ta notice
Jan 01 00:00:01 <eve_>\t<bob> never said this
**** ENDING LOGGING AT Thu Jan  1 00:10:00 2026

"""
MIRC = """\

Session Start: Wed Dec 31 23:57:50 2025
Session Ident: #team
\x0303[23:57] * Now talking in #team
\x0303[23:57] * Topic is 'tea'
[23:58] <@bob> hello
\x0306[23:58] * bob waves
\x0303[23:58] * eve (~eve@h.example.org) has joined #team
\x0303[23:58] * eve is now known as eve_
\x0305[23:58] -eve_- a notice
Session Time: Thu Jan 01 00:00:00 2026
\x0301[00:00] <eve_> <bob> never said this
\x0302[00:01] * eve_ (~eve@h.example.org) Quit (bye)
Session Close: Thu Jan 01 00:10:00 2026
"""


def logged(path: Path, text: str) -> Reading:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace("{BEGIN}", BEGIN))
    return read_all(READER, path.parent.parent)


@pytest.mark.parametrize(
    ("name", "text", "key"),
    [
        ("lab/#team.log", HEXCHAT, "lab/#team"),
        ("logs/Lab-#team.xchatlog", HEXCHAT, "lab/#team"),
        ("logs/#team.Lab.log", MIRC, "lab/#team"),
    ],
)
def test_messages_actions_and_notices_come_over_and_news_are_counted(
    tmp_path: Path, name: str, text: str, key: str
) -> None:
    found = logged(tmp_path / name, text)
    assert [(entry.author_id, entry.author_name, entry.text) for entry in found.entries] == [
        ("bob", "bob", "hello"),
        ("bob", "bob", "*bob waves*"),
        ("eve", "eve_", "a notice"),
        ("eve", "eve_", "<bob> never said this"),
    ]
    assert found.report.problems == []
    assert set(found.report.skipped) == {NEWS, JOINS}
    assert [(room.key, room.name, room.direct) for room in found.report.rooms.values()] == [(key, "team", False)]


@pytest.mark.parametrize(("name", "text"), [("lab/#team.log", HEXCHAT), ("lab/#team.log", MIRC)])
def test_the_year_goes_on_behind_its_last_day(tmp_path: Path, name: str, text: str) -> None:
    moments = [entry.moment for entry in logged(tmp_path / name, text).entries]
    days = [f"{datetime.fromtimestamp(moment / 1000, UTC):%Y-%m-%d %H:%M}" for moment in (moments[0], moments[-1])]
    assert days == ["2025-12-31 23:58", "2026-01-01 00:00"]


def test_lines_without_a_year_need_a_line_that_begins_a_session(tmp_path: Path) -> None:
    log = tmp_path / "#team.log"
    log.write_text("Dec 31 23:58:00 <bob>\thello\n")
    with Source(log) as source:
        assert not READER.recognizes(source)


@pytest.mark.parametrize(
    "body",
    [
        "*\tbob gives channel operator status to eve",
        "* bob sets mode: +o eve",
        "* Topic is 'tea'",
        "*\tTopic for #team set by bob!b@h (Sat Feb 28 2026)",
        "* You are now known as bob_",
        "* bob changes topic to 'cake'",
        "* Disconnected",
        "*\teve has quit (bye)",
        "*\tbob has kicked eve from #team (no)",
        "*\teve (~e@h.example.org) has left (bye)",
        "* Joins: eve (~e@h.example.org)",
        "* Parts: eve (~e@h.example.org) (bye)",
        "* Quits: eve (bye)",
        "* #team :End of /NAMES list.",
    ],
)
def test_news_behind_a_star_are_no_actions(body: str) -> None:
    assert not isinstance(read_starred(body), Said)


@pytest.mark.parametrize(
    "deed",
    ["waves", "left for lunch", "has a cold", "is now awake", "sets the table", "has left the building", "Joins: in"],
)
def test_what_somebody_does_is_an_action(deed: str) -> None:
    assert read_starred(f"*\tbob {deed}") == Said("bob", deed, is_action=True)


def test_a_nick_is_followed() -> None:
    assert read_starred("* eve is now known as eve_") == Renamed("eve", "eve_")


ARROWS = """\
{BEGIN}

Dec 31 23:57:50 -->\tYou are now talking on #team
Dec 31 23:57:50 ---\tTopic for #team is tea
Dec 31 23:57:51 ---\tbob gives voice to eve
Dec 31 23:58:00 <bob>\thello
Dec 31 23:58:01 -->\teve (~eve@h.example.org) has joined #team
Dec 31 23:58:02 ---\teve is now known as eve_
Dec 31 23:58:03 <eve_>\t--- bob is now known as nobody
Dec 31 23:58:04 <--\tbob has quit (bye)
Dec 31 23:58:05 <--\teve_ (~eve@h.example.org) has left #team
"""


def test_the_arrows_of_xchat_are_in_front_of_news(tmp_path: Path) -> None:
    """They were taken for notices of somebody who is called "-", and nicks were not followed."""
    found = logged(tmp_path / "lab" / "team.log", ARROWS)
    assert [(entry.author_id, entry.author_name, entry.text) for entry in found.entries] == [
        ("bob", "bob", "hello"),
        ("eve", "eve_", "--- bob is now known as nobody"),
    ]
    assert found.report.skipped == {NEWS: 4, JOINS: 3}
    assert [room.direct for room in found.report.rooms.values()] == [False]
