"""Every link that the corpus can produce leads to the URL that it shows, in a window without access to ours."""

import re

import pytest
from playwright.sync_api import Route

from chat.text.markup import render
from tests.browser.hostile.conftest import CheckPage
from tests.support.browser.browser_user import BrowserUser
from tests.support.browser.page_monitor import PageMonitor
from tests.support.core.command_rooms import Rooms
from tests.support.effort import Tally, effort
from tests.support.hostile_text import batches, payloads
from tests.support.live_server import LiveServer

HREF = re.compile(r'<a href="(https?:[^"]*)"', re.I)
BATCH_SIZE = 50  # messages on a page
TARGET = "link => URL.canParse(link.href) ? link.href : 'about:blank#blocked'"
HAS_NO_OPENER_OR_REFERRER = "() => opener === null && document.referrer === ''"


def messages_with_links() -> list[str]:
    """The shortest payload for each URL."""
    by_href: dict[str, str] = {}
    for text in sorted(payloads(), key=len):
        for href in HREF.findall(render(text)):
            by_href.setdefault(href, text)
    return list(dict.fromkeys(by_href.values()))


@pytest.mark.promise
def test_every_link_leads_to_the_url_that_it_shows(
    reader: BrowserUser, check_page: CheckPage, monitor: PageMonitor, rooms: Rooms, server: LiveServer, tally: Tally
) -> None:
    page = reader.page
    page.context.route(lambda url: not url.startswith(server.url), answer_for_other_sites)
    monitor.expect("a request to another host: https?://")
    for number, texts in enumerate(batches(messages_with_links()[: effort(12, torture=None)], BATCH_SIZE)):
        room = f"links-{number}"
        rooms.say(room, *texts)
        reader.visit(room).expect_connected()
        check_page(page)
        for link in reader.bodies.locator("a[href^=http i]").all():
            with page.expect_popup() as opened:
                link.click()
            assert opened.value.evaluate(HAS_NO_OPENER_OR_REFERRER)
            assert opened.value.url == link.evaluate(TARGET)
            opened.value.close()
            tally("links")
        assert page.url == f"{server.url}/chat/{room}/"


def answer_for_other_sites(route: Route) -> None:
    route.fulfill(body="another site", content_type="text/html")
