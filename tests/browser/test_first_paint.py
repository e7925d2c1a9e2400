"""What a reader sees while the page arrives and before its script runs: nothing that moves or changes afterwards."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.support.browser.page_monitor import PageMonitor
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import LiveServer

MAX_LAYOUT_SHIFT = 0.01  # the score of web vitals; 0.1 counts as good
BYTES_PER_SECOND = 60_000
SUM_SHIFTS = """
window.layoutShift = 0;
new PerformanceObserver((list) => {
  for (const {value} of list.getEntries()) window.layoutShift += value;
}).observe({type: "layout-shift", buffered: true});
"""


def slow_down(page: Page) -> None:
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    conditions = {"offline": False, "latency": 50, "downloadThroughput": BYTES_PER_SECOND, "uploadThroughput": -1}
    network.send("Network.emulateNetworkConditions", conditions)


def test_nothing_moves_while_the_page_arrives(open_page: OpenPage, server: LiveServer, rooms: Rooms, room: str) -> None:
    """Regression: each message that arrived pushed those above it up, and a score of 0.136 was the sum."""
    for number in range(60):
        rooms.say(
            room, f"message {number} " * (1 + number % 7 * 5), username=f"user-{number % 5}", author=f"a{number % 5}"
        )
    for target in range(40, 60):
        author = {"username": f"user-{(target - 2) % 5}", "author": f"a{(target - 2) % 5}"}
        rooms.amend(room, target, "edit", message=f"edited {target}", **author)
        rooms.answer(room, target, f"answer {target}")
        for emoji in "👍🎉😂😮😢🔥"[: target % 7]:
            rooms.amend(room, target, "reaction", emoji=emoji)
    page = open_page()
    page.add_init_script(SUM_SHIFTS)
    page.goto(f"{server.url}/chat/{room}/")
    page.get_by_label("What should people call you?").first.fill("ada")
    page.keyboard.press("Enter")
    expect(page.locator("#people .person__name")).to_have_text(["ada"])
    slow_down(page)
    page.reload()
    expect(page.locator("#people .person__name")).to_have_text(["ada"])
    assert page.evaluate("window.layoutShift") < MAX_LAYOUT_SHIFT


def test_a_time_of_utc_is_shown_only_where_no_script_makes_it_local(
    open_page: OpenPage, server: LiveServer, rooms: Rooms, room: str, monitor: PageMonitor
) -> None:
    """Regression: every time of the page changed when the script had run."""
    monitor.expect("ERR_FAILED")
    rooms.say(room, "hello")
    page = open_page()
    page.route("**/main*.js", lambda route: route.abort())
    page.goto(f"{server.url}/chat/{room}/")
    expect(page.get_by_text("hello")).to_be_visible()
    visibility = page.locator("time").evaluate_all("times => times.map((time) => getComputedStyle(time).visibility)")
    page.evaluate("document.getAnimations().forEach((animation) => animation.finish())")
    expect(page.locator("#message-list time")).to_be_visible()
    assert visibility == ["hidden"], "until the script is overdue"
    page = open_page(java_script_enabled=False)
    page.goto(f"{server.url}/chat/{room}/")
    expect(page.locator("#message-list time")).to_be_visible()
