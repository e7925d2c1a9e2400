"""The field one writes in."""

import pytest
from playwright.sync_api import CDPSession, expect

from tests.browser.conftest import Visitor
from tests.support.browser.browser_user import Person
from tests.support.core.command_rooms import Rooms

TOUCH = {"viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True}


@pytest.fixture
def ada(visitor: Visitor) -> Person:
    return visitor("ada")


def keyboard_of(person: Person) -> CDPSession:
    """Where an input method talks to the page."""
    return person.page.context.new_cdp_session(person.page)


def test_enter_sends_and_shift_enter_begins_a_line(ada: Person, rooms: Rooms, room: str) -> None:
    ada.composer.press_sequentially("first")
    ada.composer.press("Shift+Enter")
    ada.composer.press_sequentially("second")
    expect(ada.composer).to_have_value("first\nsecond")
    ada.composer.press("Enter")
    expect(ada.messages).to_have_count(1)
    expect(ada.composer).to_have_value("")
    ada.sees("firstsecond")
    assert rooms.texts(room) == ["first\nsecond"]


def test_the_button_sends_and_the_field_keeps_the_focus(ada: Person) -> None:
    expect(ada.composer).to_be_focused()
    send = ada.page.get_by_role("button", name="Send")
    expect(send).to_be_disabled()
    ada.composer.fill("by mouse")
    send.click()
    ada.sees("by mouse")
    expect(ada.composer).to_be_focused()
    ada.say("by key").sees("by mouse", "by key")
    expect(ada.composer).to_be_focused()


def test_nothing_but_space_is_not_sent(ada: Person) -> None:
    ada.say("  \n ", "words").sees("words")


def test_enter_that_ends_a_composition_does_not_send(ada: Person) -> None:
    keyboard = keyboard_of(ada)
    keyboard.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3})
    expect(ada.composer).to_have_value("にほん")
    ada.page.keyboard.press("Enter")
    expect(ada.messages).to_have_count(0)
    keyboard.send("Input.insertText", {"text": "日本"})
    ada.composer.fill("日本")
    ada.composer.press("Enter")
    ada.sees("日本")


def test_enter_right_after_a_composition_as_safari_sends_it_does_not_send(ada: Person) -> None:
    ada.composer.fill("日本")
    enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
    keyboard_of(ada).send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **enter})
    expect(ada.composer).to_have_value("日本")
    expect(ada.messages).to_have_count(0)


def test_enter_begins_a_line_where_there_is_no_other_key_for_it(visitor: Visitor) -> None:
    ada = visitor("ada", **TOUCH)
    ada.composer.tap()
    ada.composer.press_sequentially("first")
    ada.composer.press("Enter")
    ada.composer.press_sequentially("second")
    expect(ada.composer).to_have_value("first\nsecond")
    ada.page.get_by_role("button", name="Send").tap()
    ada.sees("firstsecond")


def test_unsent_words_survive_a_reload_and_stay_in_their_room(ada: Person, room: str) -> None:
    ada.composer.fill("I was about to say")
    expect(ada.reload().composer).to_have_value("I was about to say")
    expect(ada.visit("another-room").is_connected().composer).to_have_value("")
    expect(ada.visit(room).is_connected().composer).to_have_value("I was about to say")
    ada.composer.press("Enter")
    expect(ada.sees("I was about to say").reload().composer).to_have_value("")


def test_typing_anywhere_goes_into_the_field(ada: Person) -> None:
    ada.log.focus()
    ada.page.keyboard.type("anywhere")
    expect(ada.composer).to_have_value("anywhere")


def test_the_field_counts_down_and_holds_back_what_is_too_long(ada: Person) -> None:
    send = ada.page.get_by_role("button", name="Send")
    counter = ada.page.locator("#composer-counter")
    ada.composer.fill("x" * 3990)
    expect(counter).to_have_text("10")
    ada.composer.fill("x" * 4001)
    expect(counter).to_have_text("-1")
    expect(send).to_be_disabled()
    ada.composer.press("Enter")
    expect(ada.messages).to_have_count(0)
    # An emoji is one character, as for the server, though JavaScript counts two.
    ada.composer.fill("\U0001f600" * 4000)
    expect(counter).to_have_text("0")
    ada.composer.press("Enter")
    ada.sees("\U0001f600" * 4000)


def test_markdown_shows_as_what_it_means(ada: Person) -> None:
    ada.say("**bold** *italic* ~~gone~~ `code`")
    for tag, text in {"strong": "bold", "em": "italic", "code": "code"}.items():
        expect(ada.bodies.first.locator(tag)).to_have_text(text)
    ada.say("> quoted", "- one\n- two", "```\na < b\n  indented\n```", "see https://example.org/?a=1&b=2")
    expect(ada.messages).to_have_count(5)
    ada.sees("bold italic gone code", "quoted", "onetwo", "a < b indented", "see https://example.org/?a=1&b=2")
    expect(ada.page.locator("blockquote")).to_have_text("quoted")
    expect(ada.bodies.locator("li")).to_have_text(["one", "two"])
    assert ada.page.locator("pre").inner_text().rstrip("\n") == "a < b\n  indented"
    link = ada.page.get_by_role("link", name="https://example.org")
    expect(link).to_have_attribute("href", "https://example.org/?a=1&b=2")
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
