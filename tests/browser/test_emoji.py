"""Emoji: the picker, and names between colons in the composer."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewUser

PHONE = {"viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True}


def expect_no_violations(page: Page) -> None:
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_emoji_is_chosen_by_keys_alone(new_user: NewUser, scheme: str) -> None:
    ada = new_user("ada", color_scheme=scheme)
    ada.composer.fill("ab")
    ada.composer.press("ArrowLeft")
    page = ada.page
    requests: list[str] = []
    page.on("request", lambda request: "/emoji/" in request.url and requests.append(request.url))
    button = page.get_by_role("button", name="Choose an emoji")
    button.press("Enter")
    dialog = page.get_by_role("dialog", name="Choose an emoji")
    search = dialog.get_by_role("combobox")
    expect(search).to_be_focused()
    expect(dialog.get_by_role("option", name="grinning face", exact=True)).to_be_visible()
    expect_no_violations(page)
    search.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()

    button.press("Enter")
    dialog.get_by_role("radio", name="Medium skin tone", exact=True).check()
    search.press_sequentially("wav")
    active = dialog.locator("[aria-selected=true]")
    expect(active).to_have_text("👋🏽")
    expect(search).to_have_attribute("aria-activedescendant", active.get_attribute("id") or "none")
    search.press("Enter")
    expect(dialog).to_be_hidden()
    expect(ada.composer).to_be_focused()
    expect(ada.composer).to_have_value("a👋🏽b")
    ada.composer.press("Control+z")
    expect(ada.composer).to_have_value("ab")
    assert len(requests) == 1, requests
    assert re.search(r"/static/chat/emoji/en\.[0-9a-f]{12}\.json$", requests[0])

    button.press("Enter")
    expect(dialog.get_by_role("group", name="Used last").get_by_role("option")).to_have_text(["👋🏽"])
    search.press("ArrowDown")
    search.press("ArrowDown")
    search.press("ArrowRight")
    expect(active).to_have_text("😃")
    search.press("End")
    expect(active).to_be_in_viewport()
    search.press("Enter")
    expect(ada.composer).to_have_value("a🏴󠁧󠁢󠁷󠁬󠁳󠁿b")


def test_the_picker_on_a_phone(new_user: NewUser) -> None:
    ada = new_user("ada", **PHONE)
    page = ada.page
    page.get_by_role("button", name="Choose an emoji").tap()
    dialog = page.get_by_role("dialog", name="Choose an emoji")
    expect(dialog).to_be_in_viewport(ratio=1)
    expect(dialog.get_by_role("combobox")).not_to_be_focused()
    dialog.get_by_role("button", name="Food & drink").tap()
    dialog.get_by_role("option", name="grapes").tap()
    expect(dialog).to_be_hidden()
    expect(ada.composer).to_have_value("🍇")
