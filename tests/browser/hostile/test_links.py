"""Every link that the corpus can make is clicked: it leads to where it says, in a window that knows nothing of ours."""

import re

import pytest
from playwright.sync_api import Route

from chat.text.markup import render
from tests.browser.hostile.conftest import Inspect
from tests.support.browser.browser_user import Person
from tests.support.browser.page_monitor import Faults
from tests.support.core.command_rooms import Rooms
from tests.support.effort import Held, effort
from tests.support.hostile_text import batches, payloads
from tests.support.live_server import LiveServer

HREF = re.compile(r'<a href="(https?:[^"]*)"', re.I)
SHOWN = 50
LEADS_TO = "link => URL.canParse(link.href) ? link.href : 'about:blank#blocked'"
KNOWS_NOTHING = "() => opener === null && document.referrer === ''"


def messages_with_links() -> list[str]:
    """One for each address, as short as there is."""
    by_href: dict[str, str] = {}
    for text in sorted(payloads(), key=len):
        for href in HREF.findall(render(text)):
            by_href.setdefault(href, text)
    return list(dict.fromkeys(by_href.values()))


@pytest.mark.promise
def test_every_link_leads_where_it_says(
    reader: Person, inspect: Inspect, faults: Faults, rooms: Rooms, server: LiveServer, held: Held
) -> None:
    page = reader.page
    page.context.route(lambda url: not url.startswith(server.url), elsewhere)
    faults.expect("a request to another host: https?://")
    for number, texts in enumerate(batches(messages_with_links()[: effort(12, torture=None)], SHOWN)):
        room = f"links-{number}"
        rooms.say(room, *texts)
        reader.visit(room).is_connected()
        inspect(page)
        for link in reader.bodies.locator("a[href^=http i]").all():
            with page.expect_popup() as opened:
                link.click()
            assert opened.value.evaluate(KNOWS_NOTHING)
            assert opened.value.url == link.evaluate(LEADS_TO)
            opened.value.close()
            held("links")
        assert page.url == f"{server.url}/chat/{room}/"


def elsewhere(route: Route) -> None:
    route.fulfill(body="somewhere else", content_type="text/html")
