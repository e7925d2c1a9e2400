"""chat/history/importers/preparing.py"""

from typing import Any

import pytest

from chat.history.importers import preparing
from chat.history.importers.entry import Attachment, NeutralEntry, NeutralReaction
from chat.history.importers.preparing import Preparation
from chat.history.importers.report import Report

PLAIN = {"room": "x", "source_id": "1", "author_id": "a", "author_name": "ada", "moment": 1, "text": "hi"}


def prepared(report: Report | None = None, **fields: Any) -> list[NeutralEntry]:
    entry = NeutralEntry(**{**PLAIN, "place": "line 1", **fields})
    return Preparation(report or Report()).prepared([entry])


def texts(**fields: Any) -> list[str]:
    return [entry.text for entry in prepared(**fields)]


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("hi", ["hi"]),
        ("  hi ", ["  hi"]),
        ("a\r\nb\x02", ["a\nb"]),
        ("ü", ["ü"]),
        ("\u200b", []),
        ("", []),
        ("a\ud800", ["a\ufffd"]),
    ],
)
def test_texts_are_as_messages_have_them(text: str, stored: list[str]) -> None:
    assert texts(text=text) == stored


def test_attachments_are_lines_of_the_text() -> None:
    files = (
        Attachment("plan *1*.pdf", 2_100_000, "files/plan *1*.pdf"),
        Attachment("cat.png", 999, url="https://example.org/cat.png"),
        Attachment("x.txt", url="javascript:x-mark"),
    )
    assert texts(text="see", attachments=files) == [
        "see\n[plan \\*1\\*.pdf, 2.1 MB: `files/plan *1*.pdf`]\n"
        "[[cat.png](https://example.org/cat.png), 999 bytes]\n[x.txt]"
    ]
    assert texts(text="", attachments=files[2:]) == ["[x.txt]"]


@pytest.mark.parametrize("moment", [-1, preparing.LAST_MOMENT + 1, 2**70])
def test_a_time_that_no_calendar_has_is_a_problem(moment: int) -> None:
    report = Report()
    assert prepared(report, moment=moment) == []
    assert [problem.place for problem in report.problems] == ["line 1"]
    assert prepared(edited=moment)[0].edited is None


def test_a_text_longer_than_any_message_is_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "MAX_IMPORTED_MESSAGE", 10)
    found = prepared(text="12345\n678\n0123456789abcde", reply_to="0", edited=5)
    assert [entry.text for entry in found] == ["12345\n678", "0123456789", "abcde"]
    assert [entry.source_id for entry in found] == ["1", "1+2", "1+3"]
    assert [entry.reply_to for entry in found] == ["0", None, None]


def test_reactions_are_counted_once_and_are_not_endless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "MAX_REACTION_KINDS", 2)
    report = Report()
    given = [("wave", "b"), ("\U0001f44b", "b"), ("wave", "c"), ("+1", "b"), ("heart", "b"), ("partyparrot", "b")]
    [entry] = prepared(report, reactions=tuple(NeutralReaction(emoji, who, who) for emoji, who in given))
    assert [(each.emoji, each.author_id) for each in entry.reactions] == [
        ("\U0001f44b", "b"),
        ("\U0001f44b", "c"),
        ("\U0001f44d", "b"),
    ]
    assert report.skipped == {preparing.TOO_MANY_EMOJI: 1, preparing.UNKNOWN_EMOJI: 1}
