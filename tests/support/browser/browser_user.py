"""Somebody at a browser: what they do, and what they see."""

import re
from typing import Self

from playwright.sync_api import Locator, Page, expect


class Person:
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
        self.people = page.locator("#people .person__name")
        self.count = page.locator("#room-count")
        self._url = url

    # Doing

    def visit(self, room: str) -> Self:
        self.page.goto(f"{self._url}/chat/{room}/")
        return self

    def join(self, name: str) -> Self:
        self.name_field.fill(name)
        self.name_field.press("Enter")
        return self.is_connected()

    def reload(self) -> Self:
        self.page.reload()
        return self.is_connected()

    def say(self, *texts: str) -> Self:
        """Written and sent; whether it arrives is another question."""
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

    # Seeing

    def is_connected(self) -> Self:
        expect(self.status).to_have_text("Connected")
        return self

    def sees(self, *texts: str) -> Self:
        """These messages and no others, in this order, all of them stored."""
        expect(self.bodies).to_have_text(texts)
        expect(self.page.locator("#message-list > li[data-state]")).to_have_count(0)
        return self

    def message(self, text: str) -> Locator:
        """The message of which the whole text is this."""
        return self.messages.filter(has=self.page.get_by_text(text, exact=True))

    def first_visible(self) -> Locator:
        """The message at the upper edge of the log."""
        index = self.messages.evaluate_all(
            """items => {
              const {top} = document.querySelector("#messages").getBoundingClientRect();
              return items.findIndex((item) => item.getBoundingClientRect().top >= top);
            }"""
        )
        return self.page.locator(f"#message-list > li[data-id='{self.messages.nth(index).get_attribute('data-id')}']")

    @property
    def distance_from_end(self) -> int:
        """In pixels; 0 when the newest message is in sight."""
        distance: int = self.log.evaluate("log => Math.round(-log.scrollTop)")
        return distance


def top_of(item: Locator) -> float:
    """Where it begins on the screen, in pixels."""
    top: float = item.evaluate("item => item.getBoundingClientRect().top")
    return top
