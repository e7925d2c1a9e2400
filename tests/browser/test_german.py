"""The page in German: no English text is left, and longer words do not break the layout."""

import re
from collections.abc import Iterator
from gettext import GNUTranslations

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewUser
from tests.support.browser.amended_states import act, edit, react, send
from tests.support.browser.page_monitor import PageMonitor
from tests.support.live_server import PROJECT, LiveServer

CATALOGS = list((PROJECT / "chat/locale/de/LC_MESSAGES").glob("*.mo"))
PHONE = {"viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True}
TEXTS_OF_PAGE = """() => {
  const attributes = ["aria-label", "placeholder", "title", "alt"];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [document.title];
  while (walker.nextNode()) {
    if (!walker.currentNode.parentElement.closest("script, .prose")) texts.push(walker.currentNode.data);
  }
  for (const name of attributes) {
    for (const element of document.querySelectorAll(`[${name}]`)) texts.push(element.getAttribute(name));
  }
  return texts.map((text) => text.trim()).filter((text) => text);
}"""
CUT_OFF = """() => [...document.querySelectorAll("button, label, h1, h2, legend, summary")]
  .filter((element) => element.checkVisibility() && !element.closest(".visually-hidden"))
  .filter((element) => !element.matches(".message__edited")) // its target for fingers is larger than it is
  .filter((element) => element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== "inline")
  .map((element) => element.textContent.trim())"""


def test_a_visit_in_german(new_user: NewUser, server: LiveServer, monitor: PageMonitor) -> None:
    monitor.expect("status of 404")
    ada = new_user(locale="de-AT")
    page = ada.page
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect_german(page)
    page.get_by_label("Wie sollen die anderen dich nennen?").first.fill("Ada")
    page.get_by_role("button", name="Beitreten").click()
    composer = page.get_by_role("textbox", name=re.compile("^Nachricht an "))
    composer.fill("Servus")
    composer.press("Enter")
    expect(page.locator("#message-list > li:not([data-state])")).to_have_count(1)
    expect(page.locator(".message__day")).to_have_text("Heute")
    composer.fill("x" * 5234)
    in_austria = re.compile(r"1\s234 Zeichen zu lang")
    expect(page.get_by_text(in_austria).first).to_be_visible()
    expect_german(page)
    page.get_by_role("button", name="Einstellungen").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect_german(page)
    page.get_by_role("radio", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("radio", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.goto(f"{server.url}/nothing")
    expect(page.get_by_role("heading")).to_have_text("Seite nicht gefunden")
    expect_german(page)


def test_an_error_of_the_server_and_the_layout_of_a_phone(new_user: NewUser, monitor: PageMonitor) -> None:
    monitor.expect("status of 400")
    page = new_user(locale="de", **PHONE).page
    page.locator("#join-name").fill("\u0301" * 4)
    page.get_by_role("button", name="Beitreten").tap()
    expect(page.get_by_role("alert").filter(has_text="Ein Name")).to_be_visible()
    expect_german(page)


def test_what_people_do_with_messages(new_user: NewUser, server: LiveServer) -> None:
    page = new_user(locale="de", **PHONE).page
    page.locator("#join-name").fill("Ada")
    page.locator("#join-name").press("Enter")
    expect(page.locator("html[data-connection=connected]")).to_have_count(1)
    send(page, "Servus")
    react(page, 0, "daumen")
    edit(page, "Servus, Bob")
    page.locator(".message__edited").tap()
    expect(page.locator(".earlier-texts > li")).to_have_count(2)
    expect_german(page)
    page.keyboard.press("Escape")
    act(page, 0, "+")
    expect(page.locator(".emoji-picker [role=option]")).not_to_have_count(0)
    expect_german(page)
    page.keyboard.press("Escape")
    page.locator("#room-about > summary").tap()
    expect(page.get_by_label("Thema", exact=True)).to_be_visible()
    expect_german(page)
    page.keyboard.press("Escape")
    act(page, 0, "r")
    expect(page.locator(".composer-target")).to_be_visible()
    expect_german(page)
    page.keyboard.press("Escape")
    act(page, 0, "Delete")
    expect(page.locator(".message__deleted")).to_be_visible()
    expect_german(page)
    page.goto(f"{server.url}/search/?q=Servus&from=nobody")
    expect(page.get_by_role("heading", level=1)).to_have_text("Suchen")
    expect_german(page)


def expect_german(page: Page) -> None:
    english = re.compile("|".join(english_patterns()))
    texts: list[str] = page.evaluate(TEXTS_OF_PAGE)
    assert len(texts) > 3
    assert [text for text in texts if english.fullmatch(text)] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.evaluate(CUT_OFF) == []


def english_patterns() -> Iterator[str]:
    """The English texts that are different in German, with anything for a placeholder."""
    for path in CATALOGS:
        with path.open("rb") as file:
            entries = vars(GNUTranslations(file))["_catalog"]
        for key, translation in entries.items():
            text = key[0] if isinstance(key, tuple) else key
            if text and text != translation:
                yield re.sub(r"%\\\(\w+\\\)s|\\\{\w+\\\}", ".+", re.escape(text))
