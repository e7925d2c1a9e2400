"""The whole corpus through each way in which a message is rendered, read as a browser would read it.

Two things hold, whatever was typed: the HTML holds nothing but what markup.py allows, and no word of it is lost.
"""

import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote

import pytest

from chat.text import markup
from tests.support.core.safe_html import assert_safe, bleach_sanitize, nh3_sanitize, read
from tests.support.effort import Held, effort
from tests.support.hostile_text import payloads

Render = Callable[[str], str]
SANITIZERS = pytest.mark.parametrize("sanitize", [bleach_sanitize, nh3_sanitize], ids=["bleach", "nh3"])

PLACES = [
    "{}",
    "**{}**",
    "[{}](https://a.example)",
    "[x]({})",
    "~~{}~~",
    "*x* `{}`",
    "```\n{}\n```",
    "```{}\nx\n```",
    "> {}\n> *x*",
    "1. {}\n2. *x*",
    "{}{}",
    "{}\n\n*{}*",
]
# From the first address that brackets hide, all may be destination and title; they are not shown, but lead somewhere.
HIDDEN = re.compile(r"\]\(\s*<?(?:https?://|mailto:).*", re.I | re.S)
# What may be a mark, also the number of an item and the < of an address in angles.
MARKS = re.compile(r"[\s*_~`\\\[\]()>#.-]|\d+(?=\.)|<(?=https?://|mailto:)", re.I)


def messages() -> Iterator[str]:
    """Every payload, in one of the places or in six."""
    for turn in range(effort(1, torture=6)):
        for number, payload in enumerate(payloads(), turn):
            yield PLACES[number % len(PLACES)].replace("{}", payload)


def words(text: str) -> str:
    return MARKS.sub("", unquote(text)).casefold()


def is_within(part: str, whole: str) -> bool:
    """Whether all its characters are there, in this order."""
    letters = iter(whole)
    return all(letter in letters for letter in part)


@pytest.mark.promise
@SANITIZERS
def test_no_message_makes_other_html_than_is_allowed_and_none_loses_a_word(
    sanitize: Render, monkeypatch: pytest.MonkeyPatch, held: Held
) -> None:
    monkeypatch.setattr(markup, "sanitize", sanitize)
    for message in messages():
        reading = read(markup.render(message))
        assert_safe(reading.tags)
        if HIDDEN.search(message):
            assert is_within(words(HIDDEN.sub("](", message)), words(reading.text))
        else:
            assert words(reading.text) == words(message)
        held("hostile payloads")


@pytest.mark.promise
def test_a_message_shown_plain_is_its_text_and_nothing_else(held: Held) -> None:
    for message in messages():
        reading = read(markup.render_plain(message))
        assert {tag for tag, _ in reading.tags} <= {"p", "br"}
        assert_safe(reading.tags)
        assert reading.text.split() == message.split()
        held("hostile payloads")


@pytest.mark.promise
def test_the_parser_alone_lets_no_html_through(monkeypatch: pytest.MonkeyPatch, held: Held) -> None:
    """The first wall of docs/decisions/0001-bleach-sanitizer.md, with the second one taken away."""
    monkeypatch.setattr(markup, "sanitize", lambda html: html)
    for message in messages():
        for tag, attributes in read(markup.render(message)).tags:
            assert tag in markup.TAGS
            assert all(name == "dir" or markup.allowed(tag, name, value) for name, value in attributes.items())
        held("hostile payloads")


@pytest.mark.promise
@SANITIZERS
def test_the_sanitizer_alone_lets_only_allowed_html_through(sanitize: Render, held: Held) -> None:
    """The second wall, with the first one taken away: what was typed is believed to be HTML."""
    for message in messages():
        assert_safe(read(sanitize(message)).tags)
        held("hostile payloads")
