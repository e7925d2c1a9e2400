"""Mentions: what is one, whom it names, and that a mention changes nothing of what a reader sees."""

import json
import re
from html import unescape
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat.text import inline
from chat.text.markup import render
from chat.text.names import MAX_USERNAME, BadName, clean_username, folded
from chat.text.sanitizer import is_known_safe
from tests.support.core.rendered_html import ParsedHtml

FIXTURE = json.loads((Path(__file__).parents[2] / "fixtures/mentions.json").read_text())
SPAN = re.compile(r'<span class="mention" data-username="[^"]*">(.*?)</span>', re.S)
PIECES = [*"@@@@@", "ada", "b c", "é", "<", "&", "*", "**", "`", "[", "](http://a.b)", "mailto:"]
PIECES += ["\n", " ", ".", "-", "/", "\\", "\n- ", "\n> ", "http://a.b/", "@example.org"]
QUOTES = ['"', "“", "”", "„", "«", "»", "_"]
plain_texts = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
texts = st.lists(st.sampled_from(PIECES + QUOTES), max_size=30).map("".join) | st.text(max_size=30).map("@".__add__)


def mentioned(text: str) -> list[str]:
    return [attributes["data-username"] for tag, attributes in ParsedHtml(render(text)).tags if tag == "span"]


@pytest.mark.parametrize(("username", "text"), FIXTURE["written"].items())
def test_what_the_composer_writes_is_a_mention_of_that_name(username: str, text: str) -> None:
    assert clean_username(username) == username
    for context in ("{}", "hi {}, look", "({})", "{}:", "**{}**", "- {} x"):
        assert mentioned(context.format(text)) == [username]


@pytest.mark.parametrize("case", FIXTURE["mentioned"], ids=lambda case: case["text"])
def test_mentions_in_a_text(case: dict[str, object]) -> None:
    assert mentioned(str(case["text"])) == case["usernames"]


@pytest.mark.parametrize("text", FIXTURE["text"])
def test_what_mentions_nobody(text: str) -> None:
    assert mentioned(text) == []


def test_names_that_are_the_same() -> None:
    assert all(folded(a) == folded(b) for a, b in FIXTURE["same"])
    assert all(folded(a) != folded(b) for a, b in FIXTURE["different"] if a != b)


@given(st.text(min_size=1, max_size=MAX_USERNAME))
@example("a&quot;b")
def test_every_name_without_a_quote_can_be_mentioned(text: str) -> None:
    try:
        username = clean_username(text)
    except BadName:
        return
    if '"' not in username:
        assert mentioned(f'@"{username}"') == [username]


@given(plain_texts)
@example("@http://a.b/")
def test_a_mention_without_quotes_changes_nothing_but_its_span(text: str) -> None:
    html = render(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inline, "find_mention", lambda text, at, is_open: None)
        assert SPAN.sub(r"\1", html) == render(text)


@given(texts)
def test_a_mention_is_shown_as_it_was_typed(text: str) -> None:
    for shown in SPAN.findall(render(text)):
        assert unescape(shown) in text


@given(texts)
def test_mentions_are_html_that_needs_no_sanitizer(text: str) -> None:
    assert is_known_safe(render(text))
