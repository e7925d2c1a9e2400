"""PostgreSQL as the store: group commit against one INSERT and COMMIT each, pages and search against the JSON files.

`store` appends batches of a hundred messages as the server does, `each` inserts the same messages one by one with a
commit each, by one process and by eight in one room. The CPU time of a message is that of the writing processes and of
PostgreSQL together: a commit is as fast as the disk, so the rates differ from machine to machine. `threads` reads pages
with psycopg in storage threads, as the store does, `async` with psycopg's AsyncConnection on an event loop;
microseconds of a read are CPU of this process. A page is that of a room over HTTP, from a running server.

python -m benchmarks.parts.database ROLE URL      one writing process: it waits for a line on standard input
"""

import asyncio
import dataclasses
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.machine import BUILD, PROJECT
from benchmarks.plan import Column, Measurement, Plan

BATCH, WRITERS = 100, 8
PAGES, CONCURRENT = 400, 20
COLUMNS = [
    Column("messages_per_second", "messages/s"),
    Column("message_us", "CPU of a message us", ",.1f"),
    Column("page_ms", "page ms", ",.2f"),
    Column("rare_ms", "rare word ms", ",.1f"),
    Column("read_us", "CPU of a read us", ",.0f"),
]


def run(plan: Plan) -> Iterator[Measurement]:
    """A server of its own that syncs; each repeat has a new database."""
    with _durable_server() as server:
        for repeat in range(plan.repeats):
            url = server.new_database()
            for writers in (1, WRITERS):
                for role in ("store", "each"):
                    yield _measured(
                        f"{writers} writing", role, repeat, _written(server, url, role, writers, quick=plan.quick)
                    )
            yield from _reads(url, repeat, 20_000 if plan.quick else 1_000_000)


def _measured(case: str, method: str, repeat: int, values: dict[str, float]) -> Measurement:
    return Measurement("database", case, method, repeat, values)


def _durable_server() -> Any:
    from tests.support.servers.postgres_server import PostgresServer

    class DurableServer(PostgresServer):
        def command(self) -> list[str]:
            return [*super().command(), "--fsync=on", "--full_page_writes=on", "--shared_buffers=256MB"]

    return DurableServer()


# Writing


def _written(server: Any, url: str, role: str, writers: int, *, quick: bool) -> dict[str, float]:
    """Messages per second of all processes together, and the CPU time of each."""
    from benchmarks.costs import tree

    batches = (20 if quick else 200) if role == "store" else (1 if quick else 10)
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.parts.database", role, url, str(batches)]
    pipe = subprocess.PIPE
    processes = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=PROJECT) for _ in range(writers)]
    for process in processes:
        process.stdout.readline()
    spent = tree(server)
    start, before = time.perf_counter(), spent()
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    clients = sum(float(process.stdout.readline()) for process in processes)
    seconds, cpu = time.perf_counter() - start, clients + spent() - before
    for process in processes:
        process.communicate()
    messages = writers * batches * BATCH
    return {"messages_per_second": messages / seconds, "message_us": 1e6 * cpu / messages}


def write(role: str, url: str, batches: int) -> None:
    """One writing process: prepare, say so, wait, write, and say how much CPU time that took."""
    drafts = [[_draft(number) for number in range(BATCH)] for _ in range(batches)]
    work = _store_writer(url) if role == "store" else _each_writer(url)
    print("ready", flush=True)
    sys.stdin.readline()
    start = time.process_time()
    for batch in drafts:
        work(batch)
    print(time.process_time() - start, flush=True)


def _draft(number: int, text: str = "so this is what they all read, sixty characters, not a word.") -> Any:
    from chat.storage import Draft

    return Draft(author="a" * 22, username="ada", message=f"{text} {number}", client_id=uuid.uuid4().hex)


def _store_writer(url: str) -> Callable[[list[Any]], object]:
    log = _store(url).open("lobby")
    log.append([_draft(0)])
    return log.append


def _each_writer(url: str) -> Callable[[list[Any]], object]:
    import psycopg

    connection = psycopg.connect(url, autocommit=True)
    sql = (
        "insert into chat_event (room_id, id, type, author, username, message, timestamp, client_id)"
        " values (0, %s, 'message', %s, %s, %s, '2026-11-30T12:00:00.000Z', %s)"
    )

    def insert(batch: list[Any]) -> None:
        for each in batch:
            connection.execute(sql, [time.time_ns(), each.author, each.username, each.message, each.client_id])

    return insert


def _store(url: str) -> Any:
    from tests.support.storage.databases import database_store

    return database_store(url, BUILD)


# Reading


def _reads(url: str, repeat: int, count: int) -> Iterator[Measurement]:
    """The same messages in both stores."""
    import psycopg

    from benchmarks.parts.search import TWO_CHARACTERS, Texts
    from chat.storage.json_files.store import JsonFileStore

    with tempfile.TemporaryDirectory(prefix="database-", dir=BUILD) as folder:
        logs = {"postgresql": _store(url).open("read"), "json": JsonFileStore(Path(folder)).open("read")}
        texts = map(Texts(count).text_of, range(2, count + 2))
        while part := list(islice(texts, 1000)):
            drafts = [_draft(number, text) for number, text in enumerate(part)]
            for log in logs.values():
                log.append(drafts)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("vacuum analyze")  # autovacuum does it within a minute
        for method, log in logs.items():
            values = {
                "page_ms": _page_ms(Path(folder), url if method == "postgresql" else ""),
                **_read(log, TWO_CHARACTERS),
            }
            yield _measured(f"{count:,} messages", method, repeat, values)
    for method, measure in (("threads", _in_threads), ("async", _asynchronously)):
        yield _measured("reads", method, repeat, {"read_us": measure(url)})


def _read(log: Any, word: str) -> dict[str, float]:
    from benchmarks.parts.search import _search
    from chat.search.query import parse_query
    from chat.search.room_search import RoomSearch

    search = RoomSearch(log)
    while search.advance():
        pass
    return {"rare_ms": _median(lambda: _search(search, parse_query(word), 1))}


def _page_ms(folder: Path, url: str) -> float:
    from benchmarks.peers import chatsite
    from benchmarks.server import Server

    peer = chatsite("serve")
    database = {"CHAT_STORAGE": "database", "DATABASE_URL": url} if url else {}
    served = dataclasses.replace(peer, environment=lambda storage: {**peer.environment(storage), **database})
    with Server(served, folder) as server:
        page = f"http://127.0.0.1:{server.port}/chat/read/"
        return _median(lambda: urllib.request.urlopen(page).read())


def _median(call: Callable[[], object]) -> float:
    times = []
    for _ in range(31):
        start = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def _in_threads(url: str) -> float:
    """As the server reads: in a pool of threads, from an event loop."""
    log = _store(url).open("read")

    async def read_all() -> None:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(CONCURRENT) as pool:
            for _ in range(PAGES // CONCURRENT):
                await asyncio.gather(*(loop.run_in_executor(pool, log.page) for _ in range(CONCURRENT)))

    return _cpu_microseconds(read_all)


def _asynchronously(url: str) -> float:
    """The same statement and records, on connections of the event loop."""
    import psycopg

    from chat.storage.database.reading import Reader
    from chat.storage.database.rows import record_of

    statement = Reader(_store(url)._connections, "read").page_statement(None, None, 50)

    async def read_all() -> None:
        connections = [await psycopg.AsyncConnection.connect(url, autocommit=True) for _ in range(CONCURRENT)]

        async def read(connection: psycopg.AsyncConnection[Any]) -> None:
            cursor = await connection.execute(statement.sql, statement.values)
            [record_of(row) for row in await cursor.fetchall()]

        for _ in range(PAGES // CONCURRENT):
            await asyncio.gather(*map(read, connections))
        for connection in connections:
            await connection.close()

    return _cpu_microseconds(read_all)


def _cpu_microseconds(work: Callable[[], Any]) -> float:
    start = time.process_time()
    asyncio.run(work())
    return 1e6 * (time.process_time() - start) / PAGES


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    write(sys.argv[1], sys.argv[2], int(sys.argv[3]))
