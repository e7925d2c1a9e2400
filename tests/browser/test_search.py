"""The search page: with scripts results come while one types; without them it is a form. Keys, screen readers, axe."""

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewUser, OpenPage
from tests.support.browser.page_monitor import PageMonitor
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import LiveServer


def test_results_come_while_one_types(new_user: NewUser, rooms: Rooms, room: str, monitor: PageMonitor) -> None:
    monitor.expect(r"400 \(Bad Request\)")  # of a query that is wrong
    word = room.replace("-", "x")  # in no other test's room
    rooms.say(room, *(f"{word} number {number}" for number in range(25)), f"the Müller file of {word} <b>x-mark</b>")
    rooms.say(f"{room}-other", f"elsewhere, {word}")
    ada = new_user("ada")
    page = ada.page
    ada.composer.press("Escape")
    page.keyboard.press("Control+Shift+F")
    field, hits, status = page.get_by_role("searchbox"), page.locator(".hit"), page.locator("#announcer-polite")
    expect(field).to_be_focused()
    expect(page.get_by_role("combobox")).to_have_value(room)

    field.press_sequentially("muller")
    expect(hits).to_have_count(1)
    expect(hits.locator("mark")).to_have_text("Müller")
    expect(hits.locator(".hit__text")).to_contain_text("<b>x-mark</b>")
    expect(page).to_have_url(re.compile(rf"/search/\?q=muller&room={room}$"))
    expect(status).to_have_text("1 message.")

    field.fill(f"has:cheese {word}")
    expect(page.locator("#search-problem")).to_have_text("“has:” knows link and code, not “cheese”.")
    expect(hits).to_have_count(0)
    field.fill(word)
    expect(hits).to_have_count(20)
    expect(page.locator("#search-problem")).to_have_text("")
    page.get_by_role("link", name="Older messages").evaluate("link => { link.click(); link.click(); }")
    expect(page.locator("#search-note")).to_have_text("These are all.")
    page.wait_for_load_state("networkidle")
    expect(hits).to_have_count(26)
    expect(hits.nth(20).get_by_role("link")).to_be_focused()

    page.get_by_role("combobox").select_option("All rooms")
    expect(hits.first).to_contain_text("elsewhere")
    expect_accessible(page)
    field.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
    expect(field).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/chat/{room}-other/"))
    expect(page.get_by_text("elsewhere").first).to_be_visible()
    page.go_back()
    expect(hits.first).to_contain_text("elsewhere")
    field.fill("")
    expect(hits).to_have_count(0)


def test_what_is_typed_before_the_scripts_have_loaded_is_searched_for(
    open_page: OpenPage, rooms: Rooms, room: str, server: LiveServer
) -> None:
    rooms.say(room, "the early word")
    page = open_page()
    typed = []
    page.route(re.compile(r"/search[.\w]*\.js$"), lambda route: typed.append(route))
    page.goto(f"{server.url}/search/?room={room}", wait_until="commit")
    page.get_by_role("searchbox").fill("early")
    while not typed:
        page.wait_for_event("request")
    typed[0].continue_()
    expect(page.locator(".hit mark")).to_have_text("early")


def test_without_scripts_the_page_is_a_form(open_page: OpenPage, rooms: Rooms, room: str, server: LiveServer) -> None:
    word = room.replace("-", "y")
    rooms.say(room, *(f"{word} number {number}" for number in range(25)))
    page = open_page(java_script_enabled=False, viewport={"width": 390, "height": 780})
    page.goto(f"{server.url}/chat/{room}/")
    page.get_by_role("link", name="Search the messages").click()
    page.get_by_role("searchbox").fill(f'{word} "number 1"')
    page.get_by_role("button", name="Search").click()
    hits = page.locator(".hit")
    expect(hits).to_have_count(11)
    expect(hits.first.locator("mark")).to_have_text([word, "number 1"])
    page.get_by_role("searchbox").fill(word)
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Older messages").click()
    expect(hits).to_have_count(5)
    expect(page.locator("#search-note")).to_have_text("These are all.")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    hits.last.get_by_role("link").click()
    expect(page).to_have_url(f"{server.url}/chat/{room}/2")


def expect_accessible(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.evaluate("document.getAnimations().forEach((each) => each.finish())")  # no colours in between
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
