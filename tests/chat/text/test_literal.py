"""Every text can be shown as it is."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.text.literal import literal
from chat.text.markup import render, render_plain
from tests.support.core.rendered_html import ParsedHtml, visible_text
from tests.support.effort import effort

SIGNS = r"* ** *** _ __ ~~ ~ ` `` ``` ```` ~~~ \ \\ [ ] ( ) ]( ](http://x) ](<http://x\>) > >> < | |-| |a|".split()
SIGNS += [*"-.,:/@+"]
LINES = [
    "\n",
    "\n\n",
    "\n> ",
    "\n- ",
    "\n* ",
    "\n  - ",
    "\n1. ",
    "\n2. ",
    "\n```\n",
    "\n+ ",
    "\n|-|\n",
    "\n \n",
    "\n|a|\n|-|\n",
]
WORDS = [
    " ",
    " ",
    "a",
    "b c",
    "1",
    "12",
    "é",
    "&amp;",
    '"',
    "'",
    "😀",
    "你",
    "https://a.b/",
    "a@b.org",
    "@ada",
    "www.a.org",
    "\t",
]
texts = st.lists(st.sampled_from(SIGNS + LINES + WORDS), max_size=25).map("".join)
any_texts = st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n\t"), max_size=60)


def as_typed(text: str) -> str:
    return ParsedHtml(render_plain(text.strip("\n"))).text.strip()


@given(texts | any_texts)
@settings(max_examples=effort(300, torture=50_000), deadline=None)
def test_any_text_is_shown_as_it_is(text: str) -> None:
    assert visible_text(literal(text)).strip() == as_typed(text)
    assert {tag for tag, _ in ParsedHtml(render(literal(text))).tags} <= {"p", "br", "a", "span"}


def test_backslashes_make_no_other_pairs_of_backticks() -> None:
    r"""Regression: in `\`\`1``, the backslash in front of the second one made a pair of it and the first."""
    for size in range(1, 7):
        for signs in product("\\`1", repeat=size):
            text = "".join(signs)
            assert ParsedHtml(render(literal(text))).text.strip() == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("29. November", "29. November"),
        ("a * b, snake_case, C:\\*.txt", "a * b, snake_case, C:\\*.txt"),
        ("*so* and **so**", r"\*so\* and \*\*so\*\*"),
        ("***a** b*", r"\*\*\*a\*\* b\*"),
        (r"\*so\*", r"\\*so\\*"),
        ("`a *b*` *c*", r"\`a *b*\` \*c\*"),
        ("` `:`", r"` \`:\`"),
        (r"\` and `code`", r"\\` and `code\`"),
        ("[t](https://a.example)", r"[t]\(https://a.example)"),
        ("1. a\n2. b", "1\\. a\n2\\. b"),
        (r"\- x", r"\\- x"),
        (r"1\> *a*", r"1\> \*a\*"),
        (">(so)\n> b", "\\>(so)\n\\> b"),
        ("so: ```\nx\n```", "so: \\```\nx\n\\```"),
        ("|a|\n|-|", "\\|a|\n|-|"),
    ],
)
def test_only_what_would_be_markup_gets_backslashes(text: str, written: str) -> None:
    assert literal(text) == written
    assert visible_text(written) == text


def test_a_line_beyond_the_cost_budget_gets_none() -> None:
    """It is shown as typed, so its backslashes would be seen."""
    line = ("*so* " * 1000).strip()
    assert literal(f"*a*\n{line}") == f"\\*a\\*\n{line}"
    assert visible_text(literal(f"*a*\n{line}")).split() == ["*a*", *line.split()]
