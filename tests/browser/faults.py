"""What goes wrong in a page without anybody seeing it."""

import re

from playwright.sync_api import BrowserContext, Dialog, Page, Request

# Chromium reports a violation on the console too, but not everywhere; the event is certain.
LISTEN = """
document.addEventListener("securitypolicyviolation", ({violatedDirective, blockedURI, sourceFile}) => {
  console.error(`securitypolicyviolation: ${violatedDirective} ${blockedURI} ${sourceFile}`);
});
"""
INSIDE = ("data:", "blob:", "about:", "chrome-error:")


class Faults:
    """Collects faults from every page of the contexts it watches."""

    def __init__(self, home: str) -> None:
        self.found: list[str] = []
        self._home = (home, home.replace("http", "ws", 1), *INSIDE)
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
