"""What the composer cannot send, and what it offers instead."""

from playwright.sync_api import expect

from tests.browser.conftest import NewUser
from tests.support.core.command_rooms import Rooms

GIVE_FILE = """([type, text]) => {
  const data = new DataTransfer();
  data.items.add(new File(["x"], "picture.png", {type: "image/png"}));
  if (text) data.setData("text/plain", text);
  const name = type === "paste" ? "clipboardData" : "dataTransfer";
  const EventClass = type === "paste" ? ClipboardEvent : DragEvent;
  const event = new EventClass(type, {[name]: data, bubbles: true, cancelable: true});
  const target = type === "paste" ? document.activeElement : document.body;
  return !target.dispatchEvent(event);
}"""


def test_the_composer_says_what_it_cannot_send(new_user: NewUser, rooms: Rooms, room: str) -> None:
    """Regression: a long text was refused in silence, a pasted file vanished, a dropped one left the page."""
    ada = new_user("ada")
    page, note = ada.page, ada.page.locator(".composer-note")
    code = "```\n" + "x = 1\n" * 100 + "```"
    words = "word " * 800
    ada.composer.fill(f"{words}\n\n{code}")
    expect(note).to_contain_text("609 characters too long")
    page.get_by_role("button", name="Send in 2 parts").click()
    expect(ada.messages).to_have_count(2)
    expect(ada.composer).to_have_value("")
    expect(ada.composer).to_be_focused()
    expect(note).to_be_hidden()
    expect(page.locator("#message-list > li[data-state]")).to_have_count(0)
    assert rooms.texts(room) == [words.strip(), code]
    ada.composer.fill("x" * 100_000)
    expect(note).to_contain_text("96,000 characters too long")
    expect(note.get_by_role("button")).to_be_hidden()
    ada.composer.fill("")
    for gesture in ("paste", "drop"):
        page.evaluate(GIVE_FILE, [gesture, ""])
        expect(note).to_have_text("Files cannot be sent here yet.")
        ada.composer.press("a")
        expect(note).to_be_hidden()
    assert page.evaluate(GIVE_FILE, ["dragover", ""]), "the browser does not open the file"
    page.evaluate(GIVE_FILE, ["paste", "text of a spreadsheet"])
    expect(note).to_be_hidden()


def test_the_name_of_a_new_room_can_be_typed_at_once(new_user: NewUser) -> None:
    ada = new_user("ada")
    ada.page.locator(".new-room > summary").click()
    expect(ada.page.get_by_label("Name of the room")).to_be_focused()
