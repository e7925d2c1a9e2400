"""Emoji and mentions: the picker, the completion in the composer, and what others see of a mention."""

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NewUser
from tests.support.browser.browser_user import BrowserUser
from tests.support.browser.page_monitor import PageMonitor
from tests.support.core.command_rooms import Rooms

PHONE = {"viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True}


def expect_no_violations(page: Page) -> None:
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_an_emoji_is_chosen_by_keys_alone(new_user: NewUser) -> None:
    ada = new_user("ada")
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
    page.emulate_media(color_scheme="dark")
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


def test_the_picker_tries_again_when_somebody_goes_on_to_type(new_user: NewUser, monitor: PageMonitor) -> None:
    monitor.expect("net::ERR_FAILED")
    ada = new_user("ada")
    ada.page.route("**/emoji/*.json", lambda route: route.abort(), times=1)
    ada.page.get_by_role("button", name="Choose an emoji").click()
    dialog = ada.page.get_by_role("dialog", name="Choose an emoji")
    expect(dialog.get_by_role("status")).to_contain_text(".")
    dialog.get_by_role("combobox").fill("grinning")
    expect(dialog.get_by_role("option", name="grinning face", exact=True)).to_be_visible()


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


def options(user: BrowserUser) -> Locator:
    return user.page.get_by_role("listbox", name="Suggestions").get_by_role("option")


def test_names_and_emoji_are_completed_while_writing(new_user: NewUser, rooms: Rooms, room: str) -> None:
    rooms.say(room, "hello", username="Ada Lovelace", author="l1")
    rooms.say(room, "hello", username="Bob", author="b1")
    ada = new_user("ada")
    composer = ada.composer
    composer.press_sequentially("hi @")
    expect(options(ada)).to_have_text(["BOBob", "ALAda Lovelace"])
    composer.press_sequentially("lo")
    expect(options(ada)).to_have_text(["ALAda Lovelace"])
    expect(composer).to_have_attribute("aria-activedescendant", "completion-0")
    expect_no_violations(ada.page)
    composer.press("Enter")
    expect(composer).to_have_value('hi @"Ada Lovelace" ')
    expect(options(ada)).to_have_count(0)
    composer.press("Control+z")
    expect(composer).to_have_value("hi @lo")

    composer.fill("")
    composer.press_sequentially("ab")
    composer.press("ArrowLeft")
    composer.press_sequentially(" :wav")
    expect(options(ada).first).to_have_text("👋waving hand:wave:")
    composer.press("Escape")
    expect(options(ada)).to_have_count(0)
    composer.press_sequentially("e")
    expect(options(ada)).to_have_count(0)
    composer.press_sequentially(":")
    expect(composer).to_have_value("a 👋b")
    composer.press("Control+z")
    expect(composer).to_have_value("a :wave:b")

    composer.fill("")
    composer.press_sequentially(":tad")
    expect(options(ada).first).to_have_text("🎉party popper:tada:")
    composer.press("Tab")
    expect(composer).to_have_value("🎉 ")
    composer.press_sequentially(":wa")
    options(ada).filter(has_text="waffle").click()
    expect(composer).to_have_value("🎉 🧇 ")
    expect(composer).to_be_focused()
    composer.press("Enter")
    composer.press_sequentially("see http://a.example:80/ at 10:30:45 `:wave:` on :8080:")
    composer.press("Enter")
    ada.expect_messages("hello", "hello", "🎉 🧇", "see http://a.example:80/ at 10:30:45 :wave: on :8080:")


def test_a_name_is_completed_while_an_input_method_composes_it(new_user: NewUser, rooms: Rooms, room: str) -> None:
    rooms.say(room, "hello", username="Ada Lovelace", author="l1")
    ada = new_user("ada", **PHONE)
    ada.composer.tap()
    ada.composer.press_sequentially("@")
    keyboard = ada.page.context.new_cdp_session(ada.page)
    keyboard.send("Input.imeSetComposition", {"text": "love", "selectionStart": 4, "selectionEnd": 4})
    expect(options(ada)).to_have_text(["ALAda Lovelace"])
    enter = {"type": "rawKeyDown", "key": "Enter", "windowsVirtualKeyCode": 229}
    keyboard.send("Input.dispatchKeyEvent", enter)
    expect(ada.composer).to_have_value("@love")
    expect(options(ada)).to_be_in_viewport(ratio=1)
    options(ada).tap()
    expect(ada.composer).to_have_value('@"Ada Lovelace" ')
    expect(ada.composer).to_be_focused()
    ada.page.locator("#room-about > summary").tap()
    topic = ada.page.get_by_label("Topic", exact=True)
    topic.tap()
    keyboard.send("Input.imeSetComposition", {"text": "kana", "selectionStart": 4, "selectionEnd": 4})
    keyboard.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Escape", "windowsVirtualKeyCode": 229})
    expect(topic).to_be_visible()  # Escape ends the composition, and closes nothing


def test_a_mention_is_marked_for_the_one_who_is_meant(new_user: NewUser, rooms: Rooms, room: str) -> None:
    rooms.say(room, "@ADA look", "@bob look, `@ada`", username="carol", author="c1")
    ada = new_user("ada")
    marked = ada.page.locator(".mention[data-me]")
    expect(marked).to_have_text(["@ADA"])
    expect_no_violations(ada.page)
    bob = new_user("Bob")
    expect(bob.page.locator(".mention[data-me]")).to_have_text(["@bob"])
    ada.send("@ada is me, @bob")
    expect(bob.page.locator(".mention[data-me]")).to_have_text(["@bob", "@bob"])
    expect(ada.page.locator(".mention")).to_have_count(4)
    expect(marked).to_have_text(["@ADA"])
    bob.send('@"Ada L" @ada')
    expect(marked).to_have_text(["@ADA", "@ada"])
    ada.rename("Ada L")
    expect(marked).to_have_text(['@"Ada L"'])
