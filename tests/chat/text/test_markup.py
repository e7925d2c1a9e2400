"""What a typed message looks like to the others. Every case holds with bleach and with nh3, its successor."""

import pytest

from benchmarks.markup import SHAPES, TYPICAL
from chat.text import markup
from chat.text.markup import FIXED, render
from tests.support.core.rendered_html import Page, inside, links, seen, shape
from tests.support.core.safe_html import assert_safe

pytestmark = pytest.mark.usefixtures("_sanitizer")


@pytest.mark.parametrize(
    ("typed", "html"),
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
def test_the_usual_marks_are_rendered(typed, html):
    assert inside(typed) == html


def test_a_newline_is_a_line_break_and_an_empty_line_a_paragraph():
    assert shape("one\ntwo\n\nthree") == "<p>one<br>two</p><p>three</p>"
    assert shape("*one*\ntwo\n \n\nthree") == "<p><em>one</em><br>two</p><p>three</p>"
    assert shape("one\r\ntwo\rthree") == "<p>one<br>two<br>three</p>"


@pytest.mark.parametrize(
    "typed",
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
        "ada@example.org",
        "<ada@example.org>",
        "5 `",
        "** **",
        "@ada: 10:30",
        "[a]: https",
        "=> -> <- <3",
    ],
)
def test_what_is_not_meant_as_markup_is_shown_as_typed(typed):
    page = Page(render(typed))
    assert page.text.strip("\n") == typed
    assert {tag for tag, _ in page.tags} <= {"p", "br"}


def test_a_backslash_pair_takes_the_marks_away_and_itself_too():
    assert inside(r"\*so\* and (\*\*so\*\*) *not*") == "*so* and (**so**) <em>not</em>"


def test_a_lone_backslash_protects_and_stays():
    assert inside(r"\*so and C:\*.txt *x*") == r"\*so and C:\*.txt <em>x</em>"


@pytest.mark.parametrize("typed", ["x &amp; *y*", "x & *y*", "&lt; *y*", "&#x3C; *y*", "&copy; *y*"])
def test_nothing_is_escaped_twice(typed):
    assert seen(typed) == typed.replace("*", "")


def test_code_is_shown_as_typed():
    code = 'if a < b and **c:\n\n\tprint("&amp;", `x`)  # https://example.org'
    page = Page(render(f"```python\n{code}\n```"))
    assert page.tags == [("pre", {}), ("code", {"class": "language-python"})]
    assert page.text == code


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("look:\n```\nx\n```\nso", "<p>look:</p><pre><code>x</code></pre><p>so</p>"),
        ("```x = 1\ny```", "<pre><code>x = 1\ny</code></pre>"),
        ("~~~\n```\n~~~", "<pre><code>```</code></pre>"),
        ("```\nnever closed", "<pre><code>never closed</code></pre>"),
        ("```python\n```", "<pre><code>python</code></pre>"),
        ("```C++\nx\n```", '<pre><code class="language-c++">x</code></pre>'),
        ("```C#\nx\n```", '<pre><code class="language-c#">x</code></pre>'),
        ("```код\nx\n```", "<pre><code>код\nx</code></pre>"),
        ("```inline```", "<p><code>inline</code></p>"),
        ("    indented is no code", "<p>    indented is no code</p>"),
    ],
)
def test_fences(typed, html):
    assert shape(typed) == html


@pytest.mark.parametrize(
    ("typed", "html"),
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
def test_quotes_end_with_their_last_marked_line(typed, html):
    assert shape(typed) == html


@pytest.mark.parametrize(
    ("typed", "html"),
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
def test_lists(typed, html):
    assert shape(typed) == html


def test_a_list_keeps_the_numbers_that_were_typed():
    assert shape("3. foo\n4. bar") == '<ol start="3"><li>foo</li><li>bar</li></ol>'
    assert shape("1. a\n3. c") == '<ol start="1"><li>a</li></ol><ol start="3"><li>c</li></ol>'


@pytest.mark.parametrize(
    ("typed", "href"),
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
        ("https://example.org/*x*", "https://example.org/*x"),
        ("https://example.org/é", "https://example.org/é"),
    ],
)
def test_addresses_become_links(typed, href):
    assert links(typed) == [href]


def test_every_link_is_opened_apart_and_vouched_for_by_nobody():
    attrs = Page(render("https://example.org")).tags[1][1]
    assert attrs == {"href": "https://example.org", "rel": "noopener noreferrer nofollow", "target": "_blank"}


def test_a_look_alike_address_is_shown_as_typed():
    for typed in ("https://раураl.example", "https://xn--80ak6aa92e.example"):
        assert links(typed) == [typed]
        assert seen(typed) == typed


def test_brackets_around_one_address_do_not_hide_another():
    typed = "[https://bank.example](https://evil.example)"
    assert seen(typed) == typed
    assert links(typed) == ["https://evil.example"]
    assert inside("[https://a.example](https://a.example)") == '<a href="https://a.example">https://a.example</a>'


@pytest.mark.parametrize(
    "shown",
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
def test_brackets_around_what_only_looks_like_an_address_hide_none_either(shown):
    typed = f"[{shown}](https://evil.example)"
    assert seen(typed).endswith("](https://evil.example)")
    assert links(typed) == ["https://evil.example"]


def test_an_address_ends_before_what_would_turn_it_around():
    for typed in ("https://a.example/\u202egpj.exe", "<https://a.example/\u2066gpj.exe>"):
        assert links(typed) == ["https://a.example/"]
        assert seen(typed) == typed
    assert links("https://a.example/(\u202egpj.exe)") == ["https://a.example/"]
    assert links("https://a.example/👩\u200d🚀") == ["https://a.example/👩\u200d🚀"]


def test_links_do_not_nest():
    assert "<a" not in inside("[~~http://a.example~~](http://b.example)").split("</a>")[0].replace("<a", "", 1)


def test_a_link_without_a_text_shows_its_address():
    assert seen("[](https://example.org)") == "https://example.org"


def test_an_image_is_a_link():
    typed = "![cat](https://example.org/cat.png)"
    assert inside(typed) == '!<a href="https://example.org/cat.png">cat</a>'


ATTACKS = [
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](javascript%3Aalert(1))",
    "[x](http&#58;//a)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "[x](//evil.example)",
    "[x](/logout)",
    "[x](#top)",
    "[x](http:evil)",
    "![x](javascript:alert(1))",
    "[[x](javascript:alert(1))](javascript:alert(2))",
    "[x][a]\n\n[a]: javascript:alert(1)",
    "[a]: javascript:alert(1)\n[a]",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "<img src=x onerror=alert(1)> **x**",
    "<svg onload=alert(1)> **x**",
    "<svg><style><img src=x onerror=alert(1)></style></svg> *x*",
    "**<script>alert(1)</script>**",
    "`<script>alert(1)</script>`",
    "```\n</code></pre><script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "<!-- **x** --><![CDATA[ *y* ]]><?php `z` ?>",
    "<a href='javascript:alert(1)'>*x*</a>",
    "</p></div><iframe src=x> *x*",
    '*x* " onmouseover="alert(1)',
    "<math><mtext></p><mglyph><style><!--</style><img title=*x*>",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_text(attack):
    page = Page(render(attack))
    assert_safe(page.tags)
    assert links(attack) == []
    assert "alert" not in repr(page.tags)


@pytest.mark.parametrize(
    "attack",
    [
        'https://example.org/"onmouseover="alert(1)',
        "https://example.org/'onmouseover='alert(1)",
        '[x](https://example.org/"onmouseover="alert(1))',
        '[x](https://example.org "onmouseover=alert(1)")',
        "https://example.org/<script>",
        "[x](https://example.org/><script>alert(1)</script>)",
        '[x" onclick="alert(1)](https://example.org)',
        "[<img src=x onerror=alert(1)>](https://example.org)",
        "http://[zz]/ http://a]b http://[",
    ],
)
def test_an_address_cannot_break_out_of_its_link(attack):
    assert_safe(Page(render(attack)).tags)


def test_the_sanitizer_believes_nobody():
    page = Page(
        markup.sanitize(
            '<p onclick=x>a<script>x</script><img src=x><a href="javascript:x" rel=x target=_top id=x>b</a>'
            '<code class="evil">c</code><code class="language-c">d</code><ol start="x"><li style="x">e</li></ol></p>'
        )
    )
    assert_safe(page.tags)
    assert ("a", FIXED["a"]) in page.tags
    assert ("code", {}) in page.tags
    assert ("code", {"class": "language-c"}) in page.tags
    assert ("ol", {}) in page.tags


def test_each_block_finds_its_own_direction():
    for typed in ("שלום", "**שלום**", "- שלום", "> שלום"):
        assert 'dir="auto">' in render(typed)


@pytest.mark.parametrize(
    ("typed", "counts"),
    [
        ("hello", 1),
        ("word " * 800, 1),
        ("*so* **it** goes in `code`, see [the page](https://example.org)", 1),
        (" ".join(f"https://example.org/{number}" for number in range(20)), 4),
        ("- **a** b\n" * 33, 7),
        ("```\n" + "x = *y*  # a line of code that links to https://example.org\n" * 50 + "```", 2),
        ("```\n" + "a < b && c\n" * 50 + "```", 5),
        ("*a* " * 1000, 10),
        ("*" + "[" * 2000, 10),
        ("<" * 4000, 1),
        ("`" + "<" * 3998 + "`", 10),
    ],
)
def test_a_message_counts_as_several_by_what_it_takes_to_render(typed, counts):
    assert markup.message_cost(typed) == counts


@pytest.mark.parametrize("typed", [*SHAPES.values(), *TYPICAL.values()], ids=[*SHAPES, *TYPICAL])
def test_what_rendering_is_charged_is_counted_about(typed):
    message = markup._Message(typed)
    try:
        "".join(message.blocks(typed.split("\n")))
    except markup._TooExpensive:
        return
    is_plain = not markup.MARKUP.search(typed)
    assert is_plain or abs(markup.message_cost(typed) - 1 - message.work / markup.COST_PER_MESSAGE) < 2
