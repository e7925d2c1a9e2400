"""The settings of the browser: the theme without a flash, other tabs, the clock."""

from playwright.sync_api import expect

from tests.browser.conftest import NewUser
from tests.support.browser.browser_user import BrowserUser
from tests.support.browser.page_monitor import PageMonitor
from tests.support.core.command_rooms import Rooms


def brightness(user: BrowserUser) -> int:
    """Of the page as it is painted: nothing is before the style sheet is there, and the colour is transparent."""
    colour: str = user.page.wait_for_function(
        "() => { const { backgroundColor } = getComputedStyle(document.body);"
        " return backgroundColor.startsWith('rgb(') && backgroundColor }"
    ).json_value()
    return sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(","))


def test_a_chosen_setting_holds_in_every_tab_and_from_the_first_paint_on(
    new_user: NewUser, rooms: Rooms, room: str, monitor: PageMonitor
) -> None:
    rooms.say(room, "good evening")
    ada = new_user("ada", color_scheme="light", locale="en-US")
    other_tab = BrowserUser(ada.page.context.new_page(), ada.page.url.split("/chat/")[0]).visit(room)
    expect(other_tab.messages.locator("time")).to_contain_text("M")  # AM or PM
    ada.page.get_by_role("button", name="Settings").click()
    dialog = ada.page.get_by_role("dialog", name="Settings")
    for label in ("Dark", "Compact", "24 hours"):
        dialog.get_by_label(label, exact=True).check()
    assert brightness(ada) < 3 * 60
    expect(other_tab.page.locator("html[data-theme=dark][data-density=compact]")).to_have_count(1)
    assert brightness(other_tab) < 3 * 60
    expect(other_tab.messages.locator("time")).not_to_contain_text("M")
    ada.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()

    monitor.expect("ERR_FAILED")
    ada.page.route("**/*.js", lambda route: route.abort())  # what is dark now was so before any script
    other_tab.page.close()
    ada.page.reload(wait_until="commit")
    expect(ada.page.locator("html[data-theme=dark]")).to_have_count(1)
    expect(ada.messages).to_have_count(1)
    assert brightness(ada) < 3 * 60
