"""The states of the page that scripts/screenshots.py pictures: what people do with messages."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from tests.support.browser.page_states import NAMES, PHONE, RTL, TALK, Stage, state


def amended_room(stage: Stage, room: str) -> str:
    """The path of a room in which people have answered, edited and reacted."""
    path = stage.room(room, [*TALK[:2], RTL[0], ("Mira", "The straw is here too"), ("Mira", "I bring the seeds")])
    slug, rooms = path.split("/")[2], stage.rooms
    mira, jonas = ({"username": name, "author": f"author of {name}"} for name in ("Mira", "Jonas"))
    rooms.answer(slug, 3, "There is one, but its handle is loose. I bring mine, and the thermos flask", **mira)
    rooms.answer(slug, 4, "صباح النور", username="ליאור", author="another")
    rooms.amend(slug, 7, "edit", message="There is one, but it is loose. I bring mine, and the thermos flask", **mira)
    rooms.amend(slug, 5, "edit", message="The straw is here too, and the **bread**", **mira)
    for target, emoji in ((3, "👍"), (4, "😂"), (4, "❤️"), (5, "🎉"), (5, "👍"), (6, "😂"), (7, "😮")):
        rooms.amend(slug, target, "reaction", emoji=emoji, **jonas)
    for name in NAMES:
        rooms.amend(slug, 5, "reaction", emoji="🎉", username=name, author=name)
    return path


def send(page: Page, text: str) -> None:
    page.locator("#composer-text").fill(text)
    page.locator("#composer-text").press("Enter")
    expect(page.locator("#message-list > li").last).to_contain_text(text.strip("*")[:9])
    expect(page.locator("#message-list > li[data-state]")).to_have_count(0)


def act(page: Page, number: int, key: str) -> None:
    """Press a key on a message."""
    page.locator("#message-list > li > article").nth(number).focus()
    page.keyboard.press(key)


def edit(page: Page, text: str) -> None:
    """Give the newest own message another text."""
    page.locator("#composer-text").press("ArrowUp")
    expect(page.locator(".composer-target")).to_be_visible()
    page.locator("#composer-text").fill(text)
    page.locator("#composer-text").press("Enter")
    expect(page.locator(".message__edited")).to_have_count(1)
    expect(page.locator("#message-list > li[data-state]")).to_have_count(0)


def react(page: Page, number: int, name: str, *, is_stored: bool = True) -> None:
    """React with the emoji of this name."""
    item = page.locator("#message-list > li").nth(number)
    item.locator("article").focus()
    page.keyboard.press("+")
    page.locator(".emoji-picker input.field").fill(name)
    expect(page.locator(".emoji-picker [role=option]")).not_to_have_count(0)
    page.keyboard.press("Enter")
    if not is_stored:
        return
    expect(item.locator(".reaction[aria-pressed=true]")).not_to_have_count(0)
    expect(page.locator("#message-list > li[data-state]")).to_have_count(0)


@state
def amended(stage: Stage) -> Iterator[Page]:
    with stage.visit(amended_room(stage, "amended"), "Mira") as page:
        page.locator(".reaction[data-emoji='😂']").first.click()
        page.locator(".reaction[data-emoji='🎉']").first.hover()
        expect(page.locator(".tooltip")).to_be_visible()
        yield page


@state
def amended_without_javascript(stage: Stage) -> Iterator[Page]:
    with stage.visit(amended_room(stage, "amended-plain"), java_script_enabled=False) as page:
        yield page


@state
def replying(stage: Stage) -> Iterator[Page]:
    with stage.visit(stage.room("replying", [*TALK[:2], RTL[0]]), "Mira") as page:
        act(page, 1, "r")
        page.locator("#composer-text").fill("There is one")
        yield page


@state
def editing(stage: Stage) -> Iterator[Page]:
    with stage.visit(stage.room("editing", TALK[:2]), "Mira") as page:
        send(page, "The straw is here too, in the barn behind the plum trees, and the keys hang where they always did")
        page.locator("#composer-text").press("ArrowUp")
        expect(page.locator(".composer-target")).to_be_visible()
        yield page


@state
def deleted_and_failed(stage: Stage) -> Iterator[Page]:
    path = stage.room("deleted-and-failed", TALK[:2])
    with stage.visit(path, "Mira") as page:
        for text in ("Of another room", "The straw is here", "The seeds too"):
            send(page, text)
        page.clock.install()
        stage.rooms.damage(path.split("/")[2], 2)
        react(page, 0, "thumbs up", is_stored=False)
        act(page, 3, "e")
        expect(page.locator(".composer-target")).to_be_visible()
        page.locator("#composer-text").fill("The straw is here too")
        page.locator("#composer-text").press("Enter")
        expect(page.locator(".message__failure")).to_have_count(2)
        act(page, 2, "Delete")
        yield page


@state
def earlier_texts(stage: Stage) -> Iterator[Page]:
    with stage.visit(stage.room("earlier-texts", TALK[:2]), "Mira") as page:
        send(page, "The straw is here too")
        edit(page, "The straw and the *bread* are here too:\n\n- straw\n- bread")
        page.locator(".message__edited").click()
        expect(page.locator(".earlier-texts > li")).to_have_count(2)
        yield page


@state
def followed_reply(stage: Stage) -> Iterator[Page]:
    talk = [*TALK[:1], *[(name, f"Something else, number {number}") for number in range(9) for name in NAMES[:3]]]
    with stage.visit(stage.room("followed-reply", talk), "Mira") as page:
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Home")
        page.keyboard.press("r")
        send(page, "I do")
        page.locator("a.reply-link").click()
        expect(page.locator(".timeline__back")).to_be_visible()
        yield page


@state
def touch_actions(stage: Stage) -> Iterator[Page]:
    options = {"has_touch": True, "is_mobile": True, "viewport": PHONE}
    with stage.visit(stage.room("touch-actions", TALK), "Mira", **options) as page:
        box = page.locator(".message__body").nth(4).bounding_box() or {"x": 0, "y": 0}
        touch = page.context.new_cdp_session(page)
        points = [{"x": box["x"] + 20, "y": box["y"] + 10}]
        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points})
        expect(page.locator(".message-actions")).to_be_visible()
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        yield page
