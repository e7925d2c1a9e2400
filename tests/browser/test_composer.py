"""The composer: the text field for a new message."""

import re

import pytest
from playwright.sync_api import CDPSession, Route, expect

from tests.browser.conftest import NewUser
from tests.support.browser.browser_user import BrowserUser
from tests.support.core.command_rooms import Rooms

TOUCH = {"viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True}


@pytest.fixture
def ada(new_user: NewUser) -> BrowserUser:
    return new_user("ada")


def ime_session(user: BrowserUser) -> CDPSession:
    """The DevTools session that sends input as an input method editor does."""
    return user.page.context.new_cdp_session(user.page)


def test_enter_sends_and_shift_enter_starts_a_new_line(ada: BrowserUser, rooms: Rooms, room: str) -> None:
    ada.composer.press_sequentially("first")
    ada.composer.press("Shift+Enter")
    ada.composer.press_sequentially("second")
    expect(ada.composer).to_have_value("first\nsecond")
    ada.composer.press("Enter")
    expect(ada.messages).to_have_count(1)
    expect(ada.composer).to_have_value("")
    ada.expect_messages("firstsecond")
    assert rooms.texts(room) == ["first\nsecond"]


def test_the_button_sends_and_the_composer_keeps_the_focus(ada: BrowserUser) -> None:
    expect(ada.composer).to_be_focused()
    send = ada.page.get_by_role("button", name="Send")
    expect(send).to_be_disabled()
    ada.composer.fill("by mouse")
    send.click()
    ada.expect_messages("by mouse")
    expect(ada.composer).to_be_focused()
    ada.send("by key").expect_messages("by mouse", "by key")
    expect(ada.composer).to_be_focused()


def test_a_blank_message_is_not_sent(ada: BrowserUser) -> None:
    ada.send("  \n ", "words").expect_messages("words")


def test_enter_that_ends_a_composition_does_not_send(ada: BrowserUser) -> None:
    keyboard = ime_session(ada)
    keyboard.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3})
    expect(ada.composer).to_have_value("にほん")
    ada.page.keyboard.press("Enter")
    expect(ada.messages).to_have_count(0)
    keyboard.send("Input.insertText", {"text": "日本"})
    ada.composer.fill("日本")
    ada.composer.press("Enter")
    ada.expect_messages("日本")


def test_enter_right_after_a_composition_as_safari_sends_it_does_not_send(ada: BrowserUser) -> None:
    ada.composer.fill("日本")
    enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
    ime_session(ada).send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **enter})
    expect(ada.composer).to_have_value("日本")
    expect(ada.messages).to_have_count(0)


def press_on_screen_enter(user: BrowserUser) -> None:
    """Enter of an on-screen keyboard: it has no code, because it has no position on a keyboard."""
    key = {"key": "Enter", "windowsVirtualKeyCode": 13}
    session = ime_session(user)
    session.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": "\r", **key})
    session.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})


def test_enter_of_an_on_screen_keyboard_starts_a_new_line(new_user: NewUser) -> None:
    ada = new_user("ada", **TOUCH)
    ada.composer.tap()
    ada.composer.press_sequentially("first")
    press_on_screen_enter(ada)
    ada.composer.press_sequentially("second")
    expect(ada.composer).to_have_value("first\nsecond")
    ada.page.get_by_role("button", name="Send").tap()
    ada.expect_messages("firstsecond")


def test_enter_of_a_keyboard_that_covers_the_page_starts_a_new_line(new_user: NewUser) -> None:
    ada = new_user("ada", **TOUCH)
    ada.composer.tap()
    ada.page.set_viewport_size({"width": 390, "height": 480})
    ada.composer.press_sequentially("first")
    ada.composer.press("Enter")
    ada.composer.press_sequentially("second")
    expect(ada.composer).to_have_value("first\nsecond")
    ada.composer.press("Control+Enter")
    ada.expect_messages("firstsecond")


def test_enter_of_a_keyboard_on_the_desk_sends_on_touch_devices(new_user: NewUser) -> None:
    """Regression: with a keyboard at a tablet, no key sent the message."""
    ada = new_user("ada", **TOUCH)
    ada.composer.tap()
    for keys, text in {"Enter": "one", "Control+Enter": "two", "Meta+Enter": "three"}.items():
        ada.composer.press_sequentially(text)
        ada.composer.press(keys)
        expect(ada.composer).to_have_value("")
    ada.expect_messages("one", "two", "three")


def test_ctrl_enter_and_cmd_enter_send(ada: BrowserUser) -> None:
    for keys in ("Control+Enter", "Meta+Enter"):
        ada.composer.press_sequentially(keys)
        ada.composer.press(keys)
        expect(ada.composer).to_have_value("")
    ada.expect_messages("Control+Enter", "Meta+Enter")


def test_the_indent_of_the_first_line_is_sent(ada: BrowserUser, rooms: Rooms, room: str) -> None:
    """Regression: `    if x:` was stored without its indent, so that its second line stood alone."""
    ada.send("\n    if x:\n        y()\n\n  ")
    ada.expect_messages("    if x:        y()")
    assert rooms.texts(room) == ["    if x:\n        y()"]


def test_the_counter_counts_what_would_be_sent(ada: BrowserUser) -> None:
    ada.composer.fill("\n\n" + "x" * 3990 + "  \n" * 50)
    expect(ada.page.locator("#composer-counter")).to_have_text("10")
    ada.composer.press("Enter")
    ada.expect_messages("x" * 3990)


def paste(user: BrowserUser, text: str) -> None:
    user.page.evaluate("text => navigator.clipboard.writeText(text)", text)
    user.composer.press("Control+v")


def test_pasted_line_breaks_and_control_characters_can_be_sent(new_user: NewUser, rooms: Rooms, room: str) -> None:
    """Regression: coloured output of a terminal, and lines of a word processor, were refused by the server."""
    ada = new_user("ada", permissions=["clipboard-read", "clipboard-write"])
    ada.composer.fill("see: ")
    paste(ada, "\x1b[31mred\x1b[0m\vtwo\fthree\u0085four\u2028five\r\nsix\x07")
    expect(ada.composer).to_have_value("see: red\ntwo\nthree\nfour\nfive\nsix")
    ada.composer.press("Control+z")
    expect(ada.composer).to_have_value("see: ")
    ada.composer.press("Control+y")
    ada.composer.press("Enter")
    expect(ada.messages).to_have_count(1)
    ada.expect_messages("see: redtwothreefourfivesix")
    assert rooms.texts(room) == ["see: red\ntwo\nthree\nfour\nfive\nsix"]


def test_control_characters_that_are_not_pasted_are_not_sent_either(ada: BrowserUser, rooms: Rooms, room: str) -> None:
    ada.send("a\u2028b\x1b[1mc").expect_messages("abc")
    assert rooms.texts(room) == ["a\nbc"]


def test_ordinary_text_is_pasted_at_the_caret(new_user: NewUser) -> None:
    ada = new_user("ada", permissions=["clipboard-read", "clipboard-write"])
    ada.composer.fill("ac")
    ada.composer.press("ArrowLeft")
    paste(ada, "\tb\n")
    expect(ada.composer).to_have_value("a\tb\nc")


def test_the_field_fits_its_text_again_when_its_width_changes(ada: BrowserUser) -> None:
    """Regression: after the window became narrower, or a phone was turned, lines were cut off."""
    fits = """() => {
      const {clientHeight, scrollHeight} = document.querySelector("#composer-text");
      return clientHeight === scrollHeight;
    }"""
    height = "field => field.clientHeight"
    ada.composer.fill("some words " * 14)
    wide = ada.composer.evaluate(height)
    ada.page.set_viewport_size({"width": 480, "height": 800})
    ada.page.wait_for_function(fits)
    assert ada.composer.evaluate(height) > wide
    ada.page.set_viewport_size({"width": 1200, "height": 800})
    ada.page.wait_for_function(f"wide => document.querySelector('#composer-text').clientHeight === {wide}")


def test_a_draft_survives_a_reload_and_belongs_to_its_room(ada: BrowserUser, room: str) -> None:
    ada.composer.fill("I was about to say")
    expect(ada.reload().composer).to_have_value("I was about to say")
    expect(ada.visit("another-room").expect_connected().composer).to_have_value("")
    expect(ada.visit(room).expect_connected().composer).to_have_value("I was about to say")
    ada.composer.press("Enter")
    expect(ada.expect_messages("I was about to say").reload().composer).to_have_value("")
    ada.message("I was about to say").locator("article").press("r")
    ada.composer.fill("And now I say it")
    ada.composer.press("Enter")
    ada.expect_messages("I was about to say", "And now I say it")
    ada.messages.last.locator("article").press("r")
    ada.composer.fill("That answers it")
    ada.reload()
    expect(ada.composer).to_have_accessible_description(re.compile("^Reply to .*: And now I say it$"))
    ada.composer.press("Enter")
    expect(ada.messages.last.locator(".reply-link")).to_contain_text("And now I say it")


def test_an_edit_goes_on_after_a_reload_and_waits_for_nothing_that_was_typed_since(ada: BrowserUser) -> None:
    ada.send("one", "two").expect_messages("one", "two").reload()
    requests: list[Route] = []
    ada.page.route(re.compile("/messages"), lambda route: requests.append(route))
    ada.composer.press("ArrowUp")  # the server is slow
    while not requests:
        ada.page.wait_for_event("request")
    ada.composer.press_sequentially("new")
    with ada.page.expect_response(re.compile("/messages")):
        requests[0].continue_()
    ada.composer.press_sequentially("er")
    expect(ada.composer).to_have_value("newer")
    ada.page.unroute_all()
    ada.messages.first.locator("article").press("e")
    expect(ada.composer).to_have_value("one")
    ada.composer.fill("one, better")
    expect(ada.reload().composer).to_have_value("one, better")
    ada.page.get_by_role("button", name="Save").click()
    ada.expect_messages("one, better", "two")
    expect(ada.composer).to_have_value("newer")


def test_typing_anywhere_on_the_page_goes_into_the_composer(ada: BrowserUser) -> None:
    ada.log.focus()
    ada.page.keyboard.type("anywhere")
    expect(ada.composer).to_have_value("anywhere")


def test_the_composer_counts_down_and_does_not_send_a_too_long_message(ada: BrowserUser) -> None:
    send = ada.page.get_by_role("button", name="Send", exact=True)
    counter = ada.page.locator("#composer-counter")
    ada.composer.fill("x" * 3990)
    expect(counter).to_have_text("10")
    ada.composer.fill("x" * 4001)
    expect(counter).to_have_text("-1")
    expect(send).to_be_disabled()
    ada.composer.press("Enter")
    expect(ada.messages).to_have_count(0)
    # An emoji counts as one character, as on the server, although JavaScript counts two.
    ada.composer.fill("\U0001f600" * 4000)
    expect(counter).to_have_text("0")
    ada.composer.press("Enter")
    ada.expect_messages("\U0001f600" * 4000)


def test_markup_is_rendered(ada: BrowserUser) -> None:
    ada.send("**bold** *italic* ~~gone~~ `code`")
    for tag, text in {"strong": "bold", "em": "italic", "code": "code"}.items():
        expect(ada.bodies.first.locator(tag)).to_have_text(text)
    ada.send("> quoted", "- one\n- two", "```\na < b\n  indented\n```", "see https://example.org/?a=1&b=2")
    expect(ada.messages).to_have_count(5)
    ada.expect_messages(
        "bold italic gone code", "quoted", "onetwo", "a < b indentedCopy code", "see https://example.org/?a=1&b=2"
    )
    expect(ada.page.locator("blockquote")).to_have_text("quoted")
    expect(ada.bodies.locator("li")).to_have_text(["one", "two"])
    assert ada.page.locator("pre").inner_text().rstrip("\n") == "a < b\n  indented"
    link = ada.page.get_by_role("link", name="https://example.org")
    expect(link).to_have_attribute("href", "https://example.org/?a=1&b=2")
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
