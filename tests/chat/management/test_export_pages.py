"""The exports for people: one HTML page, and Markdown. Hostile text stays text in both."""

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from chat.history import as_markdown
from chat.history.formats import Export, RoomHistory
from chat.history.reading import StoredMessage
from chat.storage import Draft
from tests.support.core.command_rooms import Call, Rooms
from tests.support.hostile_text import MARK, SCRIPT_URL

HOSTILE = [
    f"<{MARK}>",
    f"</style><{MARK}>",
    f"<img {MARK}>",
    f'"><svg/{MARK}>',
    f"<style>{MARK} {{}}</style>",
    f'<meta name="{MARK}" {MARK}="1">',
    f"<base {MARK}>",
    f"[click]({SCRIPT_URL})",
    f"![track](http://{MARK}.invalid/pixel.png)",
    SCRIPT_URL,
    "</article></section></main></body></html>",
    "<!-- ",
    "]]>",
    "&lt;script&gt;",
]
TAGS = set(
    "html head meta title style body header h1 h2 h3 p main section article nav ul li a bdi time div"
    " br strong em del code pre blockquote ol".split()
)


class Page(HTMLParser):
    """Every tag and attribute of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "tags are closed in their order"

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def test_hostile_text_and_names_stay_text_on_the_page(rooms: Rooms, call: Call) -> None:
    rooms.store.create("lobby", f'<b {MARK}="x">Lobby')
    for text in HOSTILE:
        rooms.say("lobby", text, username=text[:32], author='"><script>')
    page = Page(call("export_history", "--format", "html").out)
    assert page.open == []
    assert {tag for tag, _ in page.tags} <= TAGS
    names = {name for _, attributes in page.tags for name in attributes}
    assert not [name for name in names if name.startswith("on") or name in {MARK, "src", "style", "srcset", "action"}]
    links = [attributes["href"] or "" for tag, attributes in page.tags if tag == "a"]
    assert all(re.match(r"#[a-z0-9:-]+$|https?://|mailto:", link) for link in links)
    for text in HOSTILE[:7]:
        assert text in page.text


def test_the_page_forbids_scripts_and_fetches_nothing(rooms: Rooms, call: Call) -> None:
    rooms.say("lobby", "hello")
    out = call("export_history", "--format", "html").out
    page = Page(out)
    policy = [attributes["content"] for tag, attributes in page.tags if attributes.get("http-equiv")]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]
    assert out.index("Content-Security-Policy") < out.index("<title>")
    assert not {"script", "link", "img", "iframe", "object", "base", "form"} & {tag for tag, _ in page.tags}
    style = out.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    assert "prefers-color-scheme: dark" in style


def test_the_page_has_a_heading_for_each_day_and_a_list_of_several_rooms(rooms: Rooms, call: Call) -> None:
    days = ["2026-11-01T10:00:00.000Z", "2026-11-01T11:00:00.000Z", "2026-11-02T09:00:00.000Z"]
    rooms.append("lobby", [Draft(author="a1", username="ada", message=day, timestamp=day) for day in days])
    rooms.say("garden", "a *very* long question " * 9, id=7, timestamp=days[0])
    rooms.say("garden", "*green*", reply_to=7)
    out = call("export_history", "--format", "html").out
    assert re.findall(r"<h3>(.*?)</h3>", out)[2:] == ["1 November 2026", "2 November 2026"]
    assert '<li><a href="#garden">' in out
    assert "<em>green</em>" in out
    begin = ("a very long question " * 3)[:59]
    assert f'<a href="#garden:7">in reply to <bdi>ada</bdi>: <bdi>{begin}…</bdi></a>' in out


def test_every_place_on_the_page_has_an_address_of_its_own(rooms: Rooms, call: Call) -> None:
    rooms.say("lobby", "one", "two")
    rooms.say("lobby-2", "three")
    page = Page(call("export_history", "--format", "html").out)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert "lobby:2" in ids


def markdown_of(message: str, username: str = "ada") -> str:
    stored = StoredMessage(2, "a1", username, message, "2026-11-23T12:00:00.000Z", None, None)
    history = RoomHistory("lobby", "Lobby", "e", iter([stored]))
    return "".join(as_markdown.text(Export("2026-11-23T12:00:00.000Z", [], [history])))


def shown(markdown: str) -> str:
    """What a reader sees of the quoted message; code keeps its spaces, other text does not."""
    html = MarkdownIt("commonmark").render(markdown)
    quote = html.partition("<blockquote>")[2].rpartition("</blockquote>")[0]
    return unescape(re.sub(r"</?(?:p|pre|code|br|a)\b[^>]*>", "", quote))


def words(text: str) -> list[str]:
    return text.split()


@pytest.mark.parametrize(
    "message",
    [
        *HOSTILE,
        "# no heading",
        "1. no list\n2) no list\n- no list\n+ no list\n* no list",
        "above\n===\n---",
        "**not bold** _not_ `not code` ~~not~~ | a | b |",
        "> no quote in the quote",
        "two\n\nparagraphs\n\n\n\nthree",
        "a\\",
        "    def indented():\n        pass",
        "```\nfence\n```",
        "````\n```\n",
        "see https://example.org/a_b_c*d?x=1&y=<2>.",
        "&amp; &lt;",
        "[a]: http://example.org",
        "https://example.org/?a=1&amp;b_c=2&#65;",
        "www.example.org/a_b_c and WWW.example.org/*",
        "ftp://example.org/a_b_c, irc://example.org/*",
    ],
)
def test_markdown_shows_what_was_typed(message: str) -> None:
    assert words(shown(markdown_of(message))) == words(message)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab1 \n\t.#*_-+=>`~[]()<>!&;:/\\|$\"'@"), min_size=1, max_size=60))
def test_markdown_shows_whatever_was_typed(message: str) -> None:
    assert words(shown(markdown_of(message))) == words(message)


@pytest.mark.parametrize(
    "message",
    ["name   qty\nnail    12", "a  b", "\tx\ty", "    if x:\n\n      y  \n    z", "```\ncode  \n\n```", "``` a  b"],
)
def test_markdown_keeps_blanks(message: str) -> None:
    """Regression: runs of spaces inside a line stood outside of code, where a reader of the page sees one of them."""
    html = MarkdownIt("commonmark").render(markdown_of(message))
    code = re.search(r"<pre><code>(.*)\n</code></pre>", html, re.DOTALL)
    assert code
    assert unescape(code[1]) == message


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("https://a.example/?x=1&y=2_3", "> <https://a.example/?x=1&y=2_3>"),
        ("https://a.example/?x&amp;y", "> [https\\://a.example/?x\\&amp;y](<https://a.example/?x&amp;amp;y>)"),
        ("www.a.example/_x_", "> [www\\.a.example/\\_x\\_](<http://www.a.example/_x_>)"),
        ("www.[a_b]", "> www\\.\\[a\\_b\\]"),
        ("看https://a.example/，好", "> 看<https://a.example/>，好"),
        # Regression: this was an image, so that its text was hidden and whoever read the file fetched it.
        ("!www.a.example", "> \\![www\\.a.example](<http://www.a.example>)"),
        ("ada_b@a.example", "> ada\\_b@a.example"),
    ],
)
def test_markdown_keeps_addresses_as_typed_for_every_reader(message: str, line: str) -> None:
    """Regression: cmark reads `<https://a.example/?x&amp;y>` as `?x&y`, and GitHub shows the backslash in `www.`."""
    assert markdown_of(message).splitlines()[-1] == line
    assert words(shown(markdown_of(message))) == words(message)


def test_the_page_shows_blanks_and_directions_of_writing(rooms: Rooms, call: Call) -> None:
    """Regression: runs of spaces and indents were shown as one space. The browser tests look at the page itself."""
    rooms.say("lobby", "name   qty\n\tnail")
    out = call("export_history", "--format", "html").out
    assert "name   qty<br>\tnail" in out
    style = out.partition("<style>")[2].partition("</style>")[0]
    assert re.search(r"\.text p,[^}]*white-space: pre-wrap;", style)


def test_markdown_escapes_names_too() -> None:
    html = MarkdownIt("commonmark").render(markdown_of("hi", username="*<b>x</b>"))
    assert "<strong>*&lt;b&gt;x&lt;/b&gt;</strong>" in html


def test_markdown_has_rooms_days_and_replies(rooms: Rooms, call: Call) -> None:
    rooms.say("lobby", "what?", timestamp="2026-11-01T10:00:00.000Z", id=7)
    rooms.say("lobby", "hello\nthere", timestamp="2026-11-01T10:00:00.000Z", reply_to=7)
    lines = call("export_history", "--format", "md").lines
    assert "# lobby" in lines
    assert "## 1 November 2026" in lines
    assert "**ada** 10:00 (no. 8, in reply to ada, no. 7)" in lines
    assert lines[-2:] == ["> hello\\", "> there"]
