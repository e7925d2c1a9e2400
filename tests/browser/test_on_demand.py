"""What the page loads at its first use: the keys that are pressed meanwhile are kept, and a failed load is repeated."""

import re

from playwright.sync_api import Route, expect

from tests.browser.conftest import NewUser
from tests.support.browser.page_monitor import PageMonitor

CODE = re.compile(r"/main\.on-demand\.\w+\.js$")


def test_a_part_opens_with_the_keys_that_were_pressed_while_it_was_loading(new_user: NewUser, room: str) -> None:
    ada = new_user("ada")
    page = ada.page
    held: list[Route] = []
    page.route(CODE, lambda route: held.append(route))  # noqa: PLW0108 - Playwright sets attributes of it
    page.locator("#composer-text").fill("a draft")
    with page.expect_request(CODE):
        page.keyboard.press("Control+k")
    page.keyboard.type("lobbyx")
    page.keyboard.press("Backspace")
    expect(page.locator("#switcher")).to_be_hidden()
    held[0].continue_()
    expect(page.locator("#switcher")).to_be_visible()
    expect(page.locator("#switcher-input")).to_have_value("lobby")
    expect(page.locator("#composer-text")).to_have_value("a draft")
    page.keyboard.press("Escape")

    page.locator("#settings-button").click()
    expect(page.locator("#settings-dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#emoji-button").click()
    expect(page.locator(".emoji-picker")).to_have_css("position", "fixed")
    page.keyboard.press("Escape")
    assert len(held) == 1


def test_enter_that_was_pressed_while_a_form_was_loading_sends_it(new_user: NewUser, room: str) -> None:
    page = new_user("ada").page
    held: list[Route] = []
    page.route(CODE, lambda route: held.append(route))  # noqa: PLW0108 - Playwright sets attributes of it
    with page.expect_request(CODE):
        page.get_by_title("New room").click()
    page.get_by_label("Name of the room").fill(f"{room} two")
    page.get_by_label("Name of the room").press("Enter")
    held[0].continue_()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{room} two")


def test_a_part_that_was_not_loaded_is_loaded_by_the_next_try(
    new_user: NewUser, monitor: PageMonitor, room: str
) -> None:
    monitor.expect("Failed to load resource")
    page = new_user("ada").page
    page.route(CODE, lambda route: route.abort())
    page.locator("#composer-text").fill("a draft")
    page.keyboard.press("Control+k")
    expect(page.locator("#name-notice")).to_have_text("The server cannot be reached. Try again in a moment.")
    page.keyboard.type(" that goes on")
    expect(page.locator("#composer-text")).to_have_value("a draft that goes on")
    page.unroute(CODE)
    page.keyboard.press("Control+k")
    expect(page.locator("#switcher")).to_be_visible()
    expect(page.locator("#name-notice")).to_be_empty()
