"""Text that is strange to lay out stays in its own row: every other row looks as it always does.

Between two people who say something ordinary stands one of the strange texts, or something said under a strange name.
"""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.support.browser.browser_user import Person
from tests.support.core.command_rooms import Rooms
from tests.support.effort import Held

HEBREW, ARABIC = "\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628\u0627"
ORDINARY = "Something ordinary"
STRANGE = {
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
NAMES = {
    "a Hebrew name": HEBREW,
    "an Arabic name with a number": f"{ARABIC} 2",
    "a name with an override": "\u202enimda",
    "a name with open isolates": "\u2067\u2067ada",
    "a name of marks": "Z" + "\u0323\u0308\u0489" * 100,
    "a name in a row": "x" + "\u20e4" * 300,
}
# Where the parts of each row are within it, how wide it is, and how far it is from the row above.
ROWS = """items => items.map((item) => {
  const row = item.querySelector(".message__row").getBoundingClientRect();
  const above = item.previousElementSibling?.getBoundingClientRect().bottom ?? 0;
  const parts = [".avatar", ".message__author", ".message__time", ".message__body"].map((part) => {
    const {left, top, width, height} = item.querySelector(part).getBoundingClientRect();
    return [left - row.left, top - row.top, width, height];
  });
  return {parts, left: row.left, width: row.width, above: item.getBoundingClientRect().top - above};
})"""
WIDENED = """() => ["html", "main", "#messages"].filter((part) => {
  const {scrollWidth, clientWidth} = document.querySelector(part);
  return scrollWidth > clientWidth;
})"""
# As a font does that stacks marks far above and below the line.
PAINT = """item => {
  item.querySelector(".message__row").style.textShadow = "0 -3rem red, 0 3rem red, 0 -6rem red, 0 6rem red";
}"""


def enter(visitor: Visitor, rooms: Rooms, room: str, said: list[tuple[str, str]]) -> Person:
    """A room where each of these (name, text) was said between two ordinary ones."""
    for number, (name, text) in enumerate([("mallory", ORDINARY), *said]):
        rooms.say(room, ORDINARY, username="ada", author=f"a{number}")
        rooms.say(room, text, username=name, author=f"m{number}")
        rooms.say(room, ORDINARY, username="bob", author=f"b{number}")
    reader = visitor()
    expect(reader.messages).to_have_count(3 * len(said) + 3)
    return reader


def rows_of(reader: Person) -> list[list[dict[str, Any]]]:
    """By threes: the row before, the strange one, the row after. The first three are ordinary ones."""
    rows = reader.messages.evaluate_all(ROWS)
    rows[0]["above"] = rows[3]["above"]  # the first row has no other above it
    return [rows[start : start + 3] for start in range(0, len(rows), 3)]


@pytest.mark.promise
@pytest.mark.parametrize("start", range(0, len(STRANGE), 15))  # fifty messages fit on a page
def test_strange_text_stays_in_its_row(visitor: Visitor, rooms: Rooms, room: str, held: Held, start: int) -> None:
    texts = list(STRANGE.values())[start : start + 15]
    reader = enter(visitor, rooms, room, [("mallory", text) for text in texts])
    ordinary, *others = rows_of(reader)
    for before, strange, after in others:
        assert [before, after] == [ordinary[0], ordinary[2]]
        assert strange["parts"][:3] == ordinary[1]["parts"][:3], "the name and the time are where they always are"
        assert (strange["left"], strange["width"]) == (ordinary[1]["left"], ordinary[1]["width"])
    assert reader.page.evaluate(WIDENED) == []
    held("strange texts", len(texts))


@pytest.mark.promise
def test_a_strange_name_stays_in_front_of_its_time(visitor: Visitor, rooms: Rooms, room: str, held: Held) -> None:
    reader = enter(visitor, rooms, room, [(name, ORDINARY) for name in NAMES.values()])
    ordinary, *others = rows_of(reader)
    for before, strange, after in others:
        assert [before, after] == [ordinary[0], ordinary[2]]
        (avatar, name, time, body), usual = strange["parts"], ordinary[1]["parts"]
        assert (avatar, body) == (usual[0], usual[3])
        assert name[0] == usual[1][0]
        assert time[0] >= name[0] + name[2]
    assert reader.page.evaluate(WIDENED) == []
    held("strange texts", len(NAMES))


@pytest.mark.promise
def test_what_is_painted_far_outside_its_line_does_not_reach_the_next(
    visitor: Visitor, rooms: Rooms, room: str, held: Held
) -> None:
    reader = enter(visitor, rooms, room, [("mallory", STRANGE["4000 combining marks"])])
    neighbours = [reader.messages.nth(number) for number in (3, 5)]
    before = [neighbour.screenshot() for neighbour in neighbours]
    reader.messages.nth(4).evaluate(PAINT)
    assert [neighbour.screenshot() for neighbour in neighbours] == before
    held("strange texts")
