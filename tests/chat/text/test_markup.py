"""The HTML of a message, for each kind of markup. Each case runs with bleach, and with nh3, its planned successor."""

import pytest

from chat.text import markup
from chat.text.markup import message_weight, render
from chat.text.sanitizer import ADDED_ATTRIBUTES
from tests.support.core.rendered_html import ParsedHtml, block_html, inline_html, link_urls, visible_text
from tests.support.core.safe_html import assert_safe
from tests.support.hostile_text import MARK, SCRIPT_URL

pytestmark = pytest.mark.usefixtures("_sanitizer")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**bold** and *italic* or _italic_", "<strong>bold</strong> and <em>italic</em> or <em>italic</em>"),
        ("***both***", "<em><strong>both</strong></em>"),
        ("~~gone~~", "<del>gone</del>"),
        ("`a < b && *c*`", "<code>a &lt; b &amp;&amp; *c*</code>"),
        ("``a ` b``", "<code>a ` b</code>"),
        ("**重要**です", "<strong>重要</strong>です"),
        ("*one\ntwo*", "<em>one<br>two</em>"),
        ("**a *b* c**", "<strong>a <em>b</em> c</strong>"),
        ("~~**x** `y`~~", "<del><strong>x</strong> <code>y</code></del>"),
    ],
)
def test_inline_markup_is_rendered(text, html):
    assert inline_html(text) == html


def test_a_newline_is_a_line_break_and_an_empty_line_a_paragraph():
    assert block_html("one\ntwo\n\nthree") == "<p>one<br>two</p><p>three</p>"
    assert block_html("*one*\ntwo\n \n\nthree") == "<p><em>one</em><br>two</p><p>three</p>"
    assert block_html("one\r\ntwo\rthree") == "<p>one<br>two<br>three</p>"


@pytest.mark.parametrize(
    "text",
    [
        '1 < 2 & "x"',
        "it's 5 > 3",
        "a * b * c",
        "2*3*4=24",
        "5*x + 3*y",
        "snake_case_name and _private",
        "__init__ and __init__.py",
        "/* comment */",
        "*args, **kwargs",
        "*.txt and *.md",
        "C:\\path\\*",
        "C:\\*.txt D:\\*.md",
        "\\\\server\\share",
        "¯\\_(ツ)_/¯",
        ":-) ;-* :_) >:( >_<",
        ">_<\n>_<",
        "^_^ ^_^ -_- -_-",
        "1. ",
        "1.",
        "- ",
        "-",
        ">",
        ">>",
        "> \n> ",
        "---",
        "***",
        "* * *",
        "===",
        "text\n---",
        "# x",
        "#hashtag",
        "-5 degrees, +1",
        "+ plus",
        "1) one",
        "007. Bond",
        "1986. What a year",
        "```",
        "```\n```",
        "~ about ~ 5",
        "a | b\n--|--\n1 | 2",
        "[ ] todo [x] done [1]",
        "&amp; &lt; &copy; &#60; &",
        "x]( [](",
        "http:// https:// http://. mailto:",
        "5 `",
        "** **",
        "a@: 10:30",
        "[a]: https",
        "=> -> <- <3",
    ],
)
def test_what_is_not_meant_as_markup_is_shown_as_typed(text):
    page = ParsedHtml(render(text))
    assert page.text.strip("\n") == text
    assert {tag for tag, _ in page.tags} <= {"p", "br"}


def test_a_pair_of_escaped_delimiters_is_shown_without_backslashes():
    assert inline_html(r"\*so\* and (\*\*so\*\*) *not*") == "*so* and (**so**) <em>not</em>"


def test_a_single_backslash_escapes_and_stays_visible():
    assert inline_html(r"\*so and *x*") == r"\*so and <em>x</em>"
    assert inline_html(r"C:\*.txt, D:\_a\_b, ¯\_(ツ)_/¯ *x*") == r"C:\*.txt, D:\_a\_b, ¯\_(ツ)_/¯ <em>x</em>"


@pytest.mark.parametrize("text", ["x &amp; *y*", "x & *y*", "&lt; *y*", "&#x3C; *y*", "&copy; *y*"])
def test_nothing_is_escaped_twice(text):
    assert visible_text(text) == text.replace("*", "")


def test_code_is_shown_as_typed():
    code = 'if a < b and **c:\n\n\tprint("&amp;", `x`)  # https://example.org'
    page = ParsedHtml(render(f"```python\n{code}\n```"))
    assert page.tags == [("pre", {"data-language": "python"}), ("code", {"class": "language-python"})]
    assert page.text == code


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("look:\n```\nx\n```\nso", "<p>look:</p><pre><code>x</code></pre><p>so</p>"),
        ("```x = 1\ny```", "<pre><code>x = 1\ny</code></pre>"),
        ("~~~\n```\n~~~", "<pre><code>```</code></pre>"),
        ("```\nnever closed", "<pre><code>never closed</code></pre>"),
        ("```python\n```", "<pre><code>python</code></pre>"),
        ("```C++\nx\n```", '<pre data-language="c++"><code class="language-c++">x</code></pre>'),
        ("```C#\nx\n```", '<pre data-language="c#"><code class="language-c#">x</code></pre>'),
        ("```код\nx\n```", "<pre><code>код\nx</code></pre>"),
        ("```inline```", "<p><code>inline</code></p>"),
        ("    indented is no code", "<p>    indented is no code</p>"),
    ],
)
def test_fences(text, html):
    assert block_html(text) == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("> said\nanswer", "<blockquote><p>said</p></blockquote><p>answer</p>"),
        (">said", "<blockquote><p>said</p></blockquote>"),
        (
            "> > old\n> new",
            "<blockquote><blockquote><p>old</p></blockquote><p>new</p></blockquote>",
        ),
        ("> - a\n> - b", "<blockquote><ul><li>a</li><li>b</li></ul></blockquote>"),
        ("> ```\n> x\n> ```", "<blockquote><pre><code>x</code></pre></blockquote>"),
    ],
)
def test_quotes_end_with_their_last_marked_line(text, html):
    assert block_html(text) == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("buy:\n- a\n- *b*\nthanks", "<p>buy:</p><ul><li>a</li><li><em>b</em></li></ul><p>thanks</p>"),
        ("* a\n* b", "<ul><li>a</li><li>b</li></ul>"),
        ("- a\n  - b\n    - c\n- d", "<ul><li>a<ul><li>b<ul><li>c</li></ul></li></ul></li><li>d</li></ul>"),
        ("- a\n\t- b", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
        ("- a\n\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("- a\n  more\n\n  much more", "<ul><li>a<br>more<p>much more</p></li></ul>"),
        ("1. a\n   - b\n2. c", '<ol start="1"><li>a<ul><li>b</li></ul></li><li>c</li></ol>'),
        ("- > a", "<ul><li><blockquote><p>a</p></blockquote></li></ul>"),
    ],
)
def test_lists(text, html):
    assert block_html(text) == html


def test_a_list_keeps_the_numbers_that_were_typed():
    assert block_html("3. foo\n4. bar") == '<ol start="3"><li>foo</li><li>bar</li></ol>'
    assert block_html("1. a\n2. b\n4. d\n5. e") == (
        '<ol start="1"><li>a</li><li>b</li></ol><ol start="4"><li>d</li><li>e</li></ol>'
    )
    assert block_html("1. a\n3. c") == "<p>1. a<br>3. c</p>"


@pytest.mark.parametrize(
    ("text", "href"),
    [
        ("see https://example.org/a_b_(c)?x=1&copy;=2&y=[1].", "https://example.org/a_b_(c)?x=1&copy;=2&y=[1]"),
        ("(http://example.org)", "http://example.org"),
        ("**https://example.org**", "https://example.org"),
        ("_https://example.org_", "https://example.org"),
        ("<https://example.org/x>", "https://example.org/x"),
        ("Https://Example.org!", "Https://Example.org"),
        ("http://[::1]:8000/", "http://[::1]:8000/"),
        ("mailto:ada@example.org", "mailto:ada@example.org"),
        ("[text](https://example.org)", "https://example.org"),
        ('[text](<https://example.org/a b> "title")', "https://example.org/a%20b"),
        ("[mail](mailto:ada@example.org)", "mailto:ada@example.org"),
        ("https://example.org/*x*", "https://example.org/*x*"),
        ("https://example.org/é", "https://example.org/é"),
    ],
)
def test_urls_become_links(text, href):
    assert link_urls(text) == [href]


def test_a_link_opens_in_a_new_tab_without_referrer_opener_or_endorsement():
    attrs = ParsedHtml(render("https://example.org")).tags[1][1]
    assert attrs == {"href": "https://example.org", "rel": "noopener noreferrer nofollow", "target": "_blank"}


def test_a_url_with_a_confusable_host_name_is_shown_as_typed():
    for text in ("https://раураl.example", "https://xn--80ak6aa92e.example"):
        assert link_urls(text) == [text]
        assert visible_text(text) == text


def test_a_url_as_link_text_does_not_hide_the_real_url():
    text = "[https://bank.example](https://evil.example)"
    assert visible_text(text) == text
    assert link_urls(text) == ["https://evil.example"]
    assert inline_html("[https://a.example](https://a.example)") == '<a href="https://a.example">https://a.example</a>'


@pytest.mark.parametrize(
    "link_text",
    [
        "h\u200bttps://bank.example",
        "https:**//bank.example**",
        "https:`//bank.example`",
        "*https*://bank.example",
        "\uff48ttps\uff1a//bank.example",
        "\u202eelpmaxe.knab//:sptth",
        "\u2066\u202eelpmaxe.knab",
    ],
    ids=ascii,
)
def test_link_text_that_resembles_a_url_does_not_hide_the_real_url(link_text):
    text = f"[{link_text}](https://evil.example)"
    assert visible_text(text).endswith("](https://evil.example)")
    assert link_urls(text) == ["https://evil.example"]


def test_a_url_ends_before_a_bidi_control():
    for text in ("https://a.example/\u202egpj.exe", "<https://a.example/\u2066gpj.exe>"):
        assert link_urls(text) == ["https://a.example/"]
        assert visible_text(text) == text
    assert link_urls("https://a.example/(\u202egpj.exe)") == ["https://a.example/"]
    assert link_urls("https://a.example/👩\u200d🚀") == ["https://a.example/👩\u200d🚀"]


def test_links_do_not_nest():
    assert "<a" not in inline_html("[~~http://a.example~~](http://b.example)").split("</a>")[0].replace("<a", "", 1)


def test_a_link_without_text_shows_its_url():
    assert visible_text("[](https://example.org)") == "https://example.org"


def test_an_image_is_a_link():
    text = "![cat](https://example.org/cat.png)"
    assert inline_html(text) == '!<a href="https://example.org/cat.png">cat</a>'


FORBIDDEN_MARKUP = [
    f"[x]({SCRIPT_URL})",
    f"[x](JaVaScRiPt:({MARK}))",
    f"[x](java&#115;cript:({MARK}))",
    f"[x](&#x6A;avascript:({MARK}))",
    f"[x](java\nscript:({MARK}))",
    f"[x](java\tscript:({MARK}))",
    f"[x]( {SCRIPT_URL})",
    f"[x](\x01{SCRIPT_URL})",
    f"[x](<{SCRIPT_URL}>)",
    f"[x](javascript%3A({MARK}))",
    "[x](http&#58;//a)",
    "[x](data:text/html;base64,PHgtbWFyaz4=)",
    f"[x](vbscript:({MARK}))",
    f"[x](//{MARK}.invalid)",
    "[x](/logout)",
    "[x](#top)",
    f"[x](http:{MARK})",
    f"![x]({SCRIPT_URL})",
    f"[[x]({SCRIPT_URL})]({SCRIPT_URL})",
    f"[x][a]\n\n[a]: {SCRIPT_URL}",
    f"[a]: {SCRIPT_URL}\n[a]",
    f"<{SCRIPT_URL}>",
    f"<data:text/html,{MARK}>",
    f"<{MARK}> **x**",
    f"<svg {MARK}> **x**",
    f"<svg><style><{MARK}></style></svg> *x*",
    f"**<{MARK}>x</{MARK}>**",
    f"`<{MARK}>x</{MARK}>`",
    f"```\n</code></pre><{MARK}>\n```",
    f'```"><{MARK}>\nx\n```',
    f"<!-- **x** --><![CDATA[ *y* ]]><?{MARK} `z` ?>",
    f"<a href='{SCRIPT_URL}'>*x*</a>",
    f"</p></div><iframe {MARK}> *x*",
    f'*x* " {MARK}="1',
    f"<math {MARK} title=*x*>",
]


@pytest.mark.parametrize("text", FORBIDDEN_MARKUP)
def test_html_and_urls_of_other_schemes_are_text(text):
    page = ParsedHtml(render(text))
    assert_safe(page.tags)
    assert link_urls(text) == []
    assert MARK not in repr(page.tags)


@pytest.mark.parametrize(
    "text",
    [
        f'https://example.org/"{MARK}="1',
        f"https://example.org/'{MARK}='1",
        f'[x](https://example.org/"{MARK}="1)',
        f'[x](https://example.org "{MARK}=1")',
        f"https://example.org/<{MARK}>",
        f"[x](https://example.org/><{MARK}>)",
        f'[x" {MARK}="1](https://example.org)',
        f"[<{MARK}>](https://example.org)",
        "http://[zz]/ http://a]b http://[",
    ],
)
def test_a_url_cannot_break_out_of_its_link(text):
    assert_safe(ParsedHtml(render(text)).tags)


def test_the_sanitizer_removes_everything_outside_the_allow_list():
    page = ParsedHtml(
        markup.sanitize(
            f"<p {MARK}=x onclick=''>a<{MARK}>x</{MARK}><script>''</script><img {MARK}>"
            f'<a href="{SCRIPT_URL}" rel=x target=_top id=x>b</a><code class="{MARK}">c</code>'
            '<code class="language-c">d</code><ol start="x"><li style="x">e</li></ol></p>'
        )
    )
    assert_safe(page.tags)
    assert ("a", ADDED_ATTRIBUTES["a"]) in page.tags
    assert ("code", {}) in page.tags
    assert ("code", {"class": "language-c"}) in page.tags
    assert ("ol", {}) in page.tags


def test_each_block_has_its_own_text_direction():
    for text in ("שלום", "**שלום**", "- שלום", "> שלום"):
        assert 'dir="auto">' in render(text)


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("hello", 1),
        ("word " * 800, 1),
        ("*so* **it** goes in `code`, see [the page](https://example.org)", 1),
        (" ".join(f"https://example.org/{number}" for number in range(20)), 1),
        (" ".join(f"https://example.org/{number}" for number in range(100)), 3),
        ("- **a** b\n" * 33, 2),
        ("```\n" + "a < b && c\n" * 50 + "```", 1),
        ("*a* " * 400, 9),
        ("*a* " * 1000, 10),
        ("- - - - a\n" * 400, 10),
        ("<" * 4000, 1),
    ],
)
def test_a_message_counts_for_several_by_its_cost(text, counts):
    assert message_weight(text) == counts
