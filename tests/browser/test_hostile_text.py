"""Messages and names are shown as typed: they run nothing, load nothing and navigate nowhere.

The monitor in conftest.py checks for every test that no page threw, opened a dialog, sent a request to another host, or
has a mark of hostile text outside of text.
"""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewUser, OpenPage
from tests.support.browser.browser_user import BrowserUser
from tests.support.core.command_rooms import Rooms
from tests.support.hostile_text import MARK, SCRIPT_URL
from tests.support.live_server import LiveServer, fetch, wait_until

MESSAGES = [
    '1 < 2 & "x"',
    f"&lt;{MARK}&gt; &amp;amp; &#x3c;",
    f"<{MARK}>",
    f"</script><{MARK}>",
    f'<img {MARK}="1">',
    f'"><svg/{MARK}>',
    f"<svg><script {MARK}></script></svg>",
    f"<iframe {MARK}></iframe>",
    f'<a href="{SCRIPT_URL}">read me</a>',
    SCRIPT_URL,
    f"data:text/html,<{MARK}>",
    f"<body {MARK}>",
    f'<details open {MARK}="1">',
    f"<style {MARK}>{MARK} {{}}</style>",
    f"<meta {MARK}>",
    f"<base {MARK}>",
    f"<form {MARK}><button>Join</button></form>",
    f"<img {MARK}>",
    f"<link {MARK}>",
    f'<template id="message-template" {MARK}></template>',
    f'<ol id="message-list" {MARK}></ol><script id="chat-config"></script>',
    f"<math {MARK}>",
    f"{{{{ '{MARK}' }}}} ${{'{MARK}'}} {{% comment %}}",
    f"--><{MARK}><!--",
    f"]]><{MARK}>",
    "\u202eexe.gpj\u202c and back",
]
LINKS = [
    f"[read me]({SCRIPT_URL})",
    f"[read me](JaVaScRiPt:({MARK}))",
    "[read me](data:text/html;base64,PHgtbWFyaz4=)",
    f"[read me](vbscript:{MARK})",
    f"![pixel](https://{MARK}.invalid/pixel.png)",
    f"<{SCRIPT_URL}>",
    f'[read me](https://example.org/" {MARK}="1)',
    f"[![pixel](https://{MARK}.invalid/pixel.png)]({SCRIPT_URL})",
]
NAMES = [
    f"<{MARK}>",
    f'"><{MARK}>',
    f"' {MARK}='1",
    f"{{{{ '{MARK}' }}}}",
]
# The page shows each presence notice only briefly.
RECORD_NOTICES = """() => {
  const note = document.querySelector("#presence-note");
  window.notices = [];
  new MutationObserver(() => notices.push(note.textContent)).observe(note, {childList: true});
}"""
ALLOWED_ATTRIBUTES = {"href", "rel", "target", "class", "start", "dir", "tabindex"}


def attributes_in(user: BrowserUser) -> set[str]:
    """The names of all attributes in the rendered messages."""
    names = user.bodies.locator("*").evaluate_all("found => found.flatMap((element) => element.getAttributeNames())")
    return set(names)


def schemes_in(user: BrowserUser) -> set[str]:
    links = user.bodies.locator("a").evaluate_all("links => links.map((link) => link.protocol)")
    return set(links)


def test_messages_stay_text_on_the_page_and_in_the_file(
    new_user: NewUser, server: LiveServer, rooms: Rooms, room: str
) -> None:
    ada, bob = new_user("ada"), new_user("bob")
    ada.send(*MESSAGES)
    expect(ada.messages).to_have_count(len(MESSAGES))
    for user in (ada, bob, ada.reload()):
        expect(user.bodies).to_have_count(len(MESSAGES))
        user.expect_messages(*MESSAGES)
        assert [text.strip() for text in user.bodies.all_text_contents()] == MESSAGES
        assert attributes_in(user) <= ALLOWED_ATTRIBUTES
    assert ada.page.url == f"{server.url}/chat/{room}/"
    assert rooms.texts(room) == MESSAGES
    events = fetch(f"{server.url}/api/rooms/{room}/messages").json()["events"]
    assert [event["message"] for event in events] == MESSAGES
    assert json.loads((server.storage / f"{room}.json").read_text())[1]["message"] == '1 < 2 & "x"'


def test_links_and_images_have_only_allowed_schemes(new_user: NewUser) -> None:
    ada, bob = new_user("ada"), new_user("bob")
    ada.send(*LINKS)
    expect(bob.bodies).to_have_count(len(LINKS))
    for user in (bob, ada.reload()):
        assert schemes_in(user) <= {"http:", "https:", "mailto:"}
        assert attributes_in(user) <= ALLOWED_ATTRIBUTES
        expect(user.bodies.locator("img, svg, iframe, script, style, form, object")).to_have_count(0)


@pytest.mark.parametrize("name", NAMES)
def test_a_username_stays_text(new_user: NewUser, name: str) -> None:
    ada = new_user("ada")
    ada.page.evaluate(RECORD_NOTICES)
    bob = new_user(name)
    wait_until(lambda: f"{name} joined" in ada.page.evaluate("() => notices"), "a notice that the user joined")
    bob.composer.press_sequentially("Hello")
    expect(ada.typing).to_have_text(f"{name} is typing…")
    bob.composer.press("Enter")
    for user in (ada, bob, ada.expect_messages("Hello").reload()):
        expect(user.authors).to_have_text([name])
        expect(user.members.filter(has_text=name)).to_have_count(1)
    expect(bob.page.locator("#current-user-name")).to_have_text(name)


@pytest.mark.parametrize("name", [f"<{MARK}>", f'</script><{MARK} title="room">'])
def test_a_room_name_stays_text(new_user: NewUser, open_page: OpenPage, server: LiveServer, name: str) -> None:
    ada = new_user("ada")
    ada.page.locator(".new-room > summary").click()
    ada.page.get_by_label("Name of the room").fill(name)
    ada.page.get_by_role("button", name="Create").click()
    expect(ada.page.get_by_role("heading", level=1)).to_have_text(name)
    expect(ada.expect_connected().composer).to_have_attribute("placeholder", f"Message {name}")
    assert ada.page.title() == f"{name} · chatsite"
    ada.send("Made.").expect_messages("Made.")
    bob = BrowserUser(open_page(), server.url).visit("lobby")
    expect(bob.page.get_by_role("link", name=name)).to_be_visible()
