"""A long run of one character, in the longest message that a site can allow, is rendered in linear time.

Regression: a bullet in front of 4000 blanks took 55 ms, a line of 4000 tildes in a code block 200 ms, and everybody
waited. In the messages here that would be half a minute and more of processor time; they take some hundredths of a
second. The guard is there so that the test ends; it is far from both.
"""

import signal
from collections.abc import Iterator
from types import FrameType

import pytest

from chat.text.code_blocks import read_code_block
from chat.text.markup import render
from chat.wire.message_text import normalize_message

LENGTH = 100_000  # characters: the greatest CHAT_MAX_MESSAGE
GUARD_SECONDS = 10.0  # of processor time


@pytest.fixture(autouse=True)
def _guard() -> Iterator[None]:
    def give_up(signal_number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"not rendered within {GUARD_SECONDS:g} s of processor time")

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, GUARD_SECONDS)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
    signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize(
    ("before", "character", "behind"),
    [
        ("-", " ", "\nx"),
        ("1.", "\t", "\nx"),
        ("x\n* ", " ", "\nx"),
        ("~~~\n", " ", "~~~ x"),
        ("```\n", "`", "x"),
        (">", " ", "\nx"),
        ("|", " ", "\nx"),
        ("[a](https://a.example", " ", "x"),
    ],
)
def test_a_long_run_takes_no_longer_than_its_length(before: str, character: str, behind: str) -> None:
    message = normalize_message(before + character * LENGTH + behind)
    assert len(message) >= LENGTH
    assert "x" in render(message)


def test_tildes_that_close_nothing_take_no_longer_than_their_number() -> None:
    """Directly: in a message 4500 of them are too much markup, and shown as they are."""
    line = "~" * LENGTH + "x"
    block = read_code_block(["~~~", line], 0)
    assert block is not None
    assert line in block.html
    block = read_code_block(["~~~", "x", "~" * LENGTH + " ", "behind"], 0)
    assert block is not None
    assert block.end == 3
