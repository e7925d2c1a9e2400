"""chatsite's Markdown made from plain text and styled runs is shown as the original looked."""

import pytest

from chat.history.importers.text.markdown import Run, action, bullet, code_block, inline, link, literal, quote
from chat.text.markup import render
from tests.support.core.rendered_html import block_html, inline_html, visible_text


@pytest.mark.parametrize(
    "text", ["*so*", "a *b c* d", "**x** y", "_it_", "~~no~~", "`c`", "- x", "5. apples", "> x", "  * a", "```\nx\n```"]
)
def test_signs_of_plain_text_are_shown(text: str) -> None:
    assert visible_text(literal(text)) == text


def test_styles_and_blocks() -> None:
    assert inline_html(inline([Run("a "), Run("b ", bold=True), Run("c", italic=True)])) == (
        "a <strong>b</strong> <em>c</em>"
    )
    assert inline_html(link("there", "https://example.org")) == '<a href="https://example.org">there</a>'
    assert inline_html(action("eve waves")) == "<em>eve waves</em>"
    assert block_html(quote("a\nb")) == "<blockquote><p>a<br>b</p></blockquote>"
    assert block_html(bullet("a") + "\n" + bullet("b", 1)) == "<ul><li>a<ul><li>b</li></ul></li></ul>"
    assert "<pre><code>a\n```\nb</code></pre>" in render(code_block("a\n```\nb"))
