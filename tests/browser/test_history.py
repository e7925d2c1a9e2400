"""Reading further up: pages load, and what is being read stays where it is."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.support.browser.browser_user import top_of
from tests.support.browser.paused_server import frozen
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import LiveServer

TOLERANCE = 2  # px: a line box may be rounded
PAGE = 50  # messages


@pytest.fixture
def said(rooms: Rooms, room: str) -> list[str]:
    """A room with more than fits on a screen, or into a page."""
    texts = [f"message {number}\n\nwith a second paragraph" for number in range(1, 301)]
    rooms.say(room, *texts)
    return texts


def test_older_pages_load_while_the_reader_stays_in_place(
    visitor: Visitor, server: LiveServer, room: str, said: list[str]
) -> None:
    ada = visitor("ada")
    expect(ada.messages).to_have_count(PAGE)
    start = ada.page.locator("#timeline-start")
    for shown in range(PAGE, len(said), PAGE):
        with frozen(server):
            ada.scroll_to_start()
            expect(start).to_have_text("Loading earlier messages…")
            read = ada.first_visible()
            before = top_of(read)
        expect(ada.messages).to_have_count(shown + PAGE)
        assert top_of(read) == pytest.approx(before, abs=TOLERANCE), f"it jumped with {shown} messages on the page"
    ada.scroll_to_start()
    expect(start).to_have_text(f"This is where {room} begins.")
    ada.sees(*(text.replace("\n\n", "") for text in said))


def test_reading_further_up_is_not_disturbed_by_what_arrives(visitor: Visitor, said: list[str]) -> None:
    ada, bob = visitor("ada"), visitor("bob")
    read = ada.message("message 260")
    read.scroll_into_view_if_needed()
    newest = ada.page.get_by_role("button", name="Newest messages")
    expect(newest).to_be_visible()
    before = top_of(read)
    bob.say("first news", "second news")
    news = ada.page.get_by_role("button", name="2 new messages")
    expect(news).to_be_visible()
    assert top_of(read) == pytest.approx(before, abs=TOLERANCE)
    news.click()
    expect(ada.message("second news")).to_be_in_viewport()
    expect(ada.page.get_by_role("button", name=re.compile("ew message"))).to_be_hidden()


def test_what_arrives_is_in_sight_for_who_is_at_the_end(visitor: Visitor, said: list[str]) -> None:
    ada, bob = visitor("ada"), visitor("bob")
    expect(ada.messages.last).to_be_in_viewport()
    bob.say("news")
    expect(ada.message("news")).to_be_in_viewport(ratio=1)


def test_an_own_message_leads_back_to_the_end(visitor: Visitor, said: list[str]) -> None:
    ada = visitor("ada")
    ada.message("message 260").scroll_into_view_if_needed()
    expect(ada.page.get_by_role("button", name="Newest messages")).to_be_visible()
    ada.say("back again")
    expect(ada.message("back again")).to_be_in_viewport(ratio=1)
    assert ada.distance_from_end == 0


def test_a_growing_composer_does_not_cover_the_newest_message(visitor: Visitor, said: list[str]) -> None:
    ada = visitor("ada")
    ada.composer.fill("\n".join("abcdef"))
    expect(ada.messages.last).to_be_in_viewport(ratio=1)
    assert ada.distance_from_end == 0
