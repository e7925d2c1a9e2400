"""Detects problems in a page that are not visible: errors, policy violations, dialogs, requests to other hosts, and
marks of hostile text outside of text."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Dialog, Page, Request

from tests.support.hostile_text import MARK

# Chromium does not report every violation on the console; the event is reliable.
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", ({violatedDirective, blockedURI, sourceFile}) => {
  console.error(`securitypolicyviolation: ${violatedDirective} ${blockedURI} ${sourceFile}`);
});
"""
REPORT_MARKS = """
{
  const selector = "MARK, [MARK]";
  const report = (element) => console.error(`a mark: ${[element.localName, ...element.getAttributeNames()].join(" ")}`);
  const inspect = (node) => {
    if (!(node instanceof Element)) return;
    if (node.matches(selector)) report(node);
    node.querySelectorAll(selector).forEach(report);
  };
  new MutationObserver((records) => {
    for (const {type, target, addedNodes} of records) {
      if (type === "attributes") inspect(target);
      else addedNodes.forEach(inspect);
    }
  }).observe(document, {subtree: true, childList: true, attributeFilter: ["MARK"]});
}
""".replace("MARK", MARK)
LOCAL_SCHEMES = ("data:", "blob:", "about:", "chrome-error:")
PATHS_OF_A_ROOM = re.compile(
    r"/static/chat/[\w./-]+|/icon-\d+\.svg|/api/rooms/\?order=newest|/api/people/\?room=[\w-]+"
)


class PageMonitor:
    """Collects the problems of all pages in the contexts that it watches."""

    def __init__(self, site_url: str) -> None:
        self.problems: list[str] = []
        self._site_url = site_url
        self._own_urls: tuple[str, ...] = (site_url, site_url.replace("http", "ws", 1), *LOCAL_SCHEMES)
        self._expected: list[re.Pattern[str]] = []

    def expect(self, *patterns: str) -> None:
        """Problems that this test causes on purpose, as regular expressions."""
        self._expected += [re.compile(pattern) for pattern in patterns]

    @property
    def unexpected(self) -> list[str]:
        return [problem for problem in self.problems if not any(pattern.search(problem) for pattern in self._expected)]

    def watch(self, context: BrowserContext) -> None:
        context.add_init_script(REPORT_VIOLATIONS)
        context.add_init_script(REPORT_MARKS)
        context.on("page", self._watch_page)
        context.on("request", self._on_request)

    def confine(self, page: Page, url: str) -> None:
        """From now on it is also a problem if the page leaves this URL, opens a frame, window or download, or requests
        anything from its own server that a room does not need."""
        self._own_urls += (url,)
        needed = re.compile(f"{re.escape(url)}|{re.escape(self._site_url)}({PATHS_OF_A_ROOM.pattern})")
        self._on(page, "framenavigated", lambda frame: None if frame.url == url else f"went to {frame.url}")
        self._on(page, "request", lambda sent: None if needed.fullmatch(sent.url) else f"asked for {sent.url}")
        self._on(page, "frameattached", lambda frame: f"a frame: {frame.url}")
        self._on(page, "popup", lambda opened: f"a window: {opened.url}")
        self._on(page, "download", lambda download: f"a download: {download.url}")

    def _on(self, page: Page, event: Any, problem_in: Callable[[Any], str | None]) -> None:
        page.on(event, lambda details: self.problems.extend(filter(None, [problem_in(details)])))

    def _watch_page(self, page: Page) -> None:
        page.on("console", lambda message: message.type == "error" and self.problems.append(message.text))
        page.on("pageerror", lambda error: self.problems.append(f"uncaught: {error}"))
        page.on("crash", lambda _: self.problems.append("the page crashed"))
        page.on("websocket", lambda socket: self._check_host(socket.url))
        page.on("dialog", self._on_dialog)

    def _on_request(self, request: Request) -> None:
        self._check_host(request.url)

    def _check_host(self, url: str) -> None:
        if not url.startswith(self._own_urls):
            self.problems.append(f"a request to another host: {url}")

    def _on_dialog(self, dialog: Dialog) -> None:
        self.problems.append(f"a dialog: {dialog.type} {dialog.message}")
        dialog.dismiss()
