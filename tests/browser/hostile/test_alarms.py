"""Shows that the other tests can fail: the alarms go off in pages whose escaping, or whose policy, was taken out.

The texts here, too, do nothing but show a mark: as an element, as an attribute, or as an attribute that a script sets.
"""

import re
from collections.abc import Callable

import pytest
from django.utils.html import escape
from playwright.sync_api import Page, Route

from chat.text.escape import escape_text
from tests.browser.conftest import OpenPage
from tests.browser.hostile.conftest import CheckPage, OpenRoom
from tests.browser.hostile.test_frames import HostileServer
from tests.support.browser.page_monitor import PageMonitor
from tests.support.core.command_rooms import Rooms
from tests.support.effort import Tally
from tests.support.hostile_text import MARK
from tests.support.live_server import LiveServer, wait_until

POLICY = "content-security-policy"
OTHER_HOST = "127.0.0.2"  # nothing listens there
SET_MARK = f"document.body.setAttribute('{MARK}', '')"
ELEMENT = f"<{MARK}>x</{MARK}>"
SCRIPT = f"<script>{SET_MARK}</script>"
HANDLER = f'<img src=data:, onerror="{SET_MARK}">'
OTHER_IMAGE = f"<img src=//{OTHER_HOST}/x.png>"
# For each text, the problem that the monitor reports if the page does not escape it.
MARKS = {ELEMENT: f"a mark: {MARK}$", f"<i {MARK}>x</i>": f"a mark: i {MARK}"}
ALARMS_WITHOUT_POLICY = {
    **MARKS,
    SCRIPT: f"a mark: body .*{MARK}",
    OTHER_IMAGE: f"a request to another host: http://{OTHER_HOST}/x.png",
    "<iframe srcdoc=x></iframe>": "a frame:",
}
ALARMS_WITH_POLICY = {
    **MARKS,
    SCRIPT: "securitypolicyviolation: script-src-elem inline",
    HANDLER: "securitypolicyviolation: script-src-attr inline",
    f"<style>{MARK} {{}}</style>": "securitypolicyviolation: style-src-elem inline",
    OTHER_IMAGE: f"securitypolicyviolation: img-src http://{OTHER_HOST}",
    "<img src=/healthz>": "asked for .*/healthz",
}
# For each action of a script, the problem that the monitor reports.
ACTIONS = {
    f"alert('{MARK}')": f"a dialog: alert {MARK}",
    f"setTimeout(() => {{ throw Error('{MARK}'); }})": f"uncaught: {MARK}",
    f"console.error('{MARK}')": f"^{MARK}$",
    f"new Image().src = '//{OTHER_HOST}/y.png'": f"a request to another host: http://{OTHER_HOST}/y.png",
    f"new WebSocket('ws://{OTHER_HOST}')": f"a request to another host: ws://{OTHER_HOST}",
    "navigator.sendBeacon('/name/')": "asked for .*/name/",
    "open('about:blank')": "a window: about:blank",
    "document.body.append(document.createElement('iframe'))": "a frame:",
    f"Object.assign(document.createElement('a'), {{download: '', href: 'data:,{MARK}'}}).click()": (
        f"a download: data:,{MARK}"
    ),
}
UNKNOWN_MARKUP = [
    "<b>x</b>",
    "<p onclick=''>x</p>",
    "<a href=/x>x</a>",
    "<code lang=x>x</code>",
]


def edit_response(page: Page, url: str | re.Pattern[str], edit: Callable[[str], str], *, policy: bool = True) -> None:
    """Edit what the server sends for this URL, and leave its policy out if `policy` is false."""

    def answer(route: Route) -> None:
        response = route.fetch()
        headers = {name: value for name, value in response.headers.items() if policy or name != POLICY}
        edited = edit(response.text())
        assert edited != response.text() or not policy
        route.fulfill(status=200, headers=headers, body=edited)

    page.route(url, answer)


def unescape(*texts: str) -> Callable[[str], str]:
    """Makes a page as if neither the template nor the markup had escaped these texts."""

    def edit(html: str) -> str:
        for text in texts:
            html = html.replace(escape(text), text).replace(escape_text(text), text)
        return html

    return edit


def expect_problem(page: Page, monitor: PageMonitor, pattern: str) -> None:
    """Wait until the monitor has reported it."""
    wait_until(lambda: page.title() and any(re.search(pattern, problem) for problem in monitor.problems), pattern)


@pytest.mark.promise
@pytest.mark.parametrize(
    ("alarms", "policy"), [(ALARMS_WITHOUT_POLICY, False), (ALARMS_WITH_POLICY, True)], ids=["no policy", "policy"]
)
def test_unescaped_text_raises_an_alarm(
    open_page: OpenPage,
    server: LiveServer,
    monitor: PageMonitor,
    rooms: Rooms,
    room: str,
    alarms: dict[str, str],
    policy: bool,
    tally: Tally,
) -> None:
    monitor.expect(".*")
    rooms.say(room, *alarms)
    page, url = open_page(), f"{server.url}/chat/{room}/"
    edit_response(page, url, unescape(*alarms), policy=policy)
    monitor.confine(page, url)
    page.goto(url)
    for pattern in alarms.values():
        expect_problem(page, monitor, pattern)
    tally("alarms", len(alarms))


@pytest.mark.promise
def test_every_action_of_a_script_raises_an_alarm(
    open_page: OpenPage, server: LiveServer, monitor: PageMonitor, room: str, tally: Tally
) -> None:
    monitor.expect(".*")
    page, url = open_page(), f"{server.url}/chat/{room}/"
    edit_response(page, url, lambda html: html, policy=False)
    monitor.confine(page, url)
    page.goto(url)
    for action, pattern in ACTIONS.items():
        page.evaluate(f"() => {{ {action}; }}")
        expect_problem(page, monitor, pattern)
    tally("alarms", len(ACTIONS))


@pytest.mark.promise
@pytest.mark.parametrize("policy", [False, True], ids=["no policy", "policy"])
def test_a_page_that_leaves_its_room_raises_an_alarm(
    open_page: OpenPage, server: LiveServer, monitor: PageMonitor, rooms: Rooms, room: str, policy: bool, tally: Tally
) -> None:
    monitor.expect(".*")
    rooms.say(room, ELEMENT)
    page, url = open_page(), f"{server.url}/chat/{room}/"
    edit_response(page, url, unescape(ELEMENT), policy=policy)
    monitor.confine(page, url)
    page.goto(url)
    page.evaluate("() => { location.assign('/chat/lobby/'); }")
    expect_problem(page, monitor, "went to .*/chat/lobby/")
    tally("alarms")


@pytest.mark.promise
def test_a_page_with_unknown_markup_is_detected(
    open_page: OpenPage, check_page: CheckPage, server: LiveServer, monitor: PageMonitor, rooms: Rooms, tally: Tally
) -> None:
    monitor.expect("script-src")
    page = open_page()
    for number, text in enumerate(UNKNOWN_MARKUP):
        rooms.say(f"unknown-{number}", text)
        url = f"{server.url}/chat/unknown-{number}/"
        edit_response(page, url, unescape(text))
        page.goto(url)
        with pytest.raises(AssertionError, match="Extra items in the left set"):
            check_page(page)
        tally("alarms")


@pytest.mark.promise
def test_html_of_a_frame_raises_an_alarm_if_the_page_does_not_filter_it(
    open_room: OpenRoom, server: LiveServer, monitor: PageMonitor, room: str, tally: Tally
) -> None:
    monitor.expect(".*")
    hostile_server = HostileServer()

    def remove_filter_and_policy(page: Page) -> None:
        hostile_server.serve(page)
        edit_response(page, f"{server.url}/chat/{room}/", lambda html: html, policy=False)
        edit_response(
            page,
            re.compile(r"/(html|main)\.[\w.]*js"),  # the module, or the bundle that it is a part of
            lambda code: re.sub("createHTML: ?sanitize}", "createHTML: (html) => html}", code),
        )

    user = open_room(room, remove_filter_and_policy)
    hostile_server.send_everywhere(HANDLER)
    expect_problem(user.page, monitor, f"a mark: body .*{MARK}")
    tally("alarms")
