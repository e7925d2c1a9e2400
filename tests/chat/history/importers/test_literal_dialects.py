"""Plain text of Slack, Mattermost, Zulip and Rocket.Chat is shown as the same text, whatever signs are in it."""

import re
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chat.history.importers.text import mattermost, rocketchat, slack, zulip
from chat.history.importers.text.shortcodes import with_emoji
from chat.history.importers.text.slack_blocks import blocks_markdown
from tests.support.core.rendered_html import visible_text
from tests.support.effort import effort

_spaces = re.compile(r"\s+")


class Nobody:
    """A directory without names."""

    def __init__(self) -> None:
        self.shown: dict[str, str] = {}

    def user_name(self, user_id: str) -> str:
        return ""

    def channel_name(self, channel_id: str) -> str:
        return ""


def typed(text: str) -> list[str]:
    """The words and signs of a text: a blank more or less, and where lines end, is no difference. `:a:` is an emoji."""
    return _spaces.sub(" ", with_emoji(text)).split()


def plain(signs: str) -> st.SearchStrategy[str]:
    """Lines of words and these signs, which touch each other in all ways."""
    return st.lists(st.sampled_from([*signs, "a", "b c", "1", "é", " ", " ", "\n"]), max_size=14).map("".join)


def as_slack_blocks(text: str) -> str:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return blocks_markdown([{"type": "rich_text", "elements": [section]}], Nobody())


def as_mrkdwn(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return slack.markdown(escaped, Nobody())


def escaped_for_commonmark(text: str) -> str:
    """Without blanks at the start of lines, which make code there and cannot be escaped."""
    return re.sub(r"[!-/:-@\[-`{-~]", r"\\\g<0>", re.sub(r"(?m)^ +", "", text))


SIGNS = "*_~`#>-+.|[]()<&\\!:@=$^"


@given(plain(SIGNS))
@example("*a* **b** _c_ ~~d~~ `e`")
@example("- a\n- b\n1. c\n> d\n# e")
@example("|a|\n|-|\n|b|")
@example("\\*a\\* \\- b\n    c")
@example("[a](https://x.example) a*b*c")
@settings(max_examples=effort(40, torture=3000), deadline=None)
def test_typed_text_of_slacks_blocks(text: str) -> None:
    assert typed(visible_text(as_slack_blocks(text))) == typed(text)


@given(plain("#-+.|[]()<&\\!@=$^"))
@example("1. a\n- b\n<c> &amp; &lt;")
@example("a <b> && c \\- d")
@settings(max_examples=effort(40, torture=3000), deadline=None)
def test_text_of_slack_without_marks(text: str) -> None:
    assert typed(visible_text(as_mrkdwn(text))) == typed(text)


@pytest.mark.parametrize("markdown", [mattermost.markdown, zulip.markdown])
@given(text=plain(SIGNS))
@example(text="*a* **b** _c_ ~~d~~ `e`")
@example(text="- a\n- b\n1. c\n> d\n# e\n$$f$$")
@example(text="|a|\n|-|\n|b|")
@example(text="a & &amp; <b> @**c**")
@example(text=":a: b")
@settings(max_examples=effort(40, torture=3000), deadline=None)
def test_escaped_text_of_commonmark(markdown: Callable[[str], str], text: str) -> None:
    assert typed(visible_text(markdown(escaped_for_commonmark(text)))) == typed(text)


@given(plain("|<&\\!@=$^+%.,;()"))
@example("a <b> && |c| \\d")
@settings(max_examples=effort(40, torture=3000), deadline=None)
def test_text_of_rocket_chat_without_marks(text: str) -> None:
    assert typed(visible_text(rocketchat.markdown(text))) == typed(text)


@pytest.mark.parametrize("text", ["```" + " " * 30_000, "```" + "a " * 15_000, "[" * 15_000, "<" * 15_000])
@pytest.mark.parametrize("markdown", [mattermost.markdown, zulip.markdown, rocketchat.markdown, as_mrkdwn])
def test_long_texts_of_signs_are_text_and_end(markdown: Callable[[str], str], text: str) -> None:
    """Each took minutes in one of the four, when its expressions or its parser looked at every pair of signs."""
    assert typed(markdown(text))
