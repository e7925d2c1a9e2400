"""Properties of every message: safe HTML, no error, no lost text, and bounded cost."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chat.text import markup
from chat.text.blocks import render_blocks
from chat.text.cost import MAX_COST, count_affordable_lines, estimate_cost
from chat.text.markup import PARAGRAPH_BREAK, render, render_plain
from tests.support.core.rendered_html import ParsedHtml, visible_text
from tests.support.core.safe_html import assert_safe, bleach_sanitize, nh3_sanitize

pytestmark = pytest.mark.usefixtures("_sanitizer")


# Without the control characters that the protocol refuses.
plain_texts = st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n\t"), max_size=200)
INLINE_PIECES = "* ** _ ~~ ` ``` [ ]( ) http:// https://a.b/ mailto: < > & \\ !".split()
BLOCK_PIECES = ["\n", "\n\n", "\n> ", "\n- ", "\n  - ", "\n1. ", "\n```\n"]
TEXT_PIECES = [" ", "\t", "a", "b c", "é", "&amp;", '"', "'", "😀"]
markup_texts = st.lists(st.sampled_from(INLINE_PIECES + BLOCK_PIECES + TEXT_PIECES), max_size=60).map("".join)


@given(plain_texts | markup_texts)
@settings(max_examples=300, deadline=None)
@pytest.mark.parametrize("sanitize", [bleach_sanitize, nh3_sanitize], ids=["bleach", "nh3"])
def test_any_text_gives_safe_html_and_never_an_error(sanitize, text):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markup, "sanitize", sanitize)
        assert_safe(ParsedHtml(render(text)).tags)


@given(plain_texts)
@example("a\n\nb")
@settings(max_examples=300, deadline=None)
def test_text_without_markup_characters_is_shown_exactly_as_typed(text):
    text = "".join(character for character in text if character not in "*`_~[]:<>-.\\")
    expected = "\n\n".join(
        part for part in PARAGRAPH_BREAK.split(text.strip("\n").replace("\n", "<br>")) if part.strip()
    )
    assert visible_text(text) == expected.replace("<br>", "\n").strip("\n")


@pytest.mark.parametrize("text", ["a\n\u3000\nb", "a\n\xa0\n\nb", "a\n\n\u3000\n\nb", " \u3000a\n \nb"])
def test_a_text_with_markup_has_the_same_paragraphs_as_one_without(text):
    """Regression: a line of blanks other than spaces and tabs was a blank line only where a message had markup."""
    assert render_blocks(text.split("\n")) == render_plain(text)


def test_a_message_without_markup_uses_neither_parser_nor_sanitizer(monkeypatch):
    monkeypatch.setattr(markup, "render_blocks", None)
    monkeypatch.setattr(markup, "sanitize", None)
    assert visible_text("Good morning!\nHow are you: fine? I'm 5 < 6 & snake_case :-)") != ""


EXPENSIVE_PATTERNS = {
    "brackets": "[",
    "empty links": "[](",
    "images": "![",
    "open links": "[a](http://b",
    "stars": "*a ",
    "bold letters": "**a** ",
    "italic letters": "*a* ",
    "open and close": "*a **b ",
    "code letters": "`a` ",
    "strikes": "~~a~~ ",
    "schemes": "http://",
    "links": "http://a ",
    "specials": "*&<",
    "backslashes": "\\*",
    "items": "- a\n",
    "numbers": "1. a\n",
    "nested items": "- - - - a\n",
    "quotes": "> a\n\n",
    "paragraphs": "*a*\n\n",
    "lines": "`a`\n",
    "fences": "```\na\n```\n",
    "tables": "|a|\n|-|\n\n",
}
LONGEST = 100_000  # characters, of CHAT_MAX_MESSAGE


@pytest.mark.parametrize("pattern", EXPENSIVE_PATTERNS.values(), ids=EXPENSIVE_PATTERNS.keys())
def test_the_lines_of_a_message_that_exceed_the_cost_budget_are_shown_plain(pattern):
    text = (pattern * LONGEST)[:LONGEST].strip("\n")
    count = count_affordable_lines(text, text.split("\n"))
    rest = "\n".join(text.split("\n")[count:])
    assert estimate_cost(text) > MAX_COST
    assert rest
    assert render(text).endswith(render_plain(rest))
    assert estimate_cost("\n".join(text.split("\n")[:count])) <= MAX_COST


@pytest.mark.parametrize("bullet", ["-", "*", "1."])
def test_an_item_with_a_tab_costs_as_much_as_one_with_a_space(bullet):
    """Regression: it was charged as text, and 4,000 characters of such items took ten milliseconds."""
    assert estimate_cost(f"{bullet}\ta") >= estimate_cost(f"{bullet} a") > estimate_cost(f"{bullet}a")


def test_a_long_message_keeps_the_markup_of_its_beginning():
    """Regression: a message above the budget was shown plain from its first line."""
    text = "\n".join(f"- **item** {number} with `code`" for number in range(3000))
    assert '<li dir="auto"><strong>item</strong> 150 with <code>code</code></li>' in render(text)
    assert "- **item** 2999 with `code`" in render(text)


@pytest.mark.parametrize(
    "text",
    ["_" * 4000, "*" * 4000, "`" * 4000, ">" * 4000, "> " * 2000, "- " * 2000, "~" * 4000, "<" * 4000, "&" * 4000]
    + ["\n".join(" " * depth + "- a" for depth in range(80)), "http://a/" + "x" * 3990, "a.b@c " * 600, "\t" * 4000],
    ids=range(13),
)
def test_deep_nesting_and_long_runs_make_few_tags(text):
    assert len(ParsedHtml(render(text)).tags) <= 150


@given(st.lists(st.sampled_from(sorted(set(EXPENSIVE_PATTERNS.values()))), min_size=1, max_size=8))
@settings(max_examples=100, deadline=None)
def test_no_message_makes_more_tags_than_it_is_charged_for(patterns):
    """No construct costs less than 3 microseconds per tag; a paragraph of one letter is no construct."""
    text = ("".join(patterns) * LONGEST)[:20_000].strip("\n")
    lines = text.split("\n")
    html = render_blocks(lines[: count_affordable_lines(text, lines)])
    assert len(ParsedHtml(html).tags) * 3 <= MAX_COST


def test_ordinary_messages_fit_into_the_budget():
    code = "\n".join(f'    if (a[{n}] < b && *c->d) {{ say("x_y", 2 * {n}); }}' for n in range(60))
    messages = [
        f"```c\n{code}\n```",
        "\n".join(f"- item {n} with `code`" for n in range(30)),
        "\n".join(f"- [issue {n}](https://example.org/{n})" for n in range(30)),
        "\n".join(f"{n}. **step {n}** and what to do" for n in range(1, 41)),
        " ".join(f"https://example.org/page/{n}?q=a&b={n}" for n in range(20)),
        "\n".join(f"> line {n}" for n in range(100)) + "\n**no**",
        "\n\n".join("This is *one* of ten **paragraphs**, see `code`. " * 2 for _ in range(10)),
        # Regression: these three were shown plain.
        "\n".join(f"- `item` {n}" for n in range(41)),
        "\n".join(f"[link {n}](https://example.org/{n})" for n in range(38)),
        "\n".join(f"**line** {n}" for n in range(126)),
    ]
    for message in messages:
        assert estimate_cost(message) <= MAX_COST
