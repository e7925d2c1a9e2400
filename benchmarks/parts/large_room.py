"""A room of a gigabyte beside the lobby: the lobby's latency while it is exported or read, and how long a page takes.

`read first`: no index of the room is stored. `read again`: the room was opened by a server before. Ten people talk in
the lobby, 100 messages/s in all. `seconds` is the time of the room's first page.
"""

import contextlib
import os
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen

from benchmarks import load
from benchmarks.machine import BUILD
from benchmarks.peers import Peer
from benchmarks.plan import Column, Measurement, Plan, attempt
from benchmarks.server import Server
from chat.storage import Draft
from chat.storage.json_files.store import JsonFileStore

ROOM = "large"
TEXT = "so this is what they all read, sixty characters, not a word."
MESSAGES, QUICK_MESSAGES, BATCH = 3_700_000, 370_000, 20_000  # 1.07 GB, or a tenth
PAGE_TIMEOUT_SECONDS = 120
INDEX_TIMEOUT_SECONDS = 60
COLUMNS = [
    Column("p50_ms", "p50 ms", ",.2f"),
    Column("p99_ms", "p99 ms", ",.2f"),
    Column("max_ms", "max ms", ",.0f"),
    Column("seconds", "first page s", ",.3f"),
]
CASES = ["calm", "export", "read first", "read again"]


def run(plan: Plan) -> Iterator[Measurement]:
    """Each case in turn, for chatsite and for another checkout of it, in one folder on the checkout's disk."""
    with tempfile.TemporaryDirectory(prefix="large-", dir=BUILD) as name:
        folder = Path(name)
        _make_room(folder, QUICK_MESSAGES if plan.quick else MESSAGES)
        for repeat, case, peer in plan.rounds(CASES):
            if peer.name in {"chatsite", "base"}:
                act = _case(peer, folder, case, 5 if plan.quick else 10)
                yield attempt("large_room", case, peer.name, repeat, act)


def _make_room(folder: Path, count: int) -> None:
    log = JsonFileStore(folder).open(ROOM)
    for start in range(0, count, BATCH):
        numbers = range(start, min(start + BATCH, count))
        log.append(
            [
                Draft(author=f"{n % 977:022x}", username="ada", message=TEXT, client_id=str(uuid.uuid4()))
                for n in numbers
            ]
        )
    log.close()


def _case(peer: Peer, folder: Path, case: str, seconds: float) -> Callable[[], dict[str, float]]:
    return lambda: _measure(peer, folder, case, seconds)


def _measure(peer: Peer, folder: Path, case: str, seconds: float) -> dict[str, float]:
    index = folder / f".{ROOM}.index"
    if case == "read again":
        _open_once(peer, folder, index)
    else:
        index.unlink(missing_ok=True)
    with Server(peer, folder) as server, ThreadPoolExecutor(1) as pool, contextlib.ExitStack() as stack:
        if case == "export":
            stack.enter_context(_exporting(peer, folder))
        reading = pool.submit(_page_seconds, server) if case.startswith("read") else None
        found = load.run(
            "fanout", **server.load_options, clients=10, senders=10, rate=100, warmup=0, duration=seconds, drain=60
        )
        times = {"seconds": reading.result()} if reading else {}
    return {f"{name}_ms": found["latency_ms"][name] for name in ("p50", "p99", "max")} | times


def _open_once(peer: Peer, folder: Path, index: Path) -> None:
    """Another server opens the room, and stores its index."""
    with Server(peer, folder) as server:
        _page_seconds(server)
        deadline = time.monotonic() + INDEX_TIMEOUT_SECONDS
        while not index.exists() and time.monotonic() < deadline and peer.name == "chatsite":
            time.sleep(0.1)


def _page_seconds(server: Server) -> float:
    begin = time.perf_counter()
    with urlopen(f"http://127.0.0.1:{server.port}/chat/{ROOM}/", timeout=PAGE_TIMEOUT_SECONDS) as page:
        page.read()
    return time.perf_counter() - begin


@contextlib.contextmanager
def _exporting(peer: Peer, folder: Path) -> Iterator[None]:
    """The room is exported in the meantime; the command is ended afterwards."""
    python = peer.command(0)[0]
    command = [python, "manage.py", "export_history", "--room", ROOM]
    environment = {**os.environ, **peer.environment(folder)}
    process = subprocess.Popen(command, cwd=peer.folder, env=environment, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.kill()
        process.wait()
