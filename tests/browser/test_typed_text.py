"""What is typed is what is read: blanks, directions of writing, and what a copied conversation holds."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewUser, OpenPage
from tests.support.browser.browser_user import BrowserUser
from tests.support.browser.owner_commands import run_command
from tests.support.browser.page_monitor import PageMonitor
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import LiveServer
from tests.support.servers.paused_server import paused

HEBREW, ARABIC = "\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628\u0627"
TABLE = "name   qty\nnail    12\nscrew    7"
TRACEBACK = 'Traceback (most recent call last):\n  File "a.py", line 1\n    1/0\n    ~^~\nZeroDivisionError'
# The rectangle of each occurrence of these words, in the order of reading.
RECTANGLES = """([selector, words]) => {
  const root = document.querySelector(selector);
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const found = {};
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (const word of words) {
      const at = node.data.indexOf(word);
      if (at < 0) continue;
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + word.length);
      const {left, right, top} = range.getClientRects()[0];
      found[word] = {left, right, top};
    }
  }
  const {left, right} = root.getBoundingClientRect();
  return {...found, root: {left, right}};
}"""
BOXES = """items => items.map((item) => [...item.querySelectorAll(".message__body, .message__row")].map((part) => {
  const {x, y, width, height} = part.getBoundingClientRect();
  return [x, y, width, height];
}))"""

LINES = """cell => {
  const range = document.createRange();
  range.selectNodeContents(cell);
  return range.getClientRects().length;
}"""


def rectangles(page: Page, selector: str, *words: str) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = page.evaluate(RECTANGLES, [selector, list(words)])
    assert set(found) == {*words, "root"}
    return found


def body(number: int) -> str:
    return f"#message-list > li:nth-child({number}) .message__body"


# Blanks


@pytest.mark.parametrize("text", [TABLE, TRACEBACK, "`a   b\tc`", "- a   b", "> a   b", "    if x:\n\ty()"])
def test_blanks_are_shown_as_typed(new_user: NewUser, rooms: Rooms, room: str, text: str) -> None:
    """Regression: runs of spaces, tabs and indents of a stored message were shown as one space."""
    rooms.say(room, text)
    ada = new_user("ada")
    typed = text.lstrip("->" if text[0] in "->" else "").strip("`").removeprefix(" " if text[0] in "->" else "")
    assert ada.bodies.first.evaluate("body => body.innerText") == typed


def test_columns_of_an_inline_table_are_apart(new_user: NewUser, rooms: Rooms, room: str) -> None:
    rooms.say(room, "name qty", "name          qty", "`name          qty`")
    ada = new_user("ada")
    narrow, wide, code = (rectangles(ada.page, body(number), "name", "qty") for number in (1, 2, 3))
    gap = narrow["qty"]["left"] - narrow["name"]["right"]
    assert wide["qty"]["left"] - wide["name"]["right"] > 9 * gap
    assert code["qty"]["left"] - code["name"]["right"] > 9 * gap


@pytest.mark.parametrize("options", [{}, {"viewport": {"width": 390, "height": 780}, "is_mobile": True}])
def test_a_message_stays_where_it_is_when_it_is_stored(
    new_user: NewUser, server: LiveServer, options: dict[str, Any]
) -> None:
    """Regression: a table without a fence lost its blanks, and a blank line half its height, when it was stored."""
    ada = new_user("ada", **options)
    texts = [
        "one line",
        TABLE,
        TRACEBACK,
        "two\n\nparagraphs\n \n\nand three",
        f"{HEBREW}!\n{HEBREW} a  b",
        "    x  ",
        "👍",
    ]
    with paused(server):
        for text in texts:
            ada.composer.fill(text)
            ada.page.get_by_role("button", name="Send").click()
        expect(ada.pending).to_have_count(len(texts))
        pending = ada.messages.evaluate_all(BOXES)
    expect(ada.page.locator("#message-list > li[data-id]:not([data-state])")).to_have_count(len(texts))
    expect(ada.pending).to_have_count(0)
    assert ada.messages.evaluate_all(BOXES) == pending


# Directions of writing


def test_code_and_addresses_in_a_right_to_left_line_keep_their_order(
    new_user: NewUser, rooms: Rooms, room: str
) -> None:
    """Regression: the signs at the ends of code stood on its other side, and an address was shown in another order."""
    rooms.say(
        room, f"{HEBREW} `-v foo(x)!` {ARABIC}", f"{HEBREW} https://example.org:80/{HEBREW}/?q={HEBREW}&z=1 {HEBREW}"
    )
    ada = new_user("ada")
    code = rectangles(ada.page, body(1), "-v", "foo", "!", HEBREW, ARABIC)
    assert code["-v"]["right"] <= code["foo"]["left"] < code["!"]["left"]
    assert code[ARABIC]["right"] < code["-v"]["left"] < code[HEBREW]["left"]
    link = rectangles(ada.page, f"{body(2)} a", "https", "/?q", "&z")
    assert link["https"]["right"] < link["/?q"]["left"] < link["&z"]["left"]


def test_each_line_of_a_message_has_its_own_direction(new_user: NewUser, rooms: Rooms, room: str) -> None:
    """Regression: the first line decided for all, so that the full stop of another line stood in front of it."""
    rooms.say(room, f"{HEBREW} world.\nhello.", f"- {HEBREW}.\n- hello.")
    ada = new_user("ada")
    found = rectangles(ada.page, body(1), HEBREW, "world", "hello", "o.")
    assert found[HEBREW]["right"] == pytest.approx(found["root"]["right"], abs=1)
    assert found["world"]["right"] < found[HEBREW]["left"]
    assert found["hello"]["left"] == pytest.approx(found["root"]["left"], abs=1)
    assert found["o."]["left"] > found["hello"]["left"]


def test_a_code_block_is_left_to_right_also_after_a_hebrew_comment(new_user: NewUser, rooms: Rooms, room: str) -> None:
    """Regression: the first letter of the comment turned the block around."""
    rooms.say(room, f"```\n# {HEBREW}\nx = 1\n```", f"{HEBREW}\n```\n{HEBREW} comment\n```")
    ada = new_user("ada")
    comment = rectangles(ada.page, f"{body(1)} pre", "#", HEBREW, "x")
    assert comment["#"]["right"] < comment[HEBREW]["left"]
    assert comment["x"]["left"] == pytest.approx(comment["#"]["left"], abs=1)
    assert comment["x"]["left"] - comment["root"]["left"] < 40
    comment = rectangles(ada.page, f"{body(2)} pre", HEBREW, "comment")
    assert comment[HEBREW]["right"] < comment["comment"]["left"]
    assert comment[HEBREW]["left"] - comment["root"]["left"] < 40


def test_the_markers_of_right_to_left_items_and_quotes_stand_on_their_right(
    new_user: NewUser, rooms: Rooms, room: str
) -> None:
    """Regression: the marker of a right-to-left item stood outside of the message, the line of a quote on its left."""
    rooms.say(room, f"- {HEBREW}\n- hello", f"> {HEBREW}\n> hello", f"> hello\n> {HEBREW}")
    ada = new_user("ada")
    found = rectangles(ada.page, body(1), HEBREW, "hello")
    assert found["root"]["right"] - found[HEBREW]["right"] == pytest.approx(24, abs=1)
    assert found["hello"]["left"] - found["root"]["left"] == pytest.approx(24, abs=1)
    borders = ada.page.locator("blockquote").evaluate_all(
        "quotes => quotes.map((quote) => [quote.clientLeft, quote.offsetWidth - quote.clientLeft - quote.clientWidth])"
    )
    assert borders == [[0, 3], [3, 0]]


# Copying


SELECT = "() => getSelection().selectAllChildren(document.querySelector('#message-list'))"


def clipboard_of(user: BrowserUser) -> str:
    """The plain text that the clipboard holds after all messages were selected and copied."""
    user.page.evaluate(SELECT)
    user.page.keyboard.press("Control+c")
    text: str = user.page.evaluate("() => navigator.clipboard.readText()")
    return text


def lines_of(text: str) -> list[str]:
    return [line for line in text.replace("\r\n", "\n").split("\n") if line.strip()]


def test_a_copied_conversation_has_names_times_and_texts_on_their_own_lines(
    new_user: NewUser, rooms: Rooms, room: str
) -> None:
    """Regression: a continued message began with `bot14:03` in one word, of which nothing is shown."""
    times = [f"2026-11-23T14:0{minute}:00.000Z" for minute in range(5)]
    for text, time in zip(["one", "two   words", "```\n  code\n```", "a\nb"], times, strict=False):
        rooms.say(room, text, username="bot", author="b1", timestamp=time)
    rooms.say(room, "**last**", username="eve", author="e1", timestamp=times[4])
    ada = new_user("ada", permissions=["clipboard-read", "clipboard-write"], timezone_id="UTC")
    expected = ["bot", "14:00", "one", "two   words", "  code", "a", "b", "eve", "14:04", "last"]
    ada.page.evaluate(SELECT)
    day, *selected = lines_of(ada.page.evaluate("() => getSelection().toString()"))
    assert "23 November" in day
    assert selected == expected
    assert lines_of(clipboard_of(ada)) == [day, *expected]


# The export as a page


def test_the_exported_page_shows_blanks_and_directions_as_the_room_does(
    open_page: OpenPage, monitor: PageMonitor, rooms: Rooms, room: str, tmp_path: Path
) -> None:
    """Regression: it showed runs of spaces as one, and put the end of right-to-left code in front of it."""
    texts = [
        "name qty",
        "name          qty",
        f"{HEBREW} `-v foo!` {ARABIC}\nhello",
        f"```\n# {HEBREW}\nx\n```",
        f"- {HEBREW}",
    ]
    rooms.say(room, *texts)
    file = tmp_path / "export.html"
    run_command(rooms, "export_history", "--room", room, "--format", "html", "-o", str(file))
    page = open_page()
    monitor.confine(page, file.as_uri())
    page.goto(file.as_uri())
    narrow, wide = (rectangles(page, text_of(number), "name", "qty") for number in (1, 2))
    assert wide["qty"]["left"] - wide["name"]["right"] > 9 * (narrow["qty"]["left"] - narrow["name"]["right"])
    code = rectangles(page, text_of(3), HEBREW, "-v", "!", "hello")
    assert code["-v"]["right"] < code["!"]["left"] < code[HEBREW]["left"]
    assert code["hello"]["left"] == pytest.approx(code["root"]["left"], abs=1)
    comment = rectangles(page, text_of(4), "#", HEBREW, "x")
    assert comment["#"]["left"] == pytest.approx(comment["x"]["left"], abs=1)
    item = rectangles(page, text_of(5), HEBREW)
    assert item["root"]["right"] - item[HEBREW]["right"] == pytest.approx(40, abs=1)


def test_wide_tables_keep_their_words_whole(
    open_page: OpenPage, new_user: NewUser, monitor: PageMonitor, rooms: Rooms, room: str, tmp_path: Path
) -> None:
    """Regression: the exported page broke the words of a wide table after each letter instead of scrolling it."""
    rooms.say(room, f"|{'column|' * 30}\n|{'-|' * 30}")
    file = tmp_path / "export.html"
    run_command(rooms, "export_history", "--room", room, "--format", "html", "-o", str(file))
    export = open_page()
    monitor.confine(export, file.as_uri())
    export.goto(file.as_uri())
    for page in (export, new_user().page):
        expect(page.locator("th").first).to_be_visible()
        assert page.locator("th").first.evaluate(LINES) == 1
        assert page.locator("table").evaluate("table => table.scrollWidth > table.clientWidth")


def text_of(number: int) -> str:
    return f"article:nth-of-type({number}) .text"
