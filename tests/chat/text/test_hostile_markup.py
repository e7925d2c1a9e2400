"""The corpus of hostile text in each place of a message, rendered, and parsed as a browser would parse it.

Two properties hold for any text: the HTML has only the tags and attributes of the allow-list, and no text is lost.
"""

import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote

import pytest

from chat.text import markup
from chat.text.sanitizer import ALLOWED_TAGS
from tests.support.core.safe_html import assert_safe, bleach_sanitize, may_appear, nh3_sanitize, parse_fragment
from tests.support.effort import Tally, effort
from tests.support.hostile_text import payloads

Sanitize = Callable[[str], str]
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
# From here on, all text may be the URL and the title of a link, which a reader does not see as they were typed.
LINK_DESTINATION = re.compile(r"\]\(\s*<?(?:https?://|mailto:).*", re.I | re.S)
# Characters that may be markup, including the number of a list item and the < of a URL in angle brackets.
MARKUP = re.compile(r"[\s*_~`\\\[\]()>#.-]|\d+(?=\.)|<(?=https?://|mailto:)", re.I)


def messages() -> Iterator[str]:
    """Each payload in one of the places, or in six with TORTURE=on."""
    for offset in range(effort(1, torture=6)):
        for number, payload in enumerate(payloads(), offset):
            yield PLACES[number % len(PLACES)].replace("{}", payload)


def text_only(text: str) -> str:
    return MARKUP.sub("", unquote(text)).casefold()


def is_subsequence(part: str, whole: str) -> bool:
    """Whether `whole` contains all characters of `part` in their order."""
    remaining = iter(whole)
    return all(character in remaining for character in part)


@pytest.mark.promise
@SANITIZERS
def test_no_message_makes_html_outside_the_allow_list_and_none_loses_text(
    sanitize: Sanitize, monkeypatch: pytest.MonkeyPatch, tally: Tally
) -> None:
    monkeypatch.setattr(markup, "sanitize", sanitize)
    for message in messages():
        parsed = parse_fragment(markup.render(message))
        assert_safe(parsed.tags)
        if LINK_DESTINATION.search(message):
            assert is_subsequence(text_only(LINK_DESTINATION.sub("](", message)), text_only(parsed.text))
        else:
            assert text_only(parsed.text) == text_only(message)
        tally("hostile payloads")


@pytest.mark.promise
def test_a_message_shown_plain_is_its_text_without_any_markup(tally: Tally) -> None:
    for message in messages():
        parsed = parse_fragment(markup.render_plain(message))
        assert {tag for tag, _ in parsed.tags} <= {"p", "br"}
        assert_safe(parsed.tags)
        assert parsed.text.split() == message.split()
        tally("hostile payloads")


@pytest.mark.promise
def test_the_parser_alone_lets_no_html_through(monkeypatch: pytest.MonkeyPatch, tally: Tally) -> None:
    """Decision 1 in docs/decisions/ has two lines of defence. This tests the first without the second."""
    monkeypatch.setattr(markup, "sanitize", lambda html: html)
    for message in messages():
        for tag, attributes in parse_fragment(markup.render(message)).tags:
            assert tag in ALLOWED_TAGS
            assert all(may_appear(tag, name, value) for name, value in attributes.items())
        tally("hostile payloads")


@pytest.mark.promise
@SANITIZERS
def test_the_sanitizer_alone_lets_only_allowed_html_through(sanitize: Sanitize, tally: Tally) -> None:
    """The second line of defence without the first: the text goes to the sanitizer as if it were HTML."""
    for message in messages():
        assert_safe(parse_fragment(sanitize(message)).tags)
        tally("hostile payloads")
