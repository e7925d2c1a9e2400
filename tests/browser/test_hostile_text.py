"""Whatever people type is shown as typed: it runs nothing, loads nothing, leads nowhere by itself.

That no page threw, opened a dialog or asked another host is checked for every test, see conftest.py.
"""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, Visitor
from tests.support.browser.browser_user import Person
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import LiveServer, fetch, wait_until

MESSAGES = [
    '1 < 2 & "x"',
    "&lt;script&gt;alert(1)&lt;/script&gt; &amp;amp; &#x3c;",
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    '"><svg/onload=alert(1)>',
    "<svg><script>alert&#40;1)</script></svg>",
    "<iframe src=javascript:alert(1)></iframe>",
    '<a href="javascript:alert(1)">read me</a>',
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "<body onload=alert(1)>",
    '<details open ontoggle="alert(1)">',
    "<style>body { display: none }</style>",
    '<meta http-equiv="refresh" content="0;url=//attacker.invalid">',
    '<base href="//attacker.invalid/">',
    '<form action="//attacker.invalid"><button>Join</button></form>',
    '<img src="//attacker.invalid/pixel.png">',
    '<link rel="stylesheet" href="//attacker.invalid/style.css">',
    '<template id="message-template"></template>',
    '<ol id="message-list"></ol><script id="chat-config"></script>',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;<img src=1 onerror=alert(1)>">',
    "{{constructor.constructor('alert(1)')()}} ${alert(1)} {% debug %}",
    "--><script>alert(1)</script><!--",
    "]]><script>alert(1)</script>",
    "\u202eexe.gpj\u202c and back",
]
LINKS = [
    "[read me](javascript:alert(1))",
    "[read me](JaVaScRiPt:alert(1))",
    "[read me](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[read me](vbscript:msgbox)",
    "![pixel](https://attacker.invalid/pixel.png)",
    "<javascript:alert(1)>",
    '[read me](https://example.org/" onmouseover="alert(1))',
    "[![pixel](https://attacker.invalid/pixel.png)](javascript:alert(1))",
]
NAMES = [
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "' onfocus='alert(1)",
    "{{ settings.SECRET_KEY }}",
]
# Who came and went is shown for a moment only.
KEEP_NOTES = """() => {
  const note = document.querySelector("#people-note");
  window.notes = [];
  new MutationObserver(() => notes.push(note.textContent)).observe(note, {childList: true});
}"""
ATTRIBUTES = {"href", "rel", "target", "class", "start", "dir"}


def attributes_in(person: Person) -> set[str]:
    """Every attribute of every element that the server made of a message."""
    names = person.bodies.locator("*").evaluate_all("found => found.flatMap((element) => element.getAttributeNames())")
    return set(names)


def schemes_in(person: Person) -> set[str]:
    links = person.bodies.locator("a").evaluate_all("links => links.map((link) => link.protocol)")
    return set(links)


def test_messages_stay_text_on_page_and_in_file(visitor: Visitor, server: LiveServer, rooms: Rooms, room: str) -> None:
    ada, bob = visitor("ada"), visitor("bob")
    ada.say(*MESSAGES)
    expect(ada.messages).to_have_count(len(MESSAGES))
    for person in (ada, bob, ada.reload()):
        expect(person.bodies).to_have_count(len(MESSAGES))
        person.sees(*MESSAGES)
        assert [text.strip() for text in person.bodies.all_text_contents()] == MESSAGES
        assert attributes_in(person) <= ATTRIBUTES
    assert ada.page.url == f"{server.url}/chat/{room}/"
    assert rooms.texts(room) == MESSAGES
    events = fetch(f"{server.url}/api/rooms/{room}/messages").json()["events"]
    assert [event["message"] for event in events] == MESSAGES
    assert json.loads((server.storage / f"{room}.json").read_text())[1]["message"] == '1 < 2 & "x"'


def test_links_and_images_in_markdown_lead_nowhere_bad(visitor: Visitor) -> None:
    ada, bob = visitor("ada"), visitor("bob")
    ada.say(*LINKS)
    expect(bob.bodies).to_have_count(len(LINKS))
    for person in (bob, ada.reload()):
        assert schemes_in(person) <= {"http:", "https:", "mailto:"}
        assert attributes_in(person) <= ATTRIBUTES
        expect(person.bodies.locator("img, svg, iframe, script, style, form, object")).to_have_count(0)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_stays_text(visitor: Visitor, name: str) -> None:
    ada = visitor("ada")
    ada.page.evaluate(KEEP_NOTES)
    bob = visitor(name)
    wait_until(lambda: f"{name} joined" in ada.page.evaluate("() => notes"), "a note about who joined")
    bob.composer.press_sequentially("Hello")
    expect(ada.typing).to_have_text(f"{name} is typing…")
    bob.composer.press("Enter")
    for person in (ada, bob, ada.sees("Hello").reload()):
        expect(person.authors).to_have_text([name])
        expect(person.people.filter(has_text=name)).to_have_count(1)
    expect(bob.page.locator("#me-name")).to_have_text(name)


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", '</script><script>alert("room")</script>'])
def test_a_rooms_name_stays_text(visitor: Visitor, open_page: OpenPage, server: LiveServer, name: str) -> None:
    ada = visitor("ada")
    ada.page.get_by_text("New room").click()
    ada.page.get_by_label("Name of the room").fill(name)
    ada.page.get_by_role("button", name="Make").click()
    expect(ada.page.get_by_role("heading", level=1)).to_have_text(name)
    expect(ada.is_connected().composer).to_have_attribute("placeholder", f"Message {name}")
    assert ada.page.title() == f"{name} · chatsite"
    ada.say("Made.").sees("Made.")
    bob = Person(open_page(), server.url).visit("lobby")
    expect(bob.page.get_by_role("link", name=name)).to_be_visible()
