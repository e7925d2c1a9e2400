"""A room of a million messages: opening it, reading any page of it, an append, and its HTML page over HTTP.

python -m benchmarks.parts.history FOLDER      the storage values of a new process, as JSON
"""

import http.client
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from benchmarks.machine import BUILD, PROJECT, SERVER_CORE, memory_kib, pin_to
from benchmarks.plan import Column, Measurement, Plan, attempt
from benchmarks.server import Server

ROOM, EMPTY = "history", "empty"
AUTHORS = 500
PAGES, APPENDS, VISITS = 300, 300, 20
COLUMNS = [
    Column("open_ms", "open ms"),
    Column("open_mib", "MiB", ",.1f"),
    Column("page_p50_ms", "page of 50 p50 ms", ",.3f"),
    Column("page_p99_ms", "p99 ms", ",.3f"),
    Column("append_ms", "append ms", ",.3f"),
    Column("append_empty_ms", "to an empty room", ",.3f"),
    Column("first_visit_ms", "first visit ms", ",.1f"),
    Column("visit_p50_ms", "first byte p50 ms", ",.1f"),
    Column("visit_max_ms", "max ms", ",.1f"),
]


def run(plan: Plan) -> Iterator[Measurement]:
    """All repeats use the same file; each has a new process and a new server."""
    count = 100_000 if plan.quick else 1_000_000
    with tempfile.TemporaryDirectory(prefix="history-", dir=BUILD) as name:
        folder = Path(name)
        size = make_room(folder / f"{ROOM}.json", count)
        for repeat in range(plan.repeats):
            yield attempt("history", f"{count:,} messages", "chatsite", repeat, lambda: _measure(plan, folder, size))


def _measure(plan: Plan, folder: Path, size: int) -> dict[str, float]:
    return {"file_mib": size / 2**20, **_measure_in_new_process(folder), **_visits(plan, folder)}


TEXT = "so this is what they all read, sixty characters, not a word."


def make_room(path: Path, count: int, text_of: Callable[[int], str] = lambda record_id: TEXT) -> int:
    """Write a room's file with `count` messages, as the server would; returns its size in bytes."""
    from chat.storage.json_files.lines import encode_line
    from chat.storage.json_files.scan import HEADER, TRAILER

    with path.open("wb") as file:
        file.write(HEADER)
        for number, record in enumerate(_records(path.stem, count, text_of)):
            file.write((b",\n" if number else b"") + encode_line(record))
        file.write(TRAILER)
    return path.stat().st_size


def _records(room: str, count: int, text_of: Callable[[int], str]) -> Iterator[object]:
    from chat.storage.json_files.lines import FORMAT
    from chat.storage.records import Record
    from chat.storage.timestamps import now

    rng, moment = random.Random(1), now()
    authors = [(f"{rng.getrandbits(128):032x}"[:22], f"user{number}") for number in range(AUTHORS)]

    def message(record_id: int) -> Record:
        author, username = authors[rng.randrange(AUTHORS)]
        return Record(
            id=record_id,
            type="message",
            author=author,
            username=username,
            message=text_of(record_id),
            timestamp=moment,
            client_id=f"{rng.getrandbits(64):016x}",
            batch=record_id,
        )

    first = Record(id=1, type="room", name=room, epoch="0" * 32, format=FORMAT, timestamp=moment, batch=1)
    return chain([first], map(message, range(2, count + 2)))


def _measure_in_new_process(folder: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.parts.history", str(folder)],
        cwd=PROJECT,
        capture_output=True,
        check=True,
        preexec_fn=pin_to(SERVER_CORE),
    )
    return json.loads(done.stdout)


def measure_storage(folder: Path) -> dict[str, float]:
    """Opening, pages and appends, in this process."""
    import os

    from chat.storage import Draft
    from chat.storage.json_files.store import JsonFileStore

    store, rng = JsonFileStore(folder), random.Random(2)
    before, begin = memory_kib(os.getpid()), time.perf_counter()
    log = store.open(ROOM)
    opened, after = time.perf_counter(), memory_kib(os.getpid())
    pages = [_timed_ms(lambda: log.page(before=rng.randrange(60, log.last_id))) for _ in range(PAGES)]
    empty, million_times, empty_times = store.open(EMPTY), [], []
    for _ in range(APPENDS):
        draft = Draft(author="a" * 22, username="ada", message="one more", client_id=uuid.uuid4().hex)
        million_times.append(_timed_ms(lambda draft=draft: log.append([draft])))
        empty_times.append(_timed_ms(lambda draft=draft: empty.append([draft])))
    return {
        "open_ms": (opened - begin) * 1000,
        "open_mib": (after - before) / 1024,
        "page_p50_ms": statistics.median(pages),
        "page_p99_ms": statistics.quantiles(pages, n=100)[98],
        "append_ms": statistics.median(million_times),
        "append_empty_ms": statistics.median(empty_times),
    }


def _visits(plan: Plan, folder: Path) -> dict[str, float]:
    """The room's page over HTTP. The server has served another room before, and has not opened this one yet."""
    with Server(plan.peers[0], folder) as server:
        for _ in range(5):
            first_byte_ms(server.port, f"/chat/{EMPTY}/")
        first = first_byte_ms(server.port, f"/chat/{ROOM}/")
        later = [first_byte_ms(server.port, f"/chat/{ROOM}/") for _ in range(VISITS)]
    return {"first_visit_ms": first, "visit_p50_ms": statistics.median(later), "visit_max_ms": max(later)}


def first_byte_ms(port: int, path: str) -> float:
    """Milliseconds from connecting to the first byte of the response."""
    begin = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        elapsed = (time.perf_counter() - begin) * 1000
        if response.status != 200:
            raise RuntimeError(f"status {response.status} for {path}")
        response.read()
        return elapsed
    finally:
        connection.close()


def _timed_ms(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return (time.perf_counter() - begin) * 1000


if __name__ == "__main__":
    print(json.dumps(measure_storage(Path(sys.argv[1]))))
