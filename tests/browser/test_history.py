"""Scrolling up through the history: older pages load, and the visible messages keep their position."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewUser
from tests.support.browser.browser_user import top_px
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import LiveServer
from tests.support.servers.paused_server import paused

TOLERANCE_PX = 2  # line boxes may be rounded
PAGE_SIZE = 50  # messages


@pytest.fixture
def history(rooms: Rooms, room: str) -> list[str]:
    """A room with more messages than fit on a screen, or into one page of history."""
    texts = [f"message {number}\n\nwith a second paragraph" for number in range(1, 301)]
    rooms.say(room, *texts)
    return texts


def test_older_pages_load_without_moving_the_visible_messages(
    new_user: NewUser, server: LiveServer, room: str, history: list[str]
) -> None:
    ada = new_user("ada")
    expect(ada.messages).to_have_count(PAGE_SIZE)
    start = ada.page.locator("#timeline-start")
    for shown in range(PAGE_SIZE, len(history), PAGE_SIZE):
        with paused(server):
            ada.scroll_to_start()
            expect(start).to_have_text("Loading earlier messages…")
            read = ada.first_visible_message()
            before = top_px(read)
        expect(ada.messages).to_have_count(shown + PAGE_SIZE)
        assert top_px(read) == pytest.approx(before, abs=TOLERANCE_PX), f"the messages moved, with {shown} on the page"
    ada.scroll_to_start()
    expect(start).to_have_text(f"This is where {room} begins.")
    ada.expect_messages(*(text.replace("\n\n", "") for text in history))


def test_new_messages_do_not_move_older_ones_that_are_being_read(new_user: NewUser, history: list[str]) -> None:
    ada, bob = new_user("ada"), new_user("bob")
    read = ada.message("message 260")
    read.scroll_into_view_if_needed()
    newest = ada.page.get_by_role("button", name="Newest messages")
    expect(newest).to_be_visible()
    before = top_px(read)
    bob.send("first news", "second news")
    news = ada.page.get_by_role("button", name="2 new messages")
    expect(news).to_be_visible()
    assert top_px(read) == pytest.approx(before, abs=TOLERANCE_PX)
    news.click()
    expect(ada.message("second news")).to_be_in_viewport()
    expect(ada.page.get_by_role("button", name=re.compile("ew message"))).to_be_hidden()


def test_new_messages_are_visible_at_the_end_of_the_list(new_user: NewUser, history: list[str]) -> None:
    ada, bob = new_user("ada"), new_user("bob")
    expect(ada.messages.last).to_be_in_viewport()
    bob.send("news")
    expect(ada.message("news")).to_be_in_viewport(ratio=1)


def test_sending_a_message_scrolls_to_the_end(new_user: NewUser, history: list[str]) -> None:
    ada = new_user("ada")
    ada.message("message 260").scroll_into_view_if_needed()
    expect(ada.page.get_by_role("button", name="Newest messages")).to_be_visible()
    ada.send("back again")
    expect(ada.message("back again")).to_be_in_viewport(ratio=1)
    assert ada.distance_from_end_px == 0


def test_a_growing_composer_does_not_cover_the_newest_message(new_user: NewUser, history: list[str]) -> None:
    ada = new_user("ada")
    ada.composer.fill("\n".join("abcdef"))
    expect(ada.messages.last).to_be_in_viewport(ratio=1)
    assert ada.distance_from_end_px == 0
