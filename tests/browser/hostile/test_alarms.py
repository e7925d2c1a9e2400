"""The listener hears whatever hostile text could do: here are pages whose escaping, or whose policy, was taken out.

Without this the other tests could not fail.
"""

import re
from collections.abc import Callable

import pytest
from django.utils.html import escape
from playwright.sync_api import Page, Route

from tests.browser.conftest import OpenPage
from tests.browser.hostile.conftest import Inspect, OpenRoom
from tests.browser.hostile.test_frames import MadServer
from tests.support.browser.page_monitor import Faults
from tests.support.core.command_rooms import Rooms
from tests.support.effort import Held
from tests.support.live_server import LiveServer, wait_until

POLICY = "content-security-policy"
IMAGE = "<img src=x onerror=alert(1)>"
FIRES = {
    IMAGE: "a dialog: alert 1",
    "<script>throw Error('hit')</script>": "uncaught: hit",
    "<script>console.error('hit')</script>": "^hit$",
    "<img src=//attacker.invalid/pixel.png>": "a request to another host: http://attacker.invalid/pixel.png",
    "<script>new WebSocket('ws://attacker.invalid')</script>": "a request to another host: ws://attacker.invalid",
    "<script>navigator.sendBeacon('/name/')</script>": "asked for .*/name/",
    "<script>open('about:blank')</script>": "a window: about:blank",
    "<iframe srcdoc=x></iframe>": "a frame:",
    "<a id=x download href=data:,x></a><script>x.click()</script>": "a download: data:,x",
}
FIRES_DESPITE_THE_POLICY = {
    IMAGE: "securitypolicyviolation: script-src-attr inline",
    "<script>alert(1)</script>": "securitypolicyviolation: script-src-elem inline",
    "<style>body { display: none }</style>": "securitypolicyviolation: style-src-elem inline",
    "<img src=//attacker.invalid/pixel.png>": "securitypolicyviolation: img-src http://attacker.invalid",
    "<img src=/healthz>": "asked for .*/healthz",
}
LEAVES = {"<script>location = '/chat/lobby/'</script>": "went to .*/chat/lobby/"}
LEAVES_DESPITE_THE_POLICY = {"<meta http-equiv=refresh content='0;url=/chat/lobby/'>": "went to .*/chat/lobby/"}
STRANGE = [
    "<b>x</b>",
    "<p onclick=alert(1)>x</p>",
    "<a href=/x>x</a>",
    "<code class=x>x</code>",
]


def change(page: Page, url: str | re.Pattern[str], edit: Callable[[str], str], *, policy: bool = True) -> None:
    """What the server sends from there, edited, with its policy or without."""

    def answer(route: Route) -> None:
        response = route.fetch()
        headers = {name: value for name, value in response.headers.items() if policy or name != POLICY}
        changed = edit(response.text())
        assert changed != response.text() or not policy
        route.fulfill(status=200, headers=headers, body=changed)

    page.route(url, answer)


def unescape(*texts: str) -> Callable[[str], str]:
    """As if the template had not escaped these."""

    def edit(html: str) -> str:
        for text in texts:
            html = html.replace(escape(text), text)
        return html

    return edit


@pytest.mark.promise
@pytest.mark.parametrize(
    ("expected", "policy"),
    [(FIRES, False), (LEAVES, False), (FIRES_DESPITE_THE_POLICY, True), (LEAVES_DESPITE_THE_POLICY, True)],
    ids=["unescaped without a policy", "leaving", "unescaped", "leaving in spite of the policy"],
)
def test_what_fires_is_heard(
    open_page: OpenPage,
    server: LiveServer,
    faults: Faults,
    rooms: Rooms,
    room: str,
    expected: dict[str, str],
    policy: bool,
    held: Held,
) -> None:
    faults.expect(".*")
    rooms.say(room, *expected)
    page, url = open_page(), f"{server.url}/chat/{room}/"
    change(page, url, unescape(*expected), policy=policy)
    faults.confine(page, url)
    page.goto(url)
    for fault in expected.values():
        wait_until(lambda: page.title() and any(re.search(fault, found) for found in faults.found), fault)  # noqa: B023
    held("alarms", len(expected))


@pytest.mark.promise
def test_what_is_strange_in_a_page_is_found(
    open_page: OpenPage, inspect: Inspect, server: LiveServer, faults: Faults, rooms: Rooms, held: Held
) -> None:
    faults.expect("script-src")
    page = open_page()
    for number, text in enumerate(STRANGE):
        rooms.say(f"strange-{number}", text)
        url = f"{server.url}/chat/strange-{number}/"
        change(page, url, unescape(text), policy=True)
        page.goto(url)
        with pytest.raises(AssertionError, match="Extra items in the left set"):
            inspect(page)
        held("alarms")


@pytest.mark.promise
def test_html_from_a_frame_fires_where_no_policy_stands_in_its_way(
    open_room: OpenRoom, server: LiveServer, faults: Faults, room: str, held: Held
) -> None:
    faults.expect(".*")
    mad = MadServer()

    def believe_everybody(page: Page) -> None:
        mad.serve(page)
        change(page, f"{server.url}/chat/{room}/", lambda html: html, policy=False)
        change(
            page,
            re.compile(r"/html\.[\w.]*js"),
            lambda code: code.replace("createHTML: sanitize}", "createHTML: (html) => html}"),
            policy=True,
        )

    person = open_room(room, believe_everybody)
    mad.say(IMAGE)
    wait_until(lambda: person.page.title() and "a dialog: alert 1" in faults.found, "a dialog")
    held("alarms")
