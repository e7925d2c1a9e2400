"""Slack's mrkdwn and blocks: what chatsite shows is what Slack showed."""

import re
from typing import Any

import pytest

from chat.history.importers.text.slack import markdown
from chat.history.importers.text.slack_blocks import blocks_markdown
from chat.text.markup import render

Record = dict[str, Any]


class Names:
    """A directory."""

    def __init__(self) -> None:
        self.shown: dict[str, str] = {}

    def user_name(self, user_id: str) -> str:
        return {"U1": "ada", "U2": "Bo Lind"}.get(user_id, "")

    def channel_name(self, channel_id: str) -> str:
        return {"C1": "general"}.get(channel_id, "")


def shown(markdown: str) -> str:
    """The HTML of a message, without attributes and without the tags of a paragraph."""
    return re.sub(r"</?p>|(?<=<)(\w+) [^>]*(?=>)", r"\1", render(markdown)).replace("<p>", "").replace("</p>", "")


def mrkdwn(text: str) -> str:
    return shown(markdown(text, Names()))


def words(text: str, **style: bool) -> Record:
    return {"type": "text", "text": text, "style": style}


def rich(*elements: Record) -> str:
    section = {"type": "rich_text_section", "elements": list(elements)}
    return shown(blocks_markdown([{"type": "rich_text", "elements": [section]}], Names()))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*b* _i_ ~s~ `c`", "<strong>b</strong> <em>i</em> <del>s</del> <code>c</code>"),
        ("*_both_*", "<em><strong>both</strong></em>"),
        ("*yes* :white_check_mark: :our_own_one:", "<strong>yes</strong> ✅ :our_own_one:"),
        ("a*b*c snake_case_name 2*3*4", "a*b*c snake_case_name 2*3*4"),
        ("**typed** # typed", "**typed** # typed"),
        ("* no *", "* no *"),
        ("&lt;b&gt; &amp;amp; &amp;lt;", "&lt;b&gt; &amp;amp; &amp;lt;"),
        ("`-&gt; <tel:28919.86|28919.86> <http://x.example|x.example>`", "<code>-&gt; 28919.86 x.example</code>"),
        (
            "```# I'm code\n\nf() -&gt; str: *no*```",
            "<pre><code># I'm code\n\nf() -&gt; str: *no*</code></pre>",
        ),
        ("so ```x\ny``` there", "so <pre><code>x\ny</code></pre> there"),
        ("&gt; a\n&gt; *b*\nanswer", "<blockquote>a<br><strong>b</strong></blockquote>answer"),
        ("&gt;said and &gt; more", "<blockquote>said and &gt; more</blockquote>"),
        ("list:\n• one\n    ◦ two\n• three", "list:<ul><li>one<ul><li>two</li></ul></li><li>three</li></ul>"),
        ("call <tel:28919.86|28919.86>", "call 28919.86"),
        ("<https://x.example/a_b_c>", "<a>https://x.example/a_b_c</a>"),
        ("*<https://x.example/|text>*", "<strong><a>text</a></strong>"),
        ("<mailto:a@x.example|a@x.example>", "<a>a@x.example</a>"),
        ("<ftp://x.example/f|the file>", "the file (ftp://x.example/f)"),
        ("<@U1>: hi <@U2> <@U9|cleo>", '<span>@ada</span>: hi <span>@"Bo Lind"</span> <span>@cleo</span>'),
        ("<#C1> <#C2|rich-text> <#C3>", "#general #rich-text #C3"),
        (
            "<!here> <!channel|channel> <!subteam^S1|@team>",
            "<span>@here</span> <span>@channel</span> <span>@team</span>",
        ),
        ("<!date^1392734382^{date}|yesterday> <!date^1^{date}^https://x.example|then>", "yesterday then"),
        (":wave::skin-tone-3: :unknown: 10:30:20", "👋🏼 :unknown: 10:30:20"),
        ("- typed\n- typed", "- typed<br>- typed"),
        ("1. typed\n2. typed", "1. typed<br>2. typed"),
        ("", ""),
    ],
)
def test_mrkdwn(text: str, html: str) -> None:
    assert mrkdwn(text) == html


@pytest.mark.parametrize(
    ("elements", "html"),
    [
        ([words("a * b ** # <i> &amp; `x")], "a * b ** # &lt;i&gt; &amp;amp; `x"),
        ([words("bold ", bold=True), words("plain")], "<strong>bold</strong> plain"),
        ([words("gone", underline=True)], "gone"),
        ([words("a->b", code=True)], "<code>a-&gt;b</code>"),
        ([{"type": "user", "user_id": "U2"}, words(" hi")], '<span>@"Bo Lind"</span> hi'),
        ([{"type": "channel", "channel_id": "C1"}], "#general"),
        ([{"type": "broadcast", "range": "here"}], "<span>@here</span>"),
        ([{"type": "emoji", "name": "wave", "unicode": "1f44b", "skin_tone": 3}], "👋🏼"),
        ([{"type": "emoji", "name": "our-parrot"}], ":our-parrot:"),
        (
            [{"type": "link", "url": "https://x.example/", "text": "t", "style": {"bold": True}}],
            "<strong><a>t</a></strong>",
        ),
        ([{"type": "date", "timestamp": 1, "format": "{date}", "fallback": "then"}], "then"),
        ([{"type": "next_years", "text": "kept"}], "kept"),
        ([{"type": "next_years", "elements": [words("deep")]}, {"type": None}, {}], "deep"),
    ],
)
def test_rich_text(elements: list[Record], html: str) -> None:
    assert rich(*elements).replace('class="emoji"', "") == html


def section(*elements: Record) -> Record:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


def raw(text: str) -> Record:
    return {"type": "raw_text", "text": text}


CHART = {
    "type": "line",
    "series": [{"name": "web", "data": [{"label": "May", "value": 3}, {"label": "June", "value": 4}]}],
}


@pytest.mark.parametrize(
    ("block", "markdown"),
    [
        (
            {"type": "table", "rows": [[raw("a"), raw("b")], [section(words("x|y", bold=True)), raw("1")]]},
            "|a|b|\n|-|-|\n|**x\\|y**|1|",
        ),
        (
            {
                "type": "data_table",
                "caption": "Sums",
                "rows": [[raw("n"), raw("sum")], [raw("x"), {"type": "raw_number", "value": 2.5}]],
            },
            "**Sums**\n|n|sum|\n|-|-|\n|x|2.5|",
        ),
        (
            {
                "type": "data_visualization",
                "title": "Pies",
                "chart": {
                    "type": "pie",
                    "segments": [{"label": "apple", "value": 45.0}, {"label": "rhubarb", "value": 9}],
                },
            },
            "**Pies**\n- apple: 45\n- rhubarb: 9",
        ),
        (
            {"type": "data_visualization", "title": "Visits", "chart": CHART},
            "**Visits**\n||web|\n|-|-|\n|May|3|\n|June|4|",
        ),
        (
            {
                "type": "plan",
                "title": "Done",
                "tasks": [
                    {
                        "type": "task_card",
                        "title": "Read the weather",
                        "output": section(words("rain")),
                        "sources": [{"type": "url", "url": "https://w.example/", "text": "weather"}],
                    }
                ],
            },
            "**Done**\n- Read the weather\n  rain\n  [weather](https://w.example/)",
        ),
        (
            {
                "type": "markdown",
                "text": "# Head\n**b** <@U1> <#C1> <!here>\n\n1. one\n2. two\n\n[l](https://x.example/) `c` &lt;",
            },
            "**Head**\n**b** @ada #general @here\n1. one\n2. two\n[l](https://x.example/) `c` <",
        ),
        (
            {
                "type": "context_actions",
                "elements": [
                    {"type": "feedback_buttons", "positive_button": {"text": {"type": "plain_text", "text": "+"}}}
                ],
            },
            "",
        ),
    ],
)
def test_blocks_of_apps_keep_their_data(block: Record, markdown: str) -> None:
    assert blocks_markdown([block], Names()) == markdown


def test_two_tables_stay_two() -> None:
    table = {"type": "table", "rows": [[raw("a")], [raw("b")]]}
    assert blocks_markdown([table, table], Names()) == "|a|\n|-|\n|b|\n\n|a|\n|-|\n|b|"
