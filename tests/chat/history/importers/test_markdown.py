"""chatsite's Markdown made from plain text and styled runs is shown as the original looked."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.history.importers.text.markdown import Run, action, bullet, code, code_block, inline, link, literal, quote
from chat.text.markup import render, render_plain
from tests.support.core.rendered_html import ParsedHtml, block_html, inline_html, visible_text
from tests.support.effort import effort

PIECES = r"* ** _ ~~ ` `` ``` \ [ ] > | - 1. :".split() + [
    "\n",
    "\n\n",
    "\n- ",
    " ",
    "a",
    "b c",
    "1",
    "é",
    "😀",
    "你",
    '"',
]
pieces = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join)
styled_runs = st.tuples(pieces, st.booleans(), st.booleans(), st.booleans()).map(lambda parts: Run(*parts))
code_runs = pieces.map(lambda text: Run(text.replace("\n", " "), code=True))
B, EM, S, C = ({name: True} for name in ("bold", "italic", "strike", "code"))


def words(text: str) -> str:
    return "".join(text.split())


@given(st.lists(styled_runs | styled_runs | code_runs, max_size=5))
@settings(max_examples=effort(100, torture=20_000), deadline=None)
def test_whatever_is_styled_no_sign_is_lost_and_none_is_added(runs: list[Run]) -> None:
    typed = ParsedHtml(render_plain("".join(run.text for run in runs))).text
    assert words(visible_text(inline(runs))) == words(typed)


@pytest.mark.parametrize(
    ("runs", "html"),
    [
        ([Run("a "), Run("b ", **B), Run("c", **EM)], "a <strong>b</strong> <em>c</em>"),
        ([Run("a", **B, **EM), Run(" b", **B)], "<strong><em>a</em> b</strong>"),
        ([Run("a ", **B), Run("b", **B, **EM), Run("!")], "<strong>a <em>b</em></strong>!"),
        ([Run("a b", **B, **EM, **S)], "<del><em><strong>a b</strong></em></del>"),
        ([Run("a ", **B), Run("b", **B, **EM), Run(" c", **EM)], "<strong>a <em>b</em></strong> <em>c</em>"),
        # spaces, words
        ([Run("x"), Run(" a ", **B), Run("y")], "x <strong>a</strong> y"),
        ([Run("un"), Run("frigging", **B), Run("believable")], "<strong>unfriggingbelievable</strong>"),
        ([Run("bold:", **B), Run("text")], "<strong>bold:text</strong>"),
        ([Run("a", **B), Run(" "), Run("b", **B)], "<strong>a</strong> <strong>b</strong>"),
        ([Run("粗", **B), Run("字")], "<strong>粗</strong>字"),
        ([Run("💡  Apply 5% coupon", **B)], "<strong>💡  Apply 5% coupon</strong>"),
        ([Run(" ", **B), Run("a")], " a"),
        ([Run("!", **B), Run(" a")], "! a"),
        # plain text beside styles
        ([Run("*a* "), Run("b", **B)], "*a* <strong>b</strong>"),
        ([Run("2*3 "), Run("*", **B), Run(" x")], "2*3 * x"),
        ([Run("a*b*", **EM)], "<em>a*b*</em>"),
        ([Run("- a ", **B), Run("b")], "<strong>- a</strong> b"),
        # code
        ([Run("x"), Run("a`b", **C)], "x<code>a`b</code>"),
        ([Run("a", **B), Run("*c*", **B, **C)], "<strong>a<code>*c*</code></strong>"),
        ([Run("a", **C), Run("b", **C)], "<code>ab</code>"),
        # links
        ([Run("a ", link="https://e.org/"), Run("b", link="https://e.org/")], '<a href="https://e.org/">a b</a>'),
        ([Run("a", **B, link="https://e.org/a b(")], '<strong><a href="https://e.org/a%20b%28">a</a></strong>'),
        ([Run("https://e.org/a", link="https://e.org/a")], '<a href="https://e.org/a">https://e.org/a</a>'),
        ([Run("www.e.org", link="http://www.e.org/")], '<a href="http://www.e.org">www.e.org</a>'),
        ([Run("e.org", link="https://e.org")], '<a href="https://e.org">e.org</a>'),
        ([Run("", link="https://e.org")], '<a href="https://e.org">https://e.org</a>'),
        ([Run("https://e.org/long…", link="https://e.org/longer")], '<a href="https://e.org/longer">https://e.org/longer</a>'),
        ([Run("a ] b", link="https://e.org/")], 'a ] b (<a href="https://e.org/">https://e.org/</a>)'),
        ([Run("call", link="tel:12")], "call (tel:12)"),
        ([Run("a "), Run("**b**", raw=True), Run(" *c*")], "a <strong>b</strong> *c*"),
    ],
)  # fmt: skip
def test_styles(runs: list[Run], html: str) -> None:
    assert inline_html(inline(runs)).replace(' dir="auto"', "") == html


def test_each_paragraph_has_delimiters_of_its_own() -> None:
    assert block_html(inline([Run("a\n\nb\nc", **B)])) == (
        "<p><strong>a</strong></p><p><strong>b<br>c</strong></p>".replace("<p>", "<p>")
    )


def test_code_of_several_lines_is_a_block() -> None:
    assert "<pre><code>x\ny</code></pre>" in render(inline([Run("see "), Run("x\ny", code=True), Run("!")]))
    assert inline_html(code("a")) == "<code>a</code>"
    assert "<pre><code>a\n```\nb</code></pre>" in render(code_block("a\n```\nb"))


@pytest.mark.parametrize(
    "text", ["*so*", "a *b c* d", "**x** y", "_it_", "~~no~~", "`c`", "- x", "5. apples", "> x", "  * a", "```\nx\n```"]
)
def test_signs_of_plain_text_are_shown(text: str) -> None:
    assert visible_text(literal(text)) == text


def test_blocks() -> None:
    assert inline_html(link("there", "https://example.org")) == '<a href="https://example.org">there</a>'
    assert inline_html(action("eve waves")) == "<em>eve waves</em>"
    assert block_html(quote("a\nb")) == "<blockquote><p>a<br>b</p></blockquote>"
    assert block_html(bullet("a") + "\n" + bullet("b", 1)) == "<ul><li>a<ul><li>b</li></ul></li></ul>"
    assert block_html(bullet(literal("5. b"))) == "<ul><li>5. b</li></ul>"


def test_a_label_that_ends_with_a_full_stop_is_no_shortened_address() -> None:
    url = "https://example.org/a/long"
    assert link("Read the docs.", url) == f"[Read the docs.]({url})"
    assert link("Read all of it…", url) == f"[Read all of it…]({url})"
    assert link("example.org/a/lo…", url) == url
