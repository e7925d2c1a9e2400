"""HTML of other chats to chatsite's Markdown: what is shown looks as it did there."""

from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.history.importers.text.html import Rules, html_to_markdown
from chat.text.markup import render
from chat.text.plain import plain_text
from tests.support.core.rendered_html import block_html

SIGNS = st.text(alphabet="ab1 *_~`<>&#-+|.:/\\[]()!@\"'\n", max_size=40) | st.text(
    alphabet=st.characters(exclude_categories=["Cc", "Cs"]), max_size=40
)


def shown(html: str) -> str:
    return block_html(html_to_markdown(html))


@settings(max_examples=150, deadline=None)
@given(SIGNS)
def test_text_is_shown_as_it_is_whatever_signs_are_in_it(text: str) -> None:
    html = "<p>" + escape(text).replace("\n", "<br>") + "</p>"
    assert plain_text(render(html_to_markdown(html))) == " ".join(text.split())


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            "<b>a</b> <i>b</i> <s>c</s> <code>d</code>",
            "<p><strong>a</strong> <em>b</em> <del>c</del> <code>d</code></p>",
        ),
        ("<strong>a</strong> <em>b</em> <del>c</del>", "<p><strong>a</strong> <em>b</em> <del>c</del></p>"),
        ('x <span style="font-weight: bold">a</span> y', "<p>x <strong>a</strong> y</p>"),
        ("x <b>a </b>y", "<p>x <strong>a</strong> y</p>"),
        ("<u>a</u> <font color=red>b</font> <sup>c</sup>", "<p>a b c</p>"),
        ("a  b\n\tc", "<p>a b c</p>"),
        ("a&nbsp;b&nbsp;&nbsp;c", "<p>a b  c</p>"),
        ("a<br>b<br><br>c", "<p>a<br>b</p><p>c</p>"),
        ("<div>a</div><div>b</div>", "<p>a<br>b</p>"),
        ("<p>a</p>\n<p>b</p>", "<p>a</p><p>b</p>"),
        ("<h2>Plan</h2><p>a</p>", "<p><strong>Plan</strong></p><p>a</p>"),
        ("a<hr>b", "<p>a<br>---<br>b</p>"),
        ("<q>a</q>", "<p>“a”</p>"),
        ("a<!-- x-mark -->b", "<p>ab</p>"),
    ],
)
def test_text_and_styles(html: str, expected: str) -> None:
    assert shown(html) == expected


def test_paragraphs_of_teams_are_lines_and_an_empty_one_is_an_empty_line() -> None:
    assert html_to_markdown("<p>a</p>\n<p>b</p>\n<p>&nbsp;</p>\n<p>c</p>", Rules(apart=False)) == "a\nb\n\nc"


def test_newlines_count_where_the_source_stores_plain_text_in_html() -> None:
    assert html_to_markdown("a\n  b", Rules(plain=True)) == "a\n  b"


@pytest.mark.parametrize("tag", ["script", "style", "title", "template", "mx-reply", "noscript"])
def test_what_a_browser_does_not_show_is_dropped_with_its_text(tag: str) -> None:
    assert html_to_markdown(f"a<{tag}>x-mark</{tag}>b") == "ab"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="https://example.org/a_b">the page</a>', '<p><a href="https://example.org/a_b">the page</a></p>'),
        (
            '<a href="https://example.org">https://example.org</a>',
            '<p><a href="https://example.org">https://example.org</a></p>',
        ),
        ('<a href="mailto:ada@example.org">mail</a>', '<p><a href="mailto:ada@example.org">mail</a></p>'),
        ('<a href=" \thttps://example.org/x\n">x</a>', '<p><a href="https://example.org/x">x</a></p>'),
        ('<a href="javascript:void(0)">x-mark</a>', "<p>x-mark</p>"),
        ('<a href="java\nscript:void(0)">x-mark</a>', "<p>x-mark</p>"),
        ('<a href="data:text/html,x">x-mark</a>', "<p>x-mark</p>"),
        ('<a href="/rooms/1">here</a>', "<p>here</p>"),
        ('<a href="ftp://example.org/f">f</a>', "<p>f (ftp://example.org/f)</p>"),
        ('<a href="tel:+4955501">+4955501</a>', "<p>+4955501</p>"),
        ('<a name="top">x</a>', "<p>x</p>"),
        ('x<a href="https://example.org"></a>', "<p>x</p>"),
    ],
)
def test_links(html: str, expected: str) -> None:
    assert shown(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<img alt="🙂" src="https://example.org/s.png">', '<p class="emoji">🙂</p>'),
        ('so <img alt=":party:" data-mx-emoticon src="mxc://example.org/x">', "<p>so :party:</p>"),
        ('<img alt="a cat" src="https://example.org/c.png">', '<p><a href="https://example.org/c.png">a cat</a></p>'),
        ('<img src="https://example.org/c.png">', '<p><a href="https://example.org/c.png">image</a></p>'),
        ('<img src="cid:1">', "<p>[image]</p>"),
        ('<img alt="a"src="https://example.org/c"><img alt="b">', '<p><a href="https://example.org/c">a</a> b</p>'),
        (
            '<a href="https://example.org"><img src="cid:1" alt="logo"></a>',
            '<p><a href="https://example.org">logo</a></p>',
        ),
    ],
)
def test_images_are_their_text_or_a_link(html: str, expected: str) -> None:
    assert shown(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<ul><li>a</li><li>b</li></ul>", "<ul><li>a</li><li>b</li></ul>"),
        (
            "<ul>\n<li>a\n<ul>\n<li>b</li></ul>\n</li><li>c</li></ul>",
            "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>",
        ),
        ("<ul><li>a</li><ul><li>b</li></ul></ul>", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
        ('<ol start="3"><li><p>a</p></li><li>b</li></ol>', '<ol start="3"><li>a</li><li>b</li></ol>'),
        ("<ul><li><p>a</p><p>b</p></li></ul>c", "<ul><li>a<p>b</p></li></ul><p>c</p>"),
        ("<ul><li></li><li>a</li></ul>", "<ul><li>a</li></ul>"),
        ("<ul><li>- a</li><li>5. b</li></ul>", "<ul><li>- a</li><li>5. b</li></ul>"),
        ("<ol><li>&gt; a</li></ol>", "<p>1. &gt; a</p>"),
        ("+ a<ul><li>b</li></ul>", "<p>+ a</p><ul><li>b</li></ul>"),
        ("<ul><li><pre>a\n\nb</pre></li></ul>", "<ul><li><pre><code>a\n\nb</code></pre></li></ul>"),
        ("<dl><dt>a</dt><dd>b</dd></dl>", "<p><strong>a</strong></p><p>b</p>"),
    ],
)
def test_lists(html: str, expected: str) -> None:
    assert shown(html) == expected


def test_lists_and_quotes_that_are_nested_too_deep_are_lines() -> None:
    html = "<ul><li>a" * 9 + "</li></ul>" * 9
    assert shown(html).count("<ul>") == 5
    assert "- " not in plain_text(render(html_to_markdown(html)))
    assert "&gt;" not in shown("<blockquote>a" * 9 + "</blockquote>" * 9)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<blockquote>a<br>b</blockquote>c", "<blockquote><p>a<br>b</p></blockquote><p>c</p>"),
        (
            "<blockquote>a</blockquote><blockquote>b</blockquote>",
            "<blockquote><p>a</p></blockquote><blockquote><p>b</p></blockquote>",
        ),
        ("<blockquote>5 people</blockquote>", "<blockquote><p>5 people</p></blockquote>"),
        ("<blockquote><ul><li>a</li></ul></blockquote>", "<blockquote><ul><li>a</li></ul></blockquote>"),
    ],
)
def test_quotes(html: str, expected: str) -> None:
    assert shown(html) == expected


@pytest.mark.parametrize(
    ("html", "language", "code"),
    [
        ('<pre><code class="language-python">x = 1\n\n  y</code></pre>', "python", "x = 1\n\n  y"),
        ('<pre class="lang-js">x</pre>', "js", "x"),
        ('<pre><code class="language-klingon">x</code></pre>', "", "x"),
        ('<codeblock class="Python"><code>a<br>  b</code></codeblock>', "python", "a\n  b"),
        ("<pre>```\n**x**\n```</pre>", "", "```\n**x**\n```"),
        ("<pre>&lt;b&gt;</pre>", "", "&lt;b&gt;"),
    ],
)
def test_code_blocks_keep_their_lines_and_their_language(html: str, language: str, code: str) -> None:
    pre = f'<pre data-language="{language}"><code class="language-{language}">' if language else "<pre><code>"
    assert shown(html) == f"{pre}{code}</code></pre>"


def test_a_table_stays_a_table_and_its_bars_are_text() -> None:
    rows = "<tr><th>a\\|b</th><th>c</th></tr><tr><td><b>1</b></td></tr><tr><td>x<br>y</td><td><p>2</p></td></tr>"
    assert shown(f"<table>{rows}</table>") == (
        "<table><thead><tr><th>a\\|b</th><th>c</th></tr></thead><tbody><tr><td><strong>1</strong></td><td></td></tr>"
        "<tr><td>x y</td><td>2</td></tr></tbody></table>"
    )


def test_a_table_of_one_row_is_a_line() -> None:
    assert shown("<table><tr><td>a</td><td>b</td></tr></table>") == "<p>a b</p>"


def test_unclosed_and_crossed_elements_are_read_as_a_browser_reads_them() -> None:
    assert shown("<b>a<i>b</b>c</i>") == shown("<b>a<i>b</i></b><i>c</i>")
    assert shown("a<br/>b</p>c") == "<p>a<br>b</p><p>c</p>"


def test_html_that_is_nested_very_deep_is_read() -> None:
    assert plain_text(render(html_to_markdown("<div><b>" * 400 + "a"))) == "a"
