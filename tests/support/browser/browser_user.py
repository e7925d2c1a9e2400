"""A user with a browser: actions on a page, and assertions about what it shows."""

import re
from typing import Self

import pytest
from playwright.sync_api import Error, Locator, Page, expect

ERROR_PAGE = "chrome-error://chromewebdata/"


class BrowserUser:
    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.log = page.get_by_role("log")
        self.messages = page.locator("#message-list > li")
        self.bodies = self.messages.locator(".message__body")
        self.authors = self.messages.locator(".message__author")
        self.pending = page.locator("#message-list > li[data-state=pending]")
        self.failed = page.locator("#message-list > li[data-state=failed]")
        self.composer = page.get_by_role("textbox", name=re.compile("^Message "))
        self.name_field = page.get_by_label("What should people call you?").first
        self.status = page.locator("#status-text")
        self.typing = page.locator("#typing")
        self.members = page.locator("#people .person__name")
        self.member_count = page.locator("#room-count")
        self._url = url

    # Actions

    def visit(self, room: str) -> Self:
        self.page.goto(f"{self._url}/chat/{room}/")
        return self

    def join(self, name: str) -> Self:
        self.name_field.fill(name)
        self.name_field.press("Enter")
        return self.expect_connected()

    def reload(self) -> Self:
        self.page.reload()
        return self.expect_connected()

    def reload_without_server(self) -> Self:
        """Reload, which is refused, until the error page is shown.

        `reload` fails before that, and the error page would interrupt a navigation that begins meanwhile.
        """
        with self.page.expect_event("framenavigated", lambda frame: frame.url == ERROR_PAGE):
            with pytest.raises(Error, match="ERR_CONNECTION_REFUSED"):
                self.page.reload()
        return self

    def send(self, *texts: str) -> Self:
        """Type and send each message, without waiting for it to be stored."""
        for text in texts:
            self.composer.fill(text)
            self.composer.press("Enter")
        return self

    def rename(self, name: str) -> None:
        self.page.get_by_role("button", name="change your name").click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_role("textbox").fill(name)
        dialog.get_by_role("button", name="Change name").click()
        expect(dialog).to_be_hidden()

    def scroll_to_start(self) -> None:
        self.log.evaluate("log => log.scrollTo({top: -log.scrollHeight, behavior: 'instant'})")

    # Assertions

    def expect_connected(self) -> Self:
        """The connection is open, and nothing is said about it."""
        expect(self.page.locator("html[data-connection=connected]")).to_have_count(1)
        expect(self.status).to_be_hidden()
        return self

    def open_people(self) -> Self:
        """On a phone: open the drawer with the people."""
        self.page.get_by_role("button", name="show or hide the people").tap()
        return self

    def expect_messages(self, *texts: str) -> Self:
        """The page shows these messages and no others, in this order, all of them stored."""
        expect(self.bodies).to_have_text(texts)
        expect(self.page.locator("#message-list > li[data-state]")).to_have_count(0)
        return self

    def message(self, text: str) -> Locator:
        """The message with exactly this text."""
        return self.messages.filter(has=self.page.get_by_text(text, exact=True))

    def first_visible_message(self) -> Locator:
        """The first message below the upper edge of the message list."""
        index = self.messages.evaluate_all(
            """items => {
              const {top} = document.querySelector("#messages").getBoundingClientRect();
              return items.findIndex((item) => item.getBoundingClientRect().top >= top);
            }"""
        )
        return self.page.locator(f"#message-list > li[data-id='{self.messages.nth(index).get_attribute('data-id')}']")

    @property
    def distance_from_end_px(self) -> int:
        """How far the list is scrolled up; 0 when the newest message is visible."""
        distance: int = self.log.evaluate("log => Math.round(-log.scrollTop)")
        return distance


def top_px(item: Locator) -> float:
    """The position of its upper edge on the screen."""
    top: float = item.evaluate("item => item.getBoundingClientRect().top")
    return top
