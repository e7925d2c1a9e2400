"""Links to messages, dates, and the addresses of rooms: with scripts and without."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewUser, OpenPage
from tests.support.browser.browser_user import top_px
from tests.support.browser.page_monitor import PageMonitor
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import LiveServer, wait_until

WITHOUT_SCRIPTS = {"java_script_enabled": False}


def test_a_link_to_a_message_leads_to_it_with_scripts_and_without(
    new_user: NewUser, open_page: OpenPage, rooms: Rooms, room: str, server: LiveServer, monitor: PageMonitor
) -> None:
    monitor.expect("status of 404")
    rooms.say(room, *(f"message {number}" for number in range(900)))
    rooms.say(room, f"see {server.url}/chat/{room}/42 and {server.url}/chat/{room}/800")
    address = f"{server.url}/chat/{room}/"

    reader = open_page(**WITHOUT_SCRIPTS)
    for number in (42, 890):  # on a page of its own, and on the newest one
        reader.goto(f"{address}{number}")
        row = reader.locator("#message-list > [data-linked]")
        expect(row.locator(".message__body")).to_have_text(f"message {number - 2}")
        expect(row).to_be_in_viewport(ratio=1)
    assert reader.goto(f"{address}5000").status == 404  # type: ignore[union-attr]
    expect(reader.get_by_text("There is no message at this address.")).to_be_in_viewport(ratio=1)

    ada = new_user("ada")
    expect(ada.page).to_have_url(address)
    ada.page.get_by_role("link", name=f"{room}/800").click()
    expect(ada.page).to_have_url(f"{address}#message-800")
    expect_in_sight(ada.page, 800)
    ada.page.goto(f"{address}790")  # not far: the room takes over
    expect(ada.page).to_have_url(f"{address}#message-790")
    expect_in_sight(ada.page, 790)
    ada.page.goto(f"{address}890")
    expect_in_sight(ada.page, 890)
    expect(ada.page).to_have_url(f"{address}890")
    ada.page.goto(f"{address}42")  # far away: a page of its own
    expect_in_sight(ada.page, 42)
    ada.page.goto(f"{address}#message-9000")  # it never was
    expect(ada.page.get_by_text("There is no message at this address.")).to_be_visible()


def expect_in_sight(page: Page, number: int) -> None:
    expect(page.locator(f"#message-{number} .message__body")).to_be_in_viewport()
    expect(page.locator(f"#message-{number} .message__body")).to_have_text(f"message {number - 2}")


def test_a_date_and_a_room_with_the_address_of_another(
    new_user: NewUser, open_page: OpenPage, rooms: Rooms, room: str, server: LiveServer, monitor: PageMonitor
) -> None:
    monitor.expect("status of 409")
    for day in range(1, 4):
        texts = (f"day {day}, {number}" for number in range(30))
        rooms.say(room, *texts, timestamp=f"2026-11-0{day}T10:30:00.000Z")
    rooms.store.create("cafe", "Café")
    ada = new_user("ada", timezone_id="Pacific/Kiritimati")  # 14 hours ahead: 10:30 UTC is after midnight there
    ada.page.get_by_title("Go to a date").click()
    ada.page.get_by_label("Go to a date").fill("2026-11-03")
    ada.page.keyboard.press("Enter")
    expect(ada.page).to_have_url(re.compile(r"#message-32$"))
    expect(ada.message("day 2, 0")).to_be_in_viewport()

    reader = open_page(**WITHOUT_SCRIPTS)
    reader.goto(f"{server.url}/chat/{room}/")
    reader.get_by_title("Go to a date").click()
    reader.get_by_label("Go to a date").fill("2026-11-03")
    reader.keyboard.press("Enter")
    expect(reader.locator("[data-linked] .message__body")).to_have_text("day 3, 0")

    for page in (reader, ada.page):
        page.get_by_title("New room").click()
        page.get_by_label("Name of the room").fill("Cafe?" if page is reader else "CAFE!")
        page.get_by_label("Name of the room").press("Enter")
        expect(page.get_by_text("The room “Café” lives at the address cafe.")).to_be_visible()
        expect(page.get_by_role("link", name="Open “Café”")).to_have_attribute("href", "/chat/cafe/")
        number = 2 if page is reader else 3
        expect(page.locator("#room-address")).to_have_value(f"cafe-{number}")
        page.locator("#room-address").press("Enter")
        expect(page).to_have_url(f"{server.url}/chat/cafe-{number}/")
    expect(ada.page.get_by_role("heading", level=1)).to_have_text("CAFE!")


def test_a_topic_and_another_name_reach_everybody(new_user: NewUser, open_page: OpenPage, room: str) -> None:
    ada, bob = new_user("ada"), new_user("bob")
    ada.send("hello")
    bob.page.evaluate(WATCH_ANNOUNCER)
    for user in (ada, bob):
        user.page.get_by_text("Add a topic").click()
    ada.page.get_by_label("Topic", exact=True).fill("Roses and tulips, and a long way to say it")
    bob.page.locator("#about-name").fill(f"The {room}")
    for user in (ada, bob):  # each changes the other field, and none takes back what the other one did
        user.page.get_by_role("button", name="Save").click()
        expect(user.page.locator(".room-about__summary")).to_be_focused()
    for user in (ada, bob):
        expect(user.page.get_by_role("heading", level=1)).to_have_text(f"The {room}")
        expect(user.page.locator(".room-about__summary")).to_have_attribute("title", re.compile("^Roses and tulips"))
        lines = user.page.locator(".message__notice")
        expect(lines).to_have_text(
            [re.compile("ada.* set the topic: .*Roses"), re.compile("bob.* renamed the room to")]
        )
        expect(user.page).to_have_title(f"The {room} · chatsite")
        expect(user.page.locator("#rooms [aria-current]")).to_contain_text(f"The {room}")
    wait_until(lambda: "set the topic" in bob.page.evaluate("announced.join()"), "the announcement")
    assert top_px(lines.first) > top_px(bob.message("hello").locator("article")), "the line follows the message"
    bob.send("nice")
    bob.reload()
    expect(bob.page.locator("#message-list > li").first.locator(".message__notice")).to_have_count(2)

    reader = open_page(**WITHOUT_SCRIPTS)
    reader.goto(bob.page.url)
    expect(reader.locator(".message__notice")).to_have_count(2)
    reader.locator(".room-about__summary").click()
    expect(reader.locator(".room-about__topic")).to_be_visible()
    reader.get_by_label("What should people call you?").fill("carol")
    reader.get_by_role("button", name="Join").click()
    reader.locator(".room-about__summary").click()
    reader.locator("#about-topic").fill("")
    reader.get_by_role("button", name="Save").click()
    expect(reader.locator(".message__notice").last).to_contain_text("removed the topic")
    expect(ada.page.get_by_text("Add a topic")).to_be_visible()


WATCH_ANNOUNCER = """() => {
  window.announced = [];
  const element = document.querySelector("#announcer-polite");
  new MutationObserver(() => announced.push(element.textContent)).observe(element, {childList: true, subtree: true});
}"""
