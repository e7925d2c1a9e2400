"""The site opens without a network: with the last messages of the rooms that were opened, and with the unsent ones."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NO_RATE_LIMIT, NewUser
from tests.support.browser.page_monitor import PageMonitor
from tests.support.live_server import LiveServer, wait_until

COPIES = """async (part) => {
  const found = [];
  for (const name of await caches.keys()) {
    for (const {url} of await (await caches.open(name)).keys()) if (url.includes(part)) found.push(url);
  }
  return found;
}"""

COPY = "async (url) => (await (await caches.match(url))?.text()) ?? ''"
CACHES = "async () => (await caches.keys()).length"
REGISTRATIONS = "async () => (await navigator.serviceWorker.getRegistrations()).length"


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    storage = tmp_path_factory.mktemp("offline") / "storage"
    with LiveServer(storage, "serve", {**NO_RATE_LIMIT, "DJANGO_FORCE_SCRIPT_NAME": "/talk"}) as server:
        server.url += "/talk"
        yield server


def wait_for_copy(page: Page, part: str) -> None:
    wait_until(lambda: page.evaluate(COPIES, part), f"a copy of {part}")


def test_a_room_opens_without_a_server_and_what_is_written_then_is_sent_later(
    new_user: NewUser, server: LiveServer, monitor: PageMonitor, room: str
) -> None:
    monitor.expect("ERR_CONNECTION_REFUSED", "ERR_INTERNET_DISCONNECTED", "Failed to fetch", "WebSocket")
    ada = new_user("ada", service_workers="allow")
    wait_for_copy(ada.page, f"/talk/chat/{room}/")
    # Regression: the copy asked for the name, or knew a former one, until somebody wrote something.
    ada.rename("ada-lovelace")
    wait_until(lambda: '"ada-lovelace"' in ada.page.evaluate(COPY, ada.page.url), "a copy with the new name")
    ada.send("before").expect_messages("before")
    ada.page.evaluate("async (url) => (await navigator.serviceWorker.ready).active.postMessage(url)", ada.page.url)
    wait_until(lambda: ">before</p>" in ada.page.evaluate(COPY, ada.page.url), "a copy with the message")
    server.kill()

    ada.page.reload()
    expect(ada.bodies).to_have_text(["before"])
    ada.page.keyboard.press("Control+k")  # what is loaded on demand, and was not before
    expect(ada.page.locator("#switcher")).to_be_visible()
    ada.page.keyboard.press("Escape")
    ada.send("written without a server")
    expect(ada.pending).to_have_count(1)
    ada.page.goto(f"{server.url}/chat/never-opened/")
    expect(ada.page.get_by_role("heading", level=1)).to_have_text("No connection")
    ada.visit(room)
    expect(ada.bodies).to_have_text(["before", "written without a server"])

    server.url = server.url.removesuffix("/talk")  # of /healthz
    server.start()
    ada.expect_messages("before", "written without a server")
    ada.reload().expect_messages("before", "written without a server")


def test_copies_are_removed_when_the_site_says_so(
    new_user: NewUser, server: LiveServer, monitor: PageMonitor, room: str
) -> None:
    monitor.expect("ERR_CONNECTION_REFUSED", "WebSocket")
    ada = new_user(service_workers="allow")
    wait_for_copy(ada.page, f"/talk/chat/{room}/")
    server.kill()
    server._env["CHAT_OFFLINE"] = "off"
    server.url = server.url.removesuffix("/talk")
    server.start()
    ada.page.reload()
    wait_until(lambda: not ada.page.evaluate(CACHES), "no copies")  # COPIES would make what it opens
    wait_until(lambda: not ada.page.evaluate(REGISTRATIONS), "no worker")
    # Regression: the worker serves this page until it is closed, and kept what the page loaded then.
    ada.page.evaluate("() => fetch(document.querySelector('script[src]').src)")
    assert ada.page.evaluate(CACHES) == 0
