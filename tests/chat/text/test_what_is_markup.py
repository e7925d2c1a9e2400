"""What is markup and what is text, by the examples of docs/markup.md: what is typed is what is read.

Regression: each of these was shown in another way, and somebody who read it could not know what had been typed.
"""

import json
from pathlib import Path

import pytest

from chat.text.cost import MAX_COST, estimate_cost
from tests.support.core.rendered_html import block_html, inline_html, link_urls, visible_text

FEW_EMOJI = json.loads((Path(__file__).parents[2] / "fixtures/message_text.json").read_text())["few_emoji"]
ENDS = "。，、；：！？（）「」『』【】《》”’»"  # each ends an address

pytestmark = pytest.mark.usefixtures("_sanitizer")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT a.*, b.*",
        "rm *.*",
        "count(*), max(*)",
        "*.sh && ./*.sh",
        "/* a */",
        "src/**/*.ts and test/**/*.ts",
        "-*- coding -*-",
        "[*] a [*] b",
        "$x^*$",
        "2 * 3*4",
        "x.split('*')[0] + y.split('*')[1]",
        '"**" or "~~", "**" or "~~"',
        "“*” and “*”, „*“ und „*“, 「*」と「*」",
        "(*_*) (*_*) *_* *$* *_*",
        "int *p, *q; f(*args, **kwargs)",
        "f*** off, you ****",
        "un*frigging*believable",
        "हिन्दी*नहीं*हिन्दी",
        "@_jim_ and @_joe_",
        "/home/_foo_/bar",
        "50%_x_%",
        "a=_b_+_c_",
        '"_foo_"',
        "'_foo_'",
        "#_foo_#",
        "self._x._y",
        "*a*/*b* _a_/_b_",
        "^_^ -_- >_< ;_; T_T",
        "    ~~^~~",
        "~~~^^^~~~",
        "好~~哈哈~~好",
        "안녕~~ 반가워~~",
        "don`t and won`t",
        "`foo' and `bar'",
        "``foo'' and ``bar''",
    ],
)
def test_marks_inside_of_words_and_expressions_are_text(text):
    assert visible_text(text) == text
    assert {"<em>", "<strong>", "<del>", "<code>"}.isdisjoint(block_html(text).replace("<", " <").split())


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*word*", "<em>word</em>"),
        ("(*so*)", "(<em>so</em>)"),
        ('"*foo*"', '"<em>foo</em>"'),
        ("*so*!", "<em>so</em>!"),
        ("**Note:** x", "<strong>Note:</strong> x"),
        ("**注意：**正文", "<strong>注意：</strong>正文"),
        ("これは**重要**です", "これは<strong>重要</strong>です"),
        ("한국어**강조**입니다", "한국어<strong>강조</strong>입니다"),
        ("❤️*x*❤️ *नहीं*", "❤️<em>x</em>❤️ <em>नहीं</em>"),
        ("**C++** and *100%*", "<strong>C++</strong> and <em>100%</em>"),
        ("[**bold**](https://a.example)", '<a href="https://a.example"><strong>bold</strong></a>'),
        ("_so_, (_so_). _so_: _so_", "<em>so</em>, (<em>so</em>). <em>so</em>: <em>so</em>"),
        ("**a**/**b** **-10%**", "<strong>a</strong>/<strong>b</strong> <strong>-10%</strong>"),
        (
            "**https://a.example/** *(see https://a.example/?x=)*",
            '<strong><a href="https://a.example/">https://a.example/</a></strong> '
            '<em>(see <a href="https://a.example/?x=">https://a.example/?x=</a>)</em>',
        ),
        ("*a*,*b* **a**-**b**", "<em>a</em>,<em>b</em> <strong>a</strong>-<strong>b</strong>"),
        ("~~gone~~ ~~(gone)~~", "<del>gone</del> <del>(gone)</del>"),
        ("the `if`s", "the <code>if</code>s"),
        ("使用`code`来", "使用<code>code</code>来"),
        ("***a** b* **c *d***", "<em><strong>a</strong> b</em> <strong>c <em>d</em></strong>"),
        ("*a `b* c` d*", "<em>a <code>b* c</code> d</em>"),
    ],
)
def test_marks_at_the_edges_of_words_are_markup(text, html):
    assert inline_html(text) == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("```SELECT\n  1\n```", "<pre><code>SELECT\n  1</code></pre>"),
        ("```sql\nSELECT\n```", '<pre data-language="sql"><code class="language-sql">SELECT</code></pre>'),
        ("``` Python\nx\n```", '<pre data-language="python"><code class="language-python">x</code></pre>'),
        (" look: ```\ncode\n``` ok?", "<p> look:</p><pre><code>code</code></pre><p>ok?</p>"),
        ("see\nthis ```c\nx;``` and\nso on", None),
        ("a ```x``` b", "<p>a <code>x</code> b</p>"),
        ("a ```x``` b ```\ny\n```", "<p>a <code>x</code> b</p><pre><code>y</code></pre>"),
        ("- look: ```\n  code\n  ```\n- b", "<ul><li>look:<pre><code>code</code></pre></li><li>b</li></ul>"),
        ("    ```\n    if x:\n      y\n    ```", "<pre><code>if x:\n  y</code></pre>"),
        ("\t```\n\tx\n\t```", "<pre><code>x</code></pre>"),
        ("```\n\n  a  \n\n\nb\n\n```", "<pre><code>\n  a  \n\n\nb\n</code></pre>"),
        ("```\necho '```x'\n```", "<pre><code>echo '```x'</code></pre>"),
        ("never ```\nclosed", "<p>never ```<br>closed</p>"),
        ("```\n\n```", "<p>```</p><p>```</p>"),
    ],
)
def test_code_blocks_keep_what_stands_between_their_fences(text, html):
    if html is None:
        html = '<p>see<br>this</p><pre data-language="c"><code class="language-c">x;</code></pre><p>and<br>so on</p>'
    assert block_html(text) == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("> a\n>:(\n>50%\n> c", "<blockquote><p>a<br>:(<br>50%<br>c</p></blockquote>"),
        ('>"x"', '<blockquote><p>"x"</p></blockquote>'),
        (">(so it is)", "<blockquote><p>(so it is)</p></blockquote>"),
        (">**x**", "<blockquote><p><strong>x</strong></p></blockquote>"),
        (">- a", "<blockquote><ul><li>a</li></ul></blockquote>"),
        (">[x](https://a.example)", '<blockquote><p><a href="https://a.example">x</a></p></blockquote>'),
        (">「引用」", "<blockquote><p>「引用」</p></blockquote>"),
        (">> x\n> y", "<blockquote><blockquote><p>x</p></blockquote><p>y</p></blockquote>"),
        ("> 5 people\n> came", "<blockquote><p>5 people<br>came</p></blockquote>"),
        ("> 1. a\n> 2. b", '<blockquote><ol start="1"><li>a</li><li>b</li></ol></blockquote>'),
    ],
)
def test_a_quote_begins_with_a_word_and_holds_every_marked_line(text, html):
    assert block_html(text) == html


@pytest.mark.parametrize(
    "text",
    [">50%", "> 5 people", ">>> x", ">>> x = 1\n>>> x\n1", ">>>>>>> branch", ">:(", ">_<", ">.<", ">o<", ">=5", ">&2"],
)
def test_numbers_prompts_and_faces_are_no_quotes(text):
    assert visible_text(text) == text
    assert "<blockquote" not in block_html(text)


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        (r"\- x", "- x"),
        (r"\* x", "* x"),
        (r"1\. x", "1. x"),
        (r"\> x", "> x"),
        ("a\n\\- *b*", "a\n- b"),
        ("\\```\nx\n\\```", "```\nx\n```"),
        ("\\|a|b|\n|-|-|", "|a|b|\n|-|-|"),
        (r"\*so\* it is", "*so* it is"),
        # elsewhere they stay
        (r"C:\*.txt \d+\. \[x] \_x", r"C:\*.txt \d+\. \[x] \_x"),
        (r"a \- b 1\. c", r"a \- b 1\. c"),
        (r"s/\/\*foo\*\///", r"s/\/\*foo\*\///"),
        (r"\\server\x", r"\\server\x"),
        (r"\|/ ____ \|/", r"\|/ ____ \|/"),
    ],
)
def test_a_backslash_is_hidden_only_where_it_keeps_a_line_from_being_a_block(text, visible):
    assert visible_text(text) == visible


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        *[
            (f"https://a.example/x{mark}次", ["https://a.example/x"])
            for mark in "。，、；：！？（）「」『』【】《》”’»"
        ],
        ("“https://a.example/x”", ["https://a.example/x"]),
        ("https://ja.example/日本語/é", ["https://ja.example/日本語/é"]),
        ("日本のhttps://a.example/", ["https://a.example/"]),
        ("xhttps://a.example/", []),
        ("https://a.example/#/?_g=(time:(from:'a',to:'b'))", ["https://a.example/#/?_g=(time:(from:'a',to:'b'))"]),
        ("(https://a.example/Foo_(bar_(baz)))", ["https://a.example/Foo_(bar_(baz))"]),
        ("https://a.example/foo_ https://a.example/*", ["https://a.example/foo_", "https://a.example/*"]),
        ("*https://a.example/foo*, _https://a.example_", ["https://a.example/foo", "https://a.example"]),
        ('"https://a.example"', ["https://a.example"]),
        ("'https://a.example'", ["https://a.example"]),
        ("['http://a.example','http://b.example']", ["http://a.example", "http://b.example"]),
        (
            "https://a.example/Ohm’s_law, https://a.example/it's",
            ["https://a.example/Ohm’s_law", "https://a.example/it's"],
        ),
        ("http://a.example|http://b.example,http://c.example", [f"http://{x}.example" for x in "abc"]),
        (r"\url{https://a.example/x}", ["https://a.example/x"]),
        ("https://a.example/{id}/x", ["https://a.example/{id}/x"]),
        ("www.example.org, WWW.a-b.example/x_y", ["http://www.example.org", "http://WWW.a-b.example/x_y"]),
        ("ada@example.org.", ["mailto:ada@example.org"]),
        ("Ada <ada.b+c@example.org>", ["mailto:ada.b+c@example.org"]),
        (
            "邮箱ada@example.org请 见www.example.org ada@почта.рф",
            [
                "mailto:ada@example.org",
                "http://www.example.org",
                "mailto:ada@почта.рф",
            ],
        ),
        ("git@example.org:a/b ssh://git@example.org @ada a@b 5@7.5", []),
        ("www. wwww.a.b foo.www.a.b www.a", []),
    ],
)
def test_addresses_end_where_a_reader_ends_them(text, urls):
    assert link_urls(text) == urls
    if not text.startswith("*"):
        assert visible_text(text) == text


def test_a_host_without_a_scheme_has_at_most_eight_labels_of_one_letter():
    """Regression: each `www.` in a word of 4,000 characters read it to its end, and rendering took 25 milliseconds."""
    assert link_urls("www." + "a." * 8 + "example") == ["http://www." + "a." * 8 + "example"]
    assert link_urls("www." + "a." * 9 + "example") == []


def test_the_title_of_a_link_is_its_title():
    assert inline_html('[x](https://a.example "the title")') == '<a href="https://a.example" title="the title">x</a>'
    assert inline_html("[x](https://a.example 'a <b>')") == '<a href="https://a.example" title="a &lt;b&gt;">x</a>'


@pytest.mark.parametrize(
    "text",
    ["- old\n+ new", "@@ -1 +1 @@\n- old\n+new", "* note", "* ada waves", "29. 11. 2026", "29. November", "1. a\n3. c"],
)
def test_signs_that_are_no_bullets_are_text(text):
    assert visible_text(text) == text
    assert block_html(text) == "<p>" + text.replace("\n", "<br>") + "</p>"


def test_an_item_may_begin_with_a_decimal_number():
    """Regression: these were taken for dates."""
    assert block_html("1. 10.5 kg\n2. 3.5 l") == '<ol start="1"><li>10.5 kg</li><li>3.5 l</li></ol>'
    assert block_html("29.\t11. 2026\n30.  11.") == "<p>29.\t11. 2026<br>30.  11.</p>"


def test_a_plus_after_a_list_leaves_it_a_list():
    assert block_html("- a\n- b\n\n+1 from me") == "<ul><li>a</li><li>b</li></ul><p>+1 from me</p>"
    assert block_html("- a\n+1 from me") == "<ul><li>a</li></ul><p>+1 from me</p>"


def test_task_items_show_a_box():
    assert block_html("- [ ] a\n- [x] *b*\n- [X] c\n- d") == (
        '<ul><li class="task">☐ a</li><li class="task">☑ <em>b</em></li><li class="task">☑ c</li><li>d</li></ul>'
    )
    assert visible_text("[ ] a [x] b") == "[ ] a [x] b"


def test_cells_between_bars_with_a_line_of_dashes_are_a_table():
    assert block_html("so:\n|a|*b*|c|\n|-|:-:|--:|\n| 1 | `x` \\| y |\n|1|2|3|4|\nend") == (
        '<p>so:</p><table><thead><tr><th>a</th><th align="center"><em>b</em></th><th align="right">c</th></tr></thead>'
        '<tbody><tr><td>1</td><td align="center"><code>x</code> | y</td><td align="right"></td></tr>'
        '<tr><td>1</td><td align="center">2</td><td align="right">3</td><td>4</td></tr></tbody></table><p>end</p>'
    )
    for text in ("a | b\n--|--\n1 | 2", "|a|b|\n|1|2|", "|a|b|\n|-|", "| or || ?"):
        assert visible_text(text) == text


@pytest.mark.parametrize(("text", "is_large"), FEW_EMOJI)
def test_a_message_of_one_to_three_emoji_is_shown_large(text, is_large):
    assert ('<p class="emoji">' in block_html(text)) == is_large


def test_a_long_document_keeps_its_markup():
    """Regression: nine of ten Markdown documents of 3,900 characters were shown plain."""
    section = (
        "## Title\n\nText with **bold** words, `code`, and [a link](https://example.org/page).\n\n- one\n- two `x`\n\n"
        "1. first\n2. second\n\n```python\nfor x in y:\n    print(x['a'])\n```\n\n> said\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n"
    )
    assert estimate_cost((section * 20)[:3900]) <= MAX_COST
