"""Search in a room of a million messages: against ripgrep on the room's file, and against SQLite's trigram index.

`rg` is `rg -i -c WORD` on the room's file. `fts5` is an FTS5 table with the trigram tokenizer that is filled with the
same texts in one transaction; that and making the cache are CPU seconds. `one searches`: the message latency of the
clients in the room, at one server, in turns calm and while one client of another address searches the room without
pause; and the CPU time of the server's event loop, which other work on the machine changes less than the latency. The
ratios are those of neighbouring turns.

python -m benchmarks.parts.search FOLDER      the values of the room's cache in a new process, as JSON
"""

import contextlib
import dataclasses
import json
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.machine import BUILD, LOAD_CORE, PROJECT, SERVER_CORE, pin_to
from benchmarks.parts.flood import RATE, default_limits, measure_clients
from benchmarks.parts.history import make_room
from benchmarks.peers import chatsite
from benchmarks.plan import Column, Measurement, Plan, attempt
from benchmarks.server import Server, ServerError

ROOM = "lobby"
NOWHERE, NEWEST, TWO_CHARACTERS = "zeppelinpost", "quincunx", "检索"
DISTANCE = 5000  # messages from the newest one to that with the word NEWEST
SEARCHES = 15
CLIENTS = 100
TURNS = 5
CACHE_TIMEOUT_SECONDS = 300
COLUMNS = [
    Column("nowhere_ms", "nowhere ms", ",.1f"),
    Column("rg_ms", "rg ms", ",.1f"),
    Column("newest_ms", "among the newest ms", ",.2f"),
    Column("common_ms", "common ms", ",.2f"),
    Column("chinese_ms", "two characters ms", ",.1f"),
    Column("build_s", "cache s", ",.1f"),
    Column("fts5_s", "fts5 s", ",.1f"),
    Column("cache_mib", "cache MiB", ",.0f"),
    Column("calm_p99_ms", "calm p99 ms", ",.2f"),
    Column("p99_ms", "p99 ms", ",.2f"),
    Column("p99_to_calm", "p99 / calm", ",.2f"),
    Column("loop_us_per_delivery", "loop us", ",.1f"),
    Column("loop_to_calm", "loop / calm", ",.2f"),
]


def run(plan: Plan) -> Iterator[Measurement]:
    """All repeats use the same file; each makes its cache anew."""
    count, turns, seconds = (100_000, 1, 3) if plan.quick else (1_000_000, TURNS, 6)
    with tempfile.TemporaryDirectory(prefix="search-", dir=BUILD) as name:
        folder = Path(name)
        make_room(folder / f"{ROOM}.json", count, Texts(count).text_of)
        for repeat in range(plan.repeats):
            yield attempt("search", f"{count:,} messages", "chatsite", repeat, lambda: _measure(folder))
            yield attempt("search", "one searches", "chatsite", repeat, lambda: _latency(folder, turns, seconds))


class Texts:
    """Sentences of words that are as frequent as those of a language (Zipf), some of them in Chinese."""

    def __init__(self, count: int) -> None:
        self._rng = random.Random(1)
        self._special = {count - DISTANCE: f"a {NEWEST} of trees", count // 2: f"全文{TWO_CHARACTERS}很快"}
        self._words = [self._word() for _ in range(20_000)]
        total = 0.0
        self._weights = [total := total + 1 / rank for rank in range(1, len(self._words) + 1)]

    def _word(self) -> str:
        return "".join(self._rng.choices("etaoinshrdlcumwfgypbvk", k=self._rng.randint(2, 9)))

    @property
    def common_word(self) -> str:
        """In one of every ten messages or so."""
        return self._words[5]

    def text_of(self, record_id: int) -> str:
        """The text of a message, 70 characters on average."""
        words = self._rng.choices(self._words, cum_weights=self._weights, k=self._rng.randint(3, 19))
        return self._special.get(record_id) or " ".join(words).capitalize()


def _measure(folder: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.parts.search", str(folder)],
        cwd=PROJECT,
        capture_output=True,
        check=True,
        preexec_fn=pin_to(SERVER_CORE),
    )
    return json.loads(done.stdout)


def measure_cache(folder: Path) -> dict[str, float]:
    """The cache is made, and searched; the room's file is searched by rg in turn with that."""
    from chat.search.room_search import RoomSearch
    from chat.storage.json_files.search_lines import search_paths
    from chat.storage.json_files.store import JsonFileStore

    log = JsonFileStore(folder).open(ROOM)
    for path in search_paths(folder / f"{ROOM}.json"):
        path.unlink(missing_ok=True)
    search = RoomSearch(log)
    build_s = _seconds(lambda: _exhaust(search.advance), time.process_time)
    values = _searches(search, folder / f"{ROOM}.json")
    values["cache_mib"] = search_paths(folder / f"{ROOM}.json")[0].stat().st_size / 2**20
    return {**values, "build_s": build_s, "fts5_s": _fill_fts5(log, folder / "fts5.sqlite")}


def _searches(search: Any, room_file: Path) -> dict[str, float]:
    """Medians, in milliseconds."""
    from chat.search.query import parse_query

    words = {
        "nowhere_ms": (NOWHERE, 0),
        "newest_ms": (NEWEST, 1),
        "common_ms": (Texts(DISTANCE + 1).common_word, 20),
        "chinese_ms": (TWO_CHARACTERS, 1),
    }
    times: dict[str, list[float]] = {name: [] for name in [*words, "rg_ms"]}
    for _ in range(SEARCHES):
        for name, (word, hits) in words.items():
            times[name].append(1000 * _seconds(lambda word=word, hits=hits: _search(search, parse_query(word), hits)))
        times["rg_ms"].append(1000 * _seconds(lambda: _rg(room_file)))
    return {name: statistics.median(each) for name, each in times.items()}


def _search(search: Any, query: Any, hits: int) -> None:
    """As the server does it for one page, without the ways between its threads."""
    from chat.search.budget import Budget
    from chat.search.room_search import find

    search.advance()
    snapshot = search.snapshot()
    found = find(snapshot, query, None, Budget(), max(hits, 1))
    snapshot.close()
    messages = search.verified(query, found.ids)
    if len(messages) != hits:
        raise RuntimeError(f"{len(messages)} messages were found for {query.words}, not {hits}")


def _rg(room_file: Path) -> None:
    program = shutil.which("rg")
    if program is None:
        raise RuntimeError("ripgrep is not installed: apt install ripgrep")
    subprocess.run([program, "-i", "-c", NOWHERE, room_file], stdout=subprocess.DEVNULL, check=False)


def _fill_fts5(log: Any, path: Path) -> float:
    """Seconds to fill the index; the texts are read before."""
    texts, after = [], 1
    while True:
        page = log.page(after=after, limit=1000)
        texts += [(record.message,) for record in page.records]
        if page.complete:
            break
        after = page.records[-1].id
    path.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("CREATE VIRTUAL TABLE texts USING fts5(text, tokenize = 'trigram', content = '')")

        def fill() -> None:
            with database:
                database.executemany("INSERT INTO texts (text) VALUES (?)", texts)

        return _seconds(fill, time.process_time)


def _latency(folder: Path, turns: int, seconds: float) -> dict[str, float]:
    """Medians of the turns of 100 clients in the room: calm, and while another one searches."""
    limited = dataclasses.replace(chatsite("serve"), environment=default_limits)
    found: list[dict[str, float]] = []
    with Server(limited, folder) as server:
        _wait_for_cache(server.port)
        for _ in range(turns):
            calm = measure_clients(server, CLIENTS, seconds, rate=RATE)
            with _searching(server.port):
                busy = measure_clients(server, CLIENTS, seconds, rate=RATE)
            found.append(_compared(calm, busy))
    return {name: statistics.median(each[name] for each in found) for name in found[0]}


def _compared(calm: dict[str, float], busy: dict[str, float]) -> dict[str, float]:
    return {
        **busy,
        "calm_p99_ms": calm["p99_ms"],
        "p99_to_calm": busy["p99_ms"] / calm["p99_ms"],
        "loop_to_calm": busy["loop_us_per_delivery"] / calm["loop_us_per_delivery"],
    }


def _wait_for_cache(port: int) -> None:
    """Return when the server can search the whole room in one request."""
    deadline = time.monotonic() + CACHE_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/rooms/{ROOM}/search?q={NOWHERE}") as answer:
            if json.load(answer)["complete"]:
                return
        time.sleep(1)
    raise ServerError(f"the search cache was not complete after {CACHE_TIMEOUT_SECONDS} s")


@contextlib.contextmanager
def _searching(port: int) -> Iterator[None]:
    code = f"from benchmarks.flood_client import search; search({port}, {NOWHERE!r})"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT, preexec_fn=pin_to(LOAD_CORE))
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _exhaust(advance: Callable[[], bool]) -> None:
    while advance():
        pass


def _seconds(act: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    begin = clock()
    act()
    return clock() - begin


if __name__ == "__main__":
    print(json.dumps(measure_cache(Path(sys.argv[1]))))
