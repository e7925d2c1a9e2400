"""What goes wrong in a page without anybody seeing it."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Dialog, Page, Request

# Chromium reports a violation on the console too, but not everywhere; the event is certain.
LISTEN = """
document.addEventListener("securitypolicyviolation", ({violatedDirective, blockedURI, sourceFile}) => {
  console.error(`securitypolicyviolation: ${violatedDirective} ${blockedURI} ${sourceFile}`);
});
"""
INSIDE = ("data:", "blob:", "about:", "chrome-error:")
ASKED_BY_A_ROOM = re.compile(r"/static/chat/[\w./-]+|/api/rooms/")


class Faults:
    """Collects faults from every page of the contexts it watches."""

    def __init__(self, home: str) -> None:
        self.found: list[str] = []
        self._site = home
        self._home: tuple[str, ...] = (home, home.replace("http", "ws", 1), *INSIDE)
        self._expected: list[re.Pattern[str]] = []

    def expect(self, *patterns: str) -> None:
        """Faults that belong to this test, as regular expressions."""
        self._expected += [re.compile(pattern) for pattern in patterns]

    @property
    def unexpected(self) -> list[str]:
        return [fault for fault in self.found if not any(pattern.search(fault) for pattern in self._expected)]

    def watch(self, context: BrowserContext) -> None:
        context.add_init_script(LISTEN)
        context.on("page", self._watch_page)
        context.on("request", self._asked)

    def confine(self, page: Page, url: str) -> None:
        """From here on it is a fault as well to leave this address, to frame, open or download anything, or to ask even
        the own server for anything that a room does not need."""
        self._home += (url,)
        known = re.compile(f"{re.escape(url)}|{re.escape(self._site)}({ASKED_BY_A_ROOM.pattern})")
        self._find(page, "framenavigated", lambda frame: None if frame.url == url else f"went to {frame.url}")
        self._find(page, "request", lambda asked: None if known.fullmatch(asked.url) else f"asked for {asked.url}")
        self._find(page, "frameattached", lambda frame: f"a frame: {frame.url}")
        self._find(page, "popup", lambda opened: f"a window: {opened.url}")
        self._find(page, "download", lambda download: f"a download: {download.url}")

    def _find(self, page: Page, event: Any, fault: Callable[[Any], str | None]) -> None:
        page.on(event, lambda what: self.found.extend(filter(None, [fault(what)])))

    def _watch_page(self, page: Page) -> None:
        page.on("console", lambda message: message.type == "error" and self.found.append(message.text))
        page.on("pageerror", lambda error: self.found.append(f"uncaught: {error}"))
        page.on("crash", lambda _: self.found.append("the page crashed"))
        page.on("websocket", lambda socket: self._reached(socket.url))
        page.on("dialog", self._opened)

    def _asked(self, request: Request) -> None:
        self._reached(request.url)

    def _reached(self, url: str) -> None:
        if not url.startswith(self._home):
            self.found.append(f"a request to another host: {url}")

    def _opened(self, dialog: Dialog) -> None:
        self.found.append(f"a dialog: {dialog.type} {dialog.message}")
        dialog.dismiss()
