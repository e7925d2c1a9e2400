"""Several tabs of one user: each has its own draft, all have one name, and none loses what another could not send."""

from playwright.sync_api import expect

from tests.browser.conftest import NewUser
from tests.support.browser.browser_user import BrowserUser
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import LiveServer
from tests.support.servers.paused_server import paused

DROP_RENAMES = """
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (text) {
  if (!window.dropsRenames || !text.includes('"rename"')) send.call(this, text);
};
"""


def second_tab(user: BrowserUser, server: LiveServer, room: str) -> BrowserUser:
    return BrowserUser(user.page.context.new_page(), server.url).visit(room)


def test_each_tab_has_its_draft_and_the_next_one_sends_what_a_closed_one_could_not(
    new_user: NewUser, server: LiveServer, rooms: Rooms, room: str
) -> None:
    """Regression: tabs had one draft, which each overwrote and cleared. What waited in a closed tab was lost."""
    first = new_user("ada")
    first.composer.fill("draft of the first")
    second = second_tab(first, server, room).expect_connected()
    expect(second.composer).to_have_value("")
    second.send("sent").expect_messages("sent")
    second.composer.fill("draft of the second")
    for tab, text in ((first, "draft of the first"), (second, "draft of the second")):
        tab.reload()
        expect(tab.composer).to_have_value(text)
    with paused(server):
        second.send("waits", "waits too")
        expect(second.pending).to_have_count(2)
        second.page.goto("about:blank")
    first.expect_messages("sent", "waits", "waits too")
    assert rooms.texts(room) == ["sent", "waits", "waits too"]
    expect(first.composer).to_have_value("draft of the first")


def test_a_name_reaches_all_tabs_and_is_shown_when_the_room_has_granted_it(
    new_user: NewUser, server: LiveServer, room: str
) -> None:
    """Regression: the other tabs kept the old name. A taken name was shown as one's own until the room had answered."""
    new_user("ada")
    first = new_user()
    first.page.context.add_init_script(DROP_RENAMES)
    elsewhere = second_tab(first, server, "elsewhere")
    first.join("Ada")
    elsewhere.expect_connected()
    chips = [tab.page.locator("#current-user-name") for tab in (first, elsewhere)]
    notice = first.page.locator("#name-notice")
    for name, text in zip(("Ada-2", "Ada"), chips, strict=True):
        expect(text).to_have_text(name)
    expect(notice).to_have_text("Ada is taken here; you are Ada-2")
    first.send("hello").expect_messages("hello")
    expect(notice).to_be_empty()
    first.rename("Ada")
    expect(notice).to_have_text("Ada is taken here; you are Ada-2")
    first.rename("Bea")
    for chip in chips:
        expect(chip).to_have_text("Bea")
    elsewhere.page.reload()
    elsewhere.expect_connected()
    elsewhere.page.evaluate("window.dropsRenames = true")
    elsewhere.rename("Cleo")
    expect(chips[0]).to_have_text("Cleo")
    expect(chips[1]).to_have_text("Bea")
