"""Unusual Unicode text does not leave its row: all other rows have their usual layout.

Each test puts an unusual text, or an ordinary text with an unusual username, between two ordinary messages.
"""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewUser
from tests.support.browser.browser_user import BrowserUser
from tests.support.core.command_rooms import Rooms
from tests.support.effort import Tally

HEBREW, ARABIC = "\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628\u0627"
ORDINARY = "Something ordinary"
UNUSUAL = {
    "an override": f"\u202e{ORDINARY} \u202d\u202e\u202e",
    "an override on many lines": "\n".join(f"\u202e{ORDINARY}" for _ in range(5)),
    "open isolates": f"\u2067\u2067\u2066\u2067{ORDINARY}",
    "open embeddings": "\u202b\u202a" * 61 + ORDINARY,
    "closings of what was never opened": f"\u2069\u202c\u2069{ORDINARY}\u202c\u202c",
    "direction marks": f"\u200f{ORDINARY}\u200f!\u061c",
    "right to left": f"{HEBREW} {ORDINARY} 123 ({ARABIC})!",
    "right to left in bold and a list": f"**{HEBREW}** {ORDINARY}\n- {ARABIC} 1\n- {ORDINARY}",
    "right to left in a quote, and in code": f"> {HEBREW}!\n\n```\n{ARABIC} = 1\n```",
    "4000 combining marks": "Z" + "\u0323\u0308\u0489" * 1333,
    "piled marks on every letter": "".join(letter + "\u0300\u0323\u0489\u20dd" * 20 for letter in ORDINARY),
    "a row of enclosing marks": "x" + "\u20e4" * 400,
    "a row of vowel signs": "\u0e47" * 300 + "x",
    "zero width": "\u200b\u200c\u200d\u2060\ufeff" * 200 + "x",
    "blank letters": "\u3164\u2800\u115f\uffa0" * 100 + "x",
    "the widest letter": "\ufdfd" * 50,
    "one family": "\U0001f469" + "\u200d\U0001f469" * 500,
    "variation selectors": "x" + "\ufe0f\ufe0e\U000e0100" * 300,
    "line and paragraph separators": "x\u2028y\u2029z" * 20,
    "tags": "\U0001f3f4" + "\U000e0067\U000e0062\U000e0065" * 100,
}
UNUSUAL_NAMES = {
    "a Hebrew name": HEBREW,
    "an Arabic name with a number": f"{ARABIC} 2",
    "a name with an override": "\u202enimda",
    "a name with open isolates": "\u2067\u2067ada",
    "a name of marks": "Z" + "\u0323\u0308\u0489" * 100,
    "a name in a row": "x" + "\u20e4" * 300,
}
# For each row: the position and size of its parts, its width, and its distance from the row above. A row from right to
# left is looked at in a mirror.
ROWS = """items => items.map((item) => {
  const row = item.querySelector(".message__row").getBoundingClientRect();
  const isMirrored = getComputedStyle(item.querySelector(".message__row")).direction === "rtl";
  const above = item.previousElementSibling?.getBoundingClientRect().bottom ?? 0;
  const parts = [".avatar", ".message__author", ".message__time", ".message__body"].map((part) => {
    const {left, right, top, width, height} = item.querySelector(part).getBoundingClientRect();
    return [isMirrored ? row.right - right : left - row.left, top - row.top, width, height];
  });
  return {parts, left: row.left, width: row.width, above: item.getBoundingClientRect().top - above};
})"""
OVERFLOWING = """() => ["html", "main", "#messages"].filter((part) => {
  const {scrollWidth, clientWidth} = document.querySelector(part);
  return scrollWidth > clientWidth;
})"""
# Imitates a font that stacks combining marks far above and below the line.
PAINT_OUTSIDE = """item => {
  item.querySelector(".message__row").style.textShadow = "0 -3rem red, 0 3rem red, 0 -6rem red, 0 6rem red";
}"""


def open_room_with(new_user: NewUser, rooms: Rooms, room: str, messages: list[tuple[str, str]]) -> BrowserUser:
    """A room where each of these messages (name, text) is between two ordinary ones."""
    for number, (name, text) in enumerate([("mallory", ORDINARY), *messages]):
        rooms.say(room, ORDINARY, username="ada", author=f"a{number}")
        rooms.say(room, text, username=name, author=f"m{number}")
        rooms.say(room, ORDINARY, username="bob", author=f"b{number}")
    reader = new_user()
    expect(reader.messages).to_have_count(3 * len(messages) + 3)
    return reader


def rows_of(reader: BrowserUser) -> list[list[dict[str, Any]]]:
    """Groups of three: the row before, the unusual row, the row after. The first group is ordinary throughout."""
    rows = reader.messages.evaluate_all(ROWS)
    rows[0]["above"] = rows[3]["above"]  # there is no row above the first one
    return [rows[start : start + 3] for start in range(0, len(rows), 3)]


@pytest.mark.promise
@pytest.mark.parametrize("start", range(0, len(UNUSUAL), 15))  # fifty messages fit on a page
def test_unusual_text_stays_in_its_row(new_user: NewUser, rooms: Rooms, room: str, tally: Tally, start: int) -> None:
    texts = list(UNUSUAL.values())[start : start + 15]
    reader = open_room_with(new_user, rooms, room, [("mallory", text) for text in texts])
    ordinary, *others = rows_of(reader)
    for before, unusual, after in others:
        assert [before, after] == [ordinary[0], ordinary[2]]
        assert unusual["parts"][:3] == ordinary[1]["parts"][:3], "the name and the time have their usual position"
        assert (unusual["left"], unusual["width"]) == (ordinary[1]["left"], ordinary[1]["width"])
    assert reader.page.evaluate(OVERFLOWING) == []
    tally("unusual texts", len(texts))


@pytest.mark.promise
def test_an_unusual_name_stays_in_front_of_its_time(new_user: NewUser, rooms: Rooms, room: str, tally: Tally) -> None:
    reader = open_room_with(new_user, rooms, room, [(name, ORDINARY) for name in UNUSUAL_NAMES.values()])
    ordinary, *others = rows_of(reader)
    for before, unusual, after in others:
        assert [before, after] == [ordinary[0], ordinary[2]]
        (avatar, name, time, body), ordinary_parts = unusual["parts"], ordinary[1]["parts"]
        assert (avatar, body) == (ordinary_parts[0], ordinary_parts[3])
        assert name[0] == ordinary_parts[1][0]
        assert time[0] >= name[0] + name[2]
    assert reader.page.evaluate(OVERFLOWING) == []
    tally("unusual texts", len(UNUSUAL_NAMES))


@pytest.mark.promise
def test_text_painted_outside_its_line_does_not_cover_the_neighbours(
    new_user: NewUser, rooms: Rooms, room: str, tally: Tally
) -> None:
    reader = open_room_with(new_user, rooms, room, [("mallory", UNUSUAL["4000 combining marks"])])
    neighbours = [reader.messages.nth(number) for number in (3, 5)]
    before = [neighbour.screenshot() for neighbour in neighbours]
    reader.messages.nth(4).evaluate(PAINT_OUTSIDE)
    assert [neighbour.screenshot() for neighbour in neighbours] == before
    tally("unusual texts")
