"""Text that other people wrote, from packages: how much of what was never meant as markup is changed, what is lost.

Debian's fortunes and fortunes-de hold sayings, lines of IRC channels, mails with quotes, code and pictures made of
letters. CommonMark's specification has 650 examples of Markdown, most of them unusual.
"""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from chat.text.markup import render
from tests.support.core.rendered_html import ParsedHtml
from tests.support.core.safe_html import parse_fragment
from tests.support.effort import effort

FORTUNES = Path("/usr/share/games/fortunes")
SPECIFICATION = Path(__file__).parents[3] / "node_modules/commonmark-spec/spec.txt"
# What may be markup, and so hidden: marks, fences, brackets with their destination, numbers and dashes of items.
MARKS = re.compile(r"[\s*_~`\\\[\]()>|:.\"'-]|\d+(?=\\?\.)")


def fortunes() -> Iterator[str]:
    for file in sorted(FORTUNES.rglob("*")):
        if file.is_file() and not file.suffix and not file.is_symlink():
            for text in file.read_text(encoding="utf-8", errors="replace").split("\n%\n"):
                if len(text) <= 4000 and "\b" not in text:  # some are underlined by backspaces
                    yield text.strip("\n")


def letters(text: str) -> str:
    return "".join(text.split())


@pytest.mark.skipif(not FORTUNES.is_dir(), reason="the Debian packages fortunes and fortunes-de are not installed")
def test_public_text_is_changed_far_less_than_by_a_markdown_renderer() -> None:
    """2 % of it: real emphasis, quotes and lists for the most part. CommonMark changes 4.4 %."""
    markdown = MarkdownIt("commonmark")
    count = changed = changed_by_markdown = 0
    for text in fortunes():
        count += 1
        changed += letters(ParsedHtml(render(text)).text) != letters(text)
        changed_by_markdown += letters(ParsedHtml(markdown.render(text)).text) != letters(text)
    assert count > 10_000
    assert changed < count * 0.02
    assert changed < changed_by_markdown / 2


@pytest.mark.skipif(not FORTUNES.is_dir(), reason="the Debian packages fortunes and fortunes-de are not installed")
def test_no_public_text_loses_a_letter() -> None:
    for text in islice(fortunes(), 0, None, effort(5, torture=1)):
        assert MARKS.sub("", parse_fragment(render(text)).text) == MARKS.sub("", text)


@pytest.mark.skipif(not SPECIFICATION.is_file(), reason="node_modules is not there: run `make check` or `make test`")
def test_the_examples_of_commonmark_lose_no_visible_character() -> None:
    text = SPECIFICATION.read_text(encoding="utf-8").replace("→", "\t")
    examples = re.findall(r"^`{32} example\n(.*?)^\.$", text, re.M | re.S)
    assert len(examples) > 600
    for example in examples:
        remaining = iter(MARKS.sub("", parse_fragment(render(example)).text))
        assert all(character in remaining for character in MARKS.sub("", example)), example
