"""A Chromium that reads a room: on a slow link, with what its page loads, and what its main thread does."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, Error, Page, sync_playwright

from benchmarks.server import Server, ServerError

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
LATENCY_MS, BITS_PER_SECOND = 400, 400_000
TIMEOUT_SECONDS = 60
QUIET_SECONDS = 2  # without a request: the page is complete
# The page gives the focus to the field for a message when its script is ready to take what is typed.
WATCH_PAGE = """
addEventListener("focusin", ({target}) => {
  if (target.id === "composer-text") globalThis.typingMs ??= performance.now();
}, true);
"""


class Reader:
    """A tab whose user has a name. Its cache is empty at first."""

    def __init__(self, context: BrowserContext, server: Server) -> None:
        self._url = f"http://127.0.0.1:{server.port}/chat"
        self._choose_name(context)
        self.page: Page = context.new_page()
        self._protocol: CDPSession = context.new_cdp_session(self.page)
        self.requests: list[str] = []
        self.received_bytes = 0
        self._watch_network()

    def throttle(self) -> None:
        """A slow link from now on."""
        speed = BITS_PER_SECOND / 8
        link = {"latency": LATENCY_MS, "downloadThroughput": speed, "uploadThroughput": speed, "offline": False}
        self._protocol.send("Network.emulateNetworkConditions", link)

    def visit(self, room: str) -> dict[str, float]:
        """Load the page of a room: requests and bytes until it is complete; times from the start of the navigation."""
        self.requests.clear()
        self.received_bytes = 0
        self.page.goto(f"{self._url}/{room}/", wait_until="commit")
        self.wait(lambda: self.page.evaluate("globalThis.typingMs"), "taking what is typed")
        self.wait_until_complete()
        paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
        return {
            "requests": len(self.requests),
            "kilobytes": self.received_bytes / 1000,
            "first_paint_ms": self.page.evaluate(paint),
            "typing_ms": self.page.evaluate("typingMs"),
        }

    def wait_until_complete(self) -> None:
        """Wait until nothing was received for a while."""
        before, since = -1, time.monotonic()
        while time.monotonic() - since < QUIET_SECONDS:
            if before != self.received_bytes:
                before, since = self.received_bytes, time.monotonic()
            self.page.wait_for_timeout(50)

    def wait(self, condition: Callable[[], Any], what: str) -> Any:
        """The first true result of the condition."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not (result := condition()):
            if time.monotonic() > deadline:
                raise ServerError(f"{what}: not within {TIMEOUT_SECONDS} s")
            self.page.wait_for_timeout(5)
        return result

    @contextlib.contextmanager
    def traced_tasks(self) -> Iterator[list[float]]:
        """CPU milliseconds of each task of the page's main thread within the block; filled at its end."""
        browser, tasks = self.page.context.browser, list[float]()
        assert browser, "a context of a browser"
        browser.start_tracing(page=self.page, categories=["toplevel"])
        yield tasks
        tasks += _main_thread_tasks_ms(json.loads(browser.stop_tracing())["traceEvents"])

    def main_thread_ms(self) -> float:
        """CPU time that the main thread of the page has used in tasks so far."""
        metrics = self._protocol.send("Performance.getMetrics")["metrics"]
        return 1000 * next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")

    def _choose_name(self, context: BrowserContext) -> None:
        """As the form of the page does. A request of the context: it fills no cache."""
        room = f"{self._url}/lobby/"
        page = context.request.get(room).text()
        token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        form = {"username": "reader", "next": "/chat/lobby/", "csrfmiddlewaretoken": token}
        context.request.post(self._url.replace("/chat", "/name/"), form=form, headers={"Referer": room})

    def _watch_network(self) -> None:
        self._protocol.send("Network.enable")
        self._protocol.send("Performance.enable", {"timeDomain": "threadTicks"})
        self.page.add_init_script(WATCH_PAGE)
        self._protocol.on("Network.requestWillBeSent", lambda event: self.requests.append(event["request"]["url"]))
        self._protocol.on("Network.webSocketCreated", lambda event: self.requests.append(event["url"]))
        self._protocol.on("Network.loadingFinished", self._received)
        self._protocol.on("Network.webSocketFrameReceived", self._frame_received)

    def _received(self, event: dict[str, Any]) -> None:
        self.received_bytes += event["encodedDataLength"]

    def _frame_received(self, event: dict[str, Any]) -> None:
        self.received_bytes += len(event["response"]["payloadData"].encode())


def _main_thread_tasks_ms(events: list[dict[str, Any]]) -> Iterator[float]:
    threads = {
        (event["pid"], event["tid"]): event["args"]["name"] for event in events if event["name"] == "thread_name"
    }
    for event in events:
        if event["name"].endswith("RunTask") and threads.get((event["pid"], event["tid"])) == "CrRendererMain":
            yield event.get("tdur", 0) / 1000  # none in the task that the trace cuts off


@contextlib.contextmanager
def reader(server: Server) -> Iterator[Reader]:
    """A new browser, with a profile of its own."""
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
            context = browser.new_context(viewport={"width": 1200, "height": 800})
            yield Reader(context, server)
            browser.close()
    except Error as error:
        raise ServerError(f"Chromium: {error.message}") from None
