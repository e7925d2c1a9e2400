#!/usr/bin/env python3
"""Pictures of the page, from a server of this checkout over a temporary folder. Nothing of storage/ is touched.

    .venv/bin/python scripts/screenshots.py                   # the README's: three people talk; docs/images/*.png
    .venv/bin/python scripts/screenshots.py --states OUT      # every state (tests/support/browser/*_states.py)
    .venv/bin/python scripts/screenshots.py --states OUT offline settings    # only these

The pictures of the states are light and dark, in English at 390, 820, 1440 and 1920 px, and in German at 390 and
1440 px. OUT/index.html shows all of them.
"""

import argparse
import itertools
import sys
import tempfile
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from playwright.sync_api import Browser, Page, expect, sync_playwright  # noqa: E402

from tests.browser.conftest import CHROMIUM_ARGUMENTS  # noqa: E402
from tests.support.browser.amended_states import act, edit, react, send  # noqa: E402
from tests.support.browser.browser_user import BrowserUser  # noqa: E402
from tests.support.browser.page_states import STATES, Stage  # noqa: E402
from tests.support.live_server import LiveServer  # noqa: E402

IMAGES = PROJECT / "docs" / "images"
ROOMS = ["Recipes", "Tool shed", "Allotment 14"]  # the last one is pictured
SLUG = "allotment-14"
DESKTOP = {"viewport": {"width": 1200, "height": 800}, "device_scale_factor": 1.5}
WIDTHS = {"en": (390, 820, 1440, 1920), "de": (390, 1440)}  # px, of the pictures of the states
HEIGHTS = {390: 780, 820: 1180, 1440: 900, 1920: 1080}
PHONE = {"viewport": {"width": 390, "height": 780}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
CODE = """```python
beds = {"north": ["kale", "leeks"], "south": ["garlic"]}
free = 8 - sum(len(rows) for rows in beds.values())
```"""
LIST = """What is left to do before the frost:

- garlic into the *south* bed
- straw over the leeks
- **empty the rain barrel**"""
PLAN = "There is one, but it is loose. The plan of the beds: https://example.org/beds"
ROWS = "Five rows left, @Mira. Two of them for `Vicia faba`?"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--states", metavar="OUT", type=Path, help="a folder for pictures of the states")
    parser.add_argument("names", nargs="*", metavar="STATE", help=f"of {', '.join(STATES)}")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="chatsite-screenshots-") as folder,
        LiveServer(Path(folder) / "storage", "serve", {"CHAT_RATE": "0"}) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_ARGUMENTS)
        if arguments.states:
            take_states(browser, server, arguments.states, arguments.names or list(STATES))
        else:
            take_pictures(browser, server.url)
        browser.close()


def take_states(browser: Browser, server: LiveServer, folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for language, widths in WIDTHS.items():
        stage = Stage(browser, server, language)
        for name in names:
            with STATES[name](stage) as page:
                for width, scheme in itertools.product(widths, ("light", "dark")):
                    page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
                    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                    page.screenshot(path=folder / f"{name}-{language}-{width}-{scheme}.png", animations="disabled")
            print(f"{name} ({language})", flush=True)
    write_index(folder)


def write_index(folder: Path) -> None:
    pictures = sorted(path.name for path in folder.glob("*.png"))
    figures = "\n".join(f'<figure><img src="{name}" height="400"><p>{name}</p></figure>' for name in pictures)
    style = "body{display:flex;flex-wrap:wrap;gap:1rem;font:12px sans-serif}figure{margin:0}"
    (folder / "index.html").write_text(f"<!doctype html><style>{style}</style>{figures}")


def take_pictures(browser: Browser, url: str) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    mira = enter(browser, url, "Mira", **DESKTOP)
    for room in ROOMS:
        make_room(mira, room)
    jonas = enter(browser, url, "Jonas", **DESKTOP)
    tove = enter(browser, url, "Tove", **PHONE)
    talk(mira.page, jonas.page, tove.page)
    jonas.composer.press_sequentially("And")
    expect(mira.typing).to_have_text("Jonas is typing…")
    save(mira.page, "room-light")
    mira.page.emulate_media(color_scheme="dark")
    save(mira.page, "room-dark")
    expect(tove.typing).to_be_empty()  # a picture of the room at rest
    save(tove.page, "room-phone")


def enter(browser: Browser, url: str, name: str, **options: Any) -> BrowserUser:
    page = browser.new_context(locale="en-GB", **options).new_page()
    return BrowserUser(page, url).visit(SLUG).join(name)


def make_room(user: BrowserUser, name: str) -> None:
    page = user.page
    page.get_by_title("New room").click()
    page.get_by_label("Name of the room").fill(name)
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    user.expect_connected()


def talk(mira: Page, jonas: Page, tove: Page) -> None:
    mira.locator(".room-about__summary").click()
    mira.get_by_label("Topic", exact=True).fill("Saturday from ten: garlic, straw, soup")
    mira.get_by_role("button", name="Save").click()
    expect(tove.locator(".room-about__summary")).to_contain_text("Saturday")
    send(mira, "Morning! The garlic has arrived. Who has time to plant on Saturday?")
    send(jonas, "I do, from ten. Shall I bring the long rake, or is there one in the shed?")
    expect(tove.locator("#message-list > li")).to_have_count(2)
    act(tove, 1, "r")
    send(tove, PLAN)
    react(mira, 1, "thumbs up")
    react(tove, 1, "thumbs up")
    send(mira, LIST)
    react(jonas, 3, "tada")
    send(jonas, CODE)
    send(jonas, ROWS.replace("Five", "Four"))
    edit(jonas, ROWS)
    expect(mira.locator(".message__edited")).to_have_count(1)
    send(mira, "Broad beans it is. I bring seeds and twine.")
    for page in (mira, jonas, tove):
        expect(page.locator("#message-list > li:not([data-state])")).to_have_count(7)


def save(page: Page, name: str) -> None:
    """Write one picture, when nothing on the page moves any more."""
    page.mouse.move(0, 0)
    expect(page.locator("#presence-note")).to_be_empty()
    page.evaluate("() => document.activeElement.blur()")
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path, animations="disabled", caret="hide")
    print(f"{path.relative_to(PROJECT)}: {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
