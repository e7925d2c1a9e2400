"""A page of older messages with scripts: times are the reader's, and its links and its form work."""

from playwright.sync_api import expect

from tests.browser.conftest import NewUser
from tests.support.core.command_rooms import Rooms


def test_a_page_of_older_messages_has_the_times_of_its_reader(new_user: NewUser, rooms: Rooms, room: str) -> None:
    for number in range(3):
        rooms.say(room, f"message {number}")
    ada = new_user("ada", timezone_id="Asia/Tokyo")
    local = ada.messages.locator("time").first.inner_text()
    ada.page.goto(f"{ada.page.url}?before=4")
    expect(ada.bodies).to_have_text(["message 0", "message 1"])
    expect(ada.messages.locator("time").first).to_have_text(local)
    expect(ada.page.locator("#current-user-button, .profile, .without-scripts, #jump-button")).to_have_count(0)
    ada.page.set_viewport_size({"width": 390, "height": 800})
    ada.page.get_by_role("button", name="Rooms", exact=True).click()
    expect(ada.page.get_by_role("link", name="lobby")).to_be_visible()
    ada.page.get_by_role("button", name="Close").click()
    ada.page.get_by_role("link", name="Newer messages").click()
    expect(ada.bodies).to_have_text(["message 2"])
    ada.composer.fill("typed here")
    ada.page.get_by_role("button", name="Send").click()
    ada.expect_messages("message 0", "message 1", "message 2", "typed here")
