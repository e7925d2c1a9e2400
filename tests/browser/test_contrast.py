"""A crowded page with more contrast, or with the colours of the system: nothing important disappears."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import OpenPage
from tests.browser.test_accessibility import expect_no_violations
from tests.support.browser.browser_user import BrowserUser
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import LiveServer, wait_until

SCHEMES: list[Literal["light", "dark"]] = ["light", "dark"]
PEOPLE = [{"author": f"a{number}", "username": f"person-{number}"} for number in range(300)]
# Whether the element has an edge or a ground of its own that can be told from the page in forced colours.
HAS_EDGE = """(element, pseudo) => {
  const style = getComputedStyle(element, pseudo || null);
  const page = getComputedStyle(document.body).backgroundColor;
  const isDrawn = (width, line, colour) => parseFloat(width) > 0 && line !== "none" && colour !== page;
  return isDrawn(style.borderInlineStartWidth, style.borderInlineStartStyle, style.borderInlineStartColor)
    || isDrawn(style.outlineWidth, style.outlineStyle, style.outlineColor)
    || ![page, "rgba(0, 0, 0, 0)"].includes(style.backgroundColor);
}"""
STANDS_STILL = """() => new Promise((resolve) => {
  const answer = () => resolve(!document.getAnimations().some(({playState}) => playState === "running"));
  requestAnimationFrame(() => requestAnimationFrame(answer));
})"""
# Selector, pseudo-element.
DRAWN_IN_FORCED_COLORS = [
    (".room-link[aria-current]", "::before"),  # selection
    (".room-link__count", ""),  # unread
    (".message[data-state=failed] .message__row", ""),
    (".composer", ""),
    (".composer__send", ""),
    (".avatar", ""),
]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    """A server for one test, with many rooms."""
    with LiveServer(tmp_path / "storage", "serve", {"CHAT_RATE": "0"}) as server:
        yield server


def test_a_crowded_page(open_page: OpenPage, server: LiveServer, rooms: Rooms, room: str) -> None:
    for number in range(300):
        rooms.say(f"other-{number}", "hello")
    rooms.say(room, "one", "two", "three", username="Bob", author="bob")
    page = open_page()
    page.route_web_socket("**/ws/**", _fill_the_room)
    page.goto(f"{server.url}/chat/{room}/")
    wait_until(lambda: page.evaluate("() => localStorage.getItem('chatsite:visited')"), "the first visit noted")
    page.evaluate("() => localStorage.setItem('chatsite:seen:other-299', '0')")
    ada = BrowserUser(page, server.url).visit(room).join("ada")
    rooms.damage(room, 2)
    ada.send("refused")
    expect(ada.failed).to_have_count(1)
    ada.composer.fill("something to send")
    expect(page.locator(".room-link__count").first).to_be_attached()
    for scheme in SCHEMES:
        _emulate(page, color_scheme=scheme, contrast="no-preference", forced_colors="none")
        expect_no_violations(page)
        assert selection_contrast(page) >= 3
        _emulate(page, color_scheme=scheme, contrast="more", forced_colors="none")
        expect_no_violations(page)
        _emulate(page, color_scheme=scheme, forced_colors="active")
        for selector, pseudo in DRAWN_IN_FORCED_COLORS:
            assert page.locator(selector).first.evaluate(HAS_EDGE, pseudo), (selector, scheme)


def _fill_the_room(browser: WebSocketRoute) -> None:
    """Add 300 people to the welcome, as a room reports them: 100 by name."""
    server = browser.connect_to_server()

    def forward(text: str | bytes) -> None:
        frame: dict[str, Any] = json.loads(text)
        if frame["type"] == "welcome":
            frame |= {"members": [*frame["members"], *PEOPLE[:99]], "count": 300}
        browser.send(json.dumps(frame))

    server.on_message(forward)


def _emulate(page: Page, **media: Any) -> None:
    """Change the media, and wait until no colour is on its way from the old one."""
    page.emulate_media(reduced_motion="reduce", **media)
    wait_until(lambda: page.evaluate(STANDS_STILL), "the end of the transitions")


def selection_contrast(page: Page) -> float:
    """The contrast of the mark beside the open room against the side bar."""
    colors = page.evaluate(
        """() => {
          const link = document.querySelector(".room-link[aria-current]");
          const grounds = [];
          for (let part = link.parentElement; part; part = part.parentElement) grounds.push(getComputedStyle(part));
          const ground = grounds.find(({backgroundColor}) => backgroundColor !== "rgba(0, 0, 0, 0)");
          const colors = [getComputedStyle(link, "::before").backgroundColor, ground.backgroundColor];
          return colors.map((color) => color.match(/[0-9.]+/g).slice(0, 3).map(Number));
        }"""
    )
    darker, lighter = sorted(_luminance(color) for color in colors)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: list[float]) -> float:
    """The relative luminance of WCAG 2."""
    red, green, blue = (_linear(value / 255) for value in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
