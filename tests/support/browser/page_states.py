"""The states of the page that scripts/screenshots.py takes pictures of, a function each."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Browser, Page, expect
from websockets.sync.client import connect

from chat.storage import Draft
from tests.support.core.command_rooms import Rooms
from tests.support.live_server import LiveServer

LOCALES = {"en": "en-GB", "de": "de-DE"}
PHONE = {"width": 390, "height": 780}
CODE = """```python
def beds_of(season: str) -> dict[str, list[str]]:
    \"\"\"What grows where. The key is the name of a bed, the value what was sown there, in the order of the rows.\"\"\"
    return {bed: sown for bed, sown in PLAN[season].items() if sown and not bed.startswith("old")}
```"""
TABLE = "| Bed | Crop | Sown |\n|---|---|---:|\n| north | kale | 12 |\n| south | garlic | 48 |"
TALK = [
    ("Mira", "Morning! The garlic has arrived. Who has time to plant on Saturday?"),
    ("Jonas", "I do, from ten. Shall I bring the long rake, or is there one in the shed?"),
    (
        "Mira",
        "What is left to do:\n\n- garlic into the *south* bed\n- straw over the leeks\n- **empty the rain barrel**",
    ),
    ("Tove", "> empty the rain barrel\n\nDone yesterday. The plan is at https://example.org/beds"),
    ("Jonas", "Five rows left, then. Two of them for `Vicia faba`?"),
    ("Jonas", "👍"),
    ("Mira", "Broad beans it is."),
]
RTL = [
    ("ليلى", "صباح الخير! وصل الثوم اليوم. من لديه وقت للزراعة يوم السبت؟"),
    ("Jonas", "Good morning, and welcome"),
    ("נועה", "בוקר טוב, אני פנויה בשבת מעשר. להביא את ה-rake הארוך?"),
]
LONG = [
    ("Mira", "\n".join(f"{line}. line of a message that is folded after twenty-five of them" for line in range(1, 61))),
    ("Jonas", "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnung" * 4),
    ("Tove", "https://example.org/" + "a-long-path/" * 20),
]
NAMES = "Aino Björn Chiara Dmitri Elif Farah Goran Hanna Ines Jun Kofi Lena Mira Nuria Olga Pavel Quinn Rosa".split()


class Stage:
    """A browser and a server with rooms, and pages in one language."""

    def __init__(self, browser: Browser, server: LiveServer, language: str) -> None:
        self.rooms = Rooms(server.storage)
        self.server = server
        self.language = language
        self._browser = browser

    @contextmanager
    def visit(self, path: str, name: str = "", **options: Any) -> Iterator[Page]:
        """A page in a new browser context, of somebody with this name."""
        options = {"locale": LOCALES[self.language], "viewport": {"width": 1440, "height": 900}, **options}
        context = self._browser.new_context(**options)
        page = context.new_page()
        page.goto(self.server.url + path)
        if name:
            page.locator("#join-name").fill(name)
            page.locator("#join-name").press("Enter")
            expect(page.locator("html[data-connection=connected]")).to_have_count(1)
        yield page
        context.close()

    @contextmanager
    def people(self, path: str, names: list[str]) -> Iterator[None]:
        """People in the room of a page, without browsers."""
        address = f"{self.server.url.replace('http', 'ws', 1)}/ws{path}?username="
        with ExitStack() as connections:
            for name in names:
                connections.enter_context(connect(address + quote(name)))
            yield

    def room(self, state: str, messages: list[tuple[str, str]] | None = None) -> str:
        """The path of a room for one state, in which these messages were posted."""
        slug = f"{state}-{self.language}"
        for name, text in messages or []:
            self.rooms.say(slug, text, username=name, author=f"author of {name}"[:16])
        return f"/chat/{slug}/"


State = Callable[[Stage], Any]  # gives a context manager of the page
STATES: dict[str, State] = {}


def state(make: Callable[[Stage], Iterator[Page]]) -> State:
    made: State = contextmanager(make)
    STATES[make.__name__.replace("_", "-")] = made
    return made


@state
def first_visit(stage: Stage) -> Iterator[Page]:
    with stage.visit(stage.room("first-visit")) as page:
        yield page


@state
def empty_room(stage: Stage) -> Iterator[Page]:
    with stage.visit(stage.room("empty-room"), "Ada") as page:
        yield page


@state
def conversation(stage: Stage) -> Iterator[Page]:
    path = stage.room("conversation", TALK)
    with stage.visit(path, "Jonas"), stage.visit(path, "Tove"), stage.visit(path, "Mira") as page:
        expect(page.locator("#people .person__name")).to_have_count(3)
        yield page


@state
def action_bar(stage: Stage) -> Iterator[Page]:
    with stage.visit(stage.room("action-bar", TALK), "Mira") as page:
        page.locator("#composer-text").focus()
        page.keyboard.press("Shift+Tab")  # to the newest message
        page.keyboard.press("ArrowUp")
        yield page


@state
def mentions(stage: Stage) -> Iterator[Page]:
    talk = [("Mira", "Who brings what? @Tove, the *twine*?"), ("Jonas", '@"Ada Lovelace" has it, and @Tove the seeds')]
    with stage.visit(stage.room("mentions", [*TALK[:1], ("Ada Lovelace", "Hello"), *talk]), "Tove") as page:
        page.locator("#composer-text").press_sequentially("Ask @")
        expect(page.locator(".completion__option")).to_have_count(3)
        yield page


@state
def emoji_completion(stage: Stage) -> Iterator[Page]:
    with stage.visit(stage.room("emoji-completion", TALK[:2]), "Tove") as page:
        page.locator("#composer-text").press_sequentially("Morning :sm")
        expect(page.locator(".completion__option")).not_to_have_count(0)
        yield page


@state
def emoji_picker(stage: Stage) -> Iterator[Page]:
    with stage.visit(stage.room("emoji-picker", TALK[:2]), "Tove") as page:
        page.locator("#emoji-button").click()
        expect(page.locator(".emoji-picker [role=option]")).not_to_have_count(0)
        page.keyboard.press("ArrowDown")
        yield page


@state
def long_messages(stage: Stage) -> Iterator[Page]:
    with stage.visit(stage.room("long-messages", LONG), "Mira") as page:
        yield page


@state
def code_and_table(stage: Stage) -> Iterator[Page]:
    with stage.visit(
        stage.room("code-and-table", [("Jonas", CODE), ("Tove", TABLE), ("Mira", "🌱🧄")]), "Mira"
    ) as page:
        yield page


@state
def right_to_left(stage: Stage) -> Iterator[Page]:
    with stage.visit(stage.room("right-to-left", RTL), "ليلى") as page:
        yield page


@state
def unread_line(stage: Stage) -> Iterator[Page]:
    path = stage.room("unread-line", [("Mira", f"Said before, number {number}") for number in range(40)])
    with stage.visit(path, "Jonas") as page:
        page.locator("#messages").evaluate("log => log.scrollTo({top: -log.scrollHeight, behavior: 'instant'})")
        stage.room("unread-line", [("Tove", f"Said while you read further up, number {number}") for number in range(9)])
        expect(page.locator("#jump-button")).to_contain_text("9")
        page.locator("#jump-button").click()
        page.wait_for_function("document.querySelector('#messages').scrollTop > -900")
        yield page


@state
def topic(stage: Stage) -> Iterator[Page]:
    path = stage.room("topic", TALK)
    draft = Draft(type="topic", author="a", username="Mira", topic="Beds and seeds, and who waters them on which day")
    stage.rooms.append(f"topic-{stage.language}", [draft])
    with stage.visit(path, "Jonas") as page:
        page.locator("#room-about > summary").click()
        yield page


@state
def linked_message(stage: Stage) -> Iterator[Page]:
    path = stage.room("linked-message", [("Mira", f"Said before, number {number}") for number in range(120)])
    with stage.visit(f"{path}20") as page:
        yield page


@state
def gone_message(stage: Stage) -> Iterator[Page]:
    with stage.visit(f"{stage.room('gone-message', TALK)}5000") as page:
        yield page


@state
def taken_address(stage: Stage) -> Iterator[Page]:
    stage.rooms.store.create("cafe", "Café")
    with stage.visit(stage.room("taken-address", TALK), "Jonas", viewport=PHONE) as page:
        page.locator("#menu-button").click()
        page.locator(".new-room > summary").click()
        page.locator("#room-name").fill("Café?")
        page.locator("#room-name").press("Enter")
        expect(page.locator("#room-address")).to_be_visible()
        yield page


@state
def scrolled_up(stage: Stage) -> Iterator[Page]:
    path = stage.room("scrolled-up", [("Mira", f"Said before, number {number}") for number in range(40)])
    with stage.visit(path, "Jonas") as page:
        page.locator("#messages").evaluate("log => log.scrollTo({top: -log.scrollHeight / 2, behavior: 'instant'})")
        stage.room("scrolled-up", [("Tove", "New"), ("Tove", "Newer")])
        expect(page.locator("#jump-button")).to_contain_text("2")
        yield page


@state
def offline(stage: Stage) -> Iterator[Page]:
    with stage.visit(stage.room("offline", TALK), "Jonas") as page:
        page.context.set_offline(True)
        page.locator("#composer-text").fill("Written without a connection")
        page.locator("#composer-text").press("Enter")
        expect(page.locator("#status-text")).to_be_visible()
        yield page


@state
def failed_message(stage: Stage) -> Iterator[Page]:
    path = stage.room("failed-message", TALK[:3])
    stage.rooms.damage(path.split("/")[2], 2)
    with stage.visit(path, "Ada") as page:
        page.locator("#composer-text").fill("This one cannot be stored")
        page.locator("#composer-text").press("Enter")
        expect(page.locator("#message-list > li[data-state=failed]")).to_have_count(1)
        yield page


@state
def too_long(stage: Stage) -> Iterator[Page]:
    with stage.visit(stage.room("too-long", TALK[:2]), "Ada") as page:
        page.locator("#composer-text").fill("A long text of many words. " * 166)
        yield page


@state
def name_taken(stage: Stage) -> Iterator[Page]:
    path = stage.room("name-taken", TALK[:2])
    with stage.visit(path, "Ada"), stage.visit(path, "Ada") as page:
        expect(page.locator("#name-notice")).not_to_be_empty()
        yield page


def _after_clicks(stage: Stage, room: str, *selectors: str, **options: Any) -> Iterator[Page]:
    """Ada's page of a room, after clicks on these elements."""
    with stage.visit(stage.room(room, TALK[:2]), "Ada", **options) as page:
        for selector in selectors:
            page.locator(selector).click()
        yield page


@state
def name_dialog(stage: Stage) -> Iterator[Page]:
    yield from _after_clicks(stage, "name-dialog", "#current-user-button")


@state
def settings(stage: Stage) -> Iterator[Page]:
    yield from _after_clicks(stage, "settings", "#settings-button")


@state
def notifications(stage: Stage) -> Iterator[Page]:
    yield from _after_clicks(stage, "notifications", "#notifications-button")


@state
def new_room(stage: Stage) -> Iterator[Page]:
    yield from _after_clicks(stage, "new-room", "#menu-button", ".new-room summary", viewport=PHONE)


@state
def switcher(stage: Stage) -> Iterator[Page]:
    with stage.visit(stage.room("switcher", TALK[:2]), "Ada") as page:
        page.keyboard.press("Control+k")
        yield page


@state
def keys_help(stage: Stage) -> Iterator[Page]:
    with stage.visit(stage.room("keys-help", TALK[:2]), "Ada") as page:
        page.evaluate("() => document.activeElement.blur()")
        page.keyboard.press("?")
        yield page


@state
def drawer_with_rooms(stage: Stage) -> Iterator[Page]:
    yield from _after_clicks(stage, "drawer", "#menu-button", viewport=PHONE)


@state
def drawer_with_people(stage: Stage) -> Iterator[Page]:
    yield from _after_clicks(stage, "people", "#people-button", viewport=PHONE)


@state
def many_people(stage: Stage) -> Iterator[Page]:
    path = stage.room("many-people", [(name, f"Hello from {name}") for name in NAMES])
    with stage.people(path, NAMES), stage.visit(path, "A name of thirty-two characters!") as page:
        expect(page.locator("#people > li")).to_have_count(len(NAMES) + 1)
        yield page


@state
def without_javascript(stage: Stage) -> Iterator[Page]:
    with stage.visit(stage.room("without-javascript", TALK), java_script_enabled=False) as page:
        yield page


@state
def page_not_found(stage: Stage) -> Iterator[Page]:
    with stage.visit("/nothing/here/") as page:
        yield page


@state
def room_not_readable(stage: Stage) -> Iterator[Page]:
    path = stage.room("not-readable", TALK[:1])
    stage.rooms.path(path.split("/")[2]).write_text('{"not": "a room"}')
    with stage.visit(path) as page:
        yield page


@state
def unknown_host(stage: Stage) -> Iterator[Page]:
    with stage.visit("/nothing", extra_http_headers={}) as page:
        page.route(re.compile("unknown"), lambda route: route.fulfill(response=_refused(page, stage)))
        page.goto(stage.server.url + "/unknown")
        yield page


def _refused(page: Page, stage: Stage) -> Any:
    headers = {"Host": "chat.example.org", "Accept-Language": stage.language, "Accept": "text/html"}
    return page.request.get(stage.server.url + "/", headers=headers)


@state
def all_rooms(stage: Stage) -> Iterator[Page]:
    make_many_rooms(stage)
    with stage.visit("/rooms/") as page:
        yield page


@state
def search(stage: Stage) -> Iterator[Page]:
    slug = stage.room("search", [*TALK, *RTL, *LONG]).split("/")[2]
    with stage.visit(f"/search/?q=ar&room={slug}") as page:
        expect(page.locator(".hit mark").first).to_be_visible()
        yield page


@state
def three_hundred_rooms(stage: Stage) -> Iterator[Page]:
    make_many_rooms(stage)
    with stage.visit(stage.room("one-of-many", TALK), "Ada") as page:
        yield page


def make_many_rooms(stage: Stage) -> None:
    """300 rooms; they stay for the states after this one."""
    if not stage.rooms.path("room-of-allotment-300").exists():
        for number in range(1, 301):
            stage.rooms.say(f"room-of-allotment-{number}", "Hello")
