"""A room's page in Chromium: loading it on a slow link, many messages, scrolling back, and the server's work for it.

A checkout given with --base is measured in the same run: `python -m benchmarks --peers --parts page --base CHECKOUT`.
"""

import functools
import http.client
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import load
from benchmarks.chromium import BITS_PER_SECOND, LATENCY_MS, Reader, reader
from benchmarks.machine import BUILD, cpu_seconds
from benchmarks.parts.history import make_room
from benchmarks.peers import Peer
from benchmarks.plan import Column, Measurement, Plan, attempt
from benchmarks.server import Server

LINK = f"{LATENCY_MS} ms, {BITS_PER_SECOND // 1000} kbit/s"
COLD, SWITCH = f"cold page, {LINK}", f"room switch, {LINK}"
BURST, SCROLL, SERVER = "1000 messages, 100/s", "scrolling through 3,000", "the server's work"
MESSAGES, PAGE_EVENTS, COMPARED_PAGES = 3000, 50, 5
VISITS = 400
COLUMNS = [
    Column("requests", "requests"),
    Column("kilobytes", "kB", ",.1f"),
    Column("first_paint_ms", "first paint ms"),
    Column("typing_ms", "typing ms"),
    Column("longest_task_ms", "longest task ms"),
    Column("dropped_frames", "dropped frames"),
    Column("work_ms", "work ms"),
    Column("first_page_ms", "first page ms", ",.1f"),
    Column("last_page_ms", "last page ms", ",.1f"),
    Column("last_to_first", "last / first", ",.2f"),
    Column("elements", "elements"),
    Column("cpu_ms_per_page", "CPU ms/page", ",.2f"),
]
COUNT_FRAMES = """
globalThis.frameTimes = [];
const count = (time) => { frameTimes.push(time); requestAnimationFrame(count); };
requestAnimationFrame(count);
"""
# A frame that came later than its turn: how many turns at 60 Hz were left out.
DROPPED_FRAMES = """frameTimes.slice(1).reduce(
  (sum, time, index) => sum + Math.max(0, Math.round((time - frameTimes[index]) * 60 / 1000) - 1), 0)"""
# Until an older page is shown, from the moment when the reader is at the oldest message.
SCROLL_UP = """new Promise((shown, failed) => {
  const list = document.querySelector("#message-list"), scroller = document.querySelector("#messages");
  const oldest = () => list.querySelector("li[data-id]")?.dataset.id;
  const before = oldest();
  new MutationObserver((_, observer) => {
    if (oldest() === before) return;
    observer.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(shown));
  }).observe(list, {childList: true});
  setTimeout(failed, 30 * 1000, "no older page within 30 s");
  scroller.scrollTop = -scroller.scrollHeight;
})"""


def run(plan: Plan) -> Iterator[Measurement]:
    """Each case in turn, for chatsite and for another checkout of it."""
    cases = {COLD: _measure_cold, SWITCH: _measure_switch, BURST: _measure_burst, SCROLL: _measure_scroll}
    for peer in plan.peers:
        if peer.name in {"chatsite", "base"}:
            _collect_static_files(peer)
    for repeat, case, peer in plan.rounds([*cases, SERVER]):
        if peer.name in {"chatsite", "base"}:
            act = functools.partial(_measure, peer, cases.get(case))
            yield attempt("page", case, peer.name, repeat, act)


def _collect_static_files(peer: Peer) -> None:
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--clear", "--verbosity", "0"]
    subprocess.run(command, cwd=peer.folder, check=True)


def _measure(peer: Peer, case: Callable[[Reader, Server], dict[str, float]] | None) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="page-", dir=BUILD) as name:
        for room in ("lobby", "other"):
            make_room(Path(name) / f"{room}.json", MESSAGES)
        with Server(peer, Path(name)) as server:
            if case is None:
                return _measure_server(server)
            with reader(server) as tab:
                return case(tab, server)


def _measure_cold(tab: Reader, server: Server) -> dict[str, float]:
    tab.throttle()
    return tab.visit("lobby")


def _measure_switch(tab: Reader, server: Server) -> dict[str, float]:
    """To a room whose page was never loaded, with all files in the browser's cache."""
    tab.visit("lobby")
    tab.throttle()
    return tab.visit("other")


def _measure_burst(tab: Reader, server: Server) -> dict[str, float]:
    """The tab is in front, and its reader at the end."""
    tab.visit("lobby")
    tab.page.evaluate(COUNT_FRAMES)
    with tab.traced_tasks() as tasks_ms:
        load.run("fanout", **server.load_options, clients=10, senders=10, rate=100, warmup=0, duration=10, settle=1)
        dropped = tab.page.evaluate(DROPPED_FRAMES)
    return {"longest_task_ms": max(tasks_ms), "dropped_frames": dropped, "work_ms": sum(tasks_ms)}


def _measure_scroll(tab: Reader, server: Server) -> dict[str, float]:
    """Work of the main thread for each page of older messages, from the newest page to the first message."""
    tab.visit("lobby")
    pages_ms = [_scroll_to_older_page(tab) for _ in range(MESSAGES // PAGE_EVENTS - 1)]
    first, last = (statistics.median(part) for part in (pages_ms[:COMPARED_PAGES], pages_ms[-COMPARED_PAGES:]))
    elements = tab.page.evaluate("document.querySelectorAll('*').length")
    return {"first_page_ms": first, "last_page_ms": last, "last_to_first": last / first, "elements": elements}


def _scroll_to_older_page(tab: Reader) -> float:
    before = tab.main_thread_ms()
    tab.page.evaluate(SCROLL_UP)
    return tab.main_thread_ms() - before


def _measure_server(server: Server) -> dict[str, float]:
    """CPU time of the server for a page, with a client that accepts gzip."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    for _ in range(20):
        _visit(connection)
    before = cpu_seconds(server.pid)
    sizes = [_visit(connection) for _ in range(VISITS)]
    used = cpu_seconds(server.pid) - before
    connection.close()
    return {"cpu_ms_per_page": 1000 * used / VISITS, "kilobytes": statistics.median(sizes) / 1000}


def _visit(connection: http.client.HTTPConnection) -> int:
    connection.request("GET", "/chat/lobby/", headers={"Accept-Encoding": "gzip"})
    return len(connection.getresponse().read())
