"""The text of a message as it is stored: what stays as typed, and what is trimmed."""

import json
from pathlib import Path

import pytest

from chat.history import drafts, entry
from chat.wire import commands
from chat.wire.message_text import BLANKS, normalize_message

EXAMPLES = json.loads((Path(__file__).parents[2] / "fixtures/message_text.json").read_text())


@pytest.mark.parametrize(("typed", "stored"), EXAMPLES["normalized"])
def test_indents_stay_and_blank_lines_at_both_ends_go(typed: str, stored: str) -> None:
    """Regression: the page sent `    if x:` without its indent, and a message of three empty lines was as long."""
    assert normalize_message(typed) == stored
    assert normalize_message(stored) == stored


@pytest.mark.parametrize(("typed", "stored"), [example for example in EXAMPLES["normalized"] if example[1]])
def test_frames_and_imports_store_the_same_text(typed: str, stored: str) -> None:
    assert commands.decode(json.dumps({"type": "message", "message": typed}), 100) == commands.PostMessage(stored)
    line = {"author": "a", "username": "ada", "message": typed, "timestamp": "2026-11-23T12:00:00.000Z"}
    assert drafts.draft_of(entry.decode(json.dumps(line).encode())).message == stored


def test_the_length_is_that_of_the_stored_text() -> None:
    text = "\n" * 20 + "x" * 10 + " " * 20
    assert commands.clean_message(text, 10) == "x" * 10


def test_a_long_run_of_blanks_costs_no_more_than_its_length() -> None:
    """A regular expression for the blanks at the end would try each blank of the run as the first one."""
    text = "x" + " " * 1_000_000 + "y"
    assert normalize_message(text) == text


def test_blanks_are_those_of_unicode() -> None:
    blanks = {character for character in map(chr, range(0x110000)) if character.isspace()}
    assert blanks - set(BLANKS) == set("\v\f\r\x1c\x1d\x1e\x1f\x85"), "control characters, which are refused"
    assert set(BLANKS) < blanks
