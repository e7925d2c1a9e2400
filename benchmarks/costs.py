"""CPU time of what a message needs, for benchmarks/simulate.py: python -m benchmarks.costs

Servers with people in rooms, with files, then with PostgreSQL and Redis; then a second process with as many people in
the same rooms, so that each message crosses Redis. Also an idle connection, and calls of the storage alone. Needs
redis-server or valkey-server, and PostgreSQL.
"""

import contextlib
import dataclasses
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import load, machine
from benchmarks.peers import Peer, chatsite
from benchmarks.report import align_columns
from benchmarks.server import Server
from chat.storage import Draft, Store
from chat.storage.json_files.store import JsonFileStore
from tests.support.servers.engine import Engine
from tests.support.servers.postgres_server import PostgresServer
from tests.support.servers.redis_server import RedisServer
from tests.support.storage.databases import database_store

SHORT, LONG = 2, 8  # seconds
IDLE_CLIENTS, IDLE_SECONDS = 2000, 30
ROOMS = 2000
Spent = Callable[[], float]  # CPU seconds up to now


@dataclass(frozen=True)
class Case:
    """People in rooms of one process, and messages per second of all; whether a second process has as many people."""

    rooms: int
    people: int  # in each room
    rate: float
    twice: bool = False

    @property
    def name(self) -> str:
        """For the table."""
        return f"{self.rooms} x {self.people}, {self.rate}/s{', twice' if self.twice else ''}"


CASES = [
    Case(100, 5, 100),
    Case(1, 100, 20),
    Case(1, 1000, 50),
    Case(1, 50, 3000),
    Case(100, 5, 100, twice=True),
    Case(1, 50, 1000, twice=True),
]


def main() -> None:
    """Tables of microseconds."""
    machine.raise_file_limit()
    machine.BUILD.mkdir(exist_ok=True)
    with PostgresServer() as postgres, RedisServer() as redis:
        engines = [tree(postgres), tree(redis)]
        print(align_columns([["us of an append", "here", "PostgreSQL"], *appends(postgres)]), flush=True)
        print(align_columns([["us for each room", "here", "PostgreSQL"], *looks(postgres)]), flush=True)
        for is_scaled in (False, True):
            urls = {"DATABASE_URL": postgres.new_database(), "REDIS_URL": redis.url} if is_scaled else {}
            lines = [["us of a message", "server", "other server", "PostgreSQL", "Redis"]]
            cases = [case for case in CASES if is_scaled or not case.twice]
            lines += [[case.name, *(f"{cost:.0f}" for cost in measure(case, urls, engines))] for case in cases]
            print(align_columns(lines), flush=True)
            print("an idle connection: {:.0f} us a second, {:.1f} KiB".format(*idle(chatsite_in(urls))), flush=True)


# Servers


def measure(case: Case, urls: dict[str, str], engines: list[Spent]) -> list[float]:
    """CPU us for each message: of the server, of the other one, of PostgreSQL, of Redis.

    For the last three the difference between a short and a long run, which leaves out the joins.
    """
    peer = chatsite_in(urls)
    with Server(peer) as server, contextlib.ExitStack() as stack:
        others = [float, *engines]
        if case.twice:
            other = stack.enter_context(Server(peer))
            clients = {"clients": case.rooms * case.people, "rooms": case.rooms}
            stack.enter_context(load.run_and_hold("connect", **other.load_options, **clients))
            others[0] = cpu_of(other.pid)
        (_, short), (own, long) = (_run(case, server, seconds, others) for seconds in (SHORT, LONG))
    rest = (1e6 * (more - less) / (LONG - SHORT) / case.rate for less, more in zip(short, long, strict=True))
    return [own * case.people, *rest]


def _run(case: Case, server: Server, seconds: float, others: list[Spent]) -> tuple[float, list[float]]:
    """CPU us of the server for a delivery; CPU seconds of the others."""
    before = [each() for each in others]
    clients = case.rooms * case.people
    in_room = {"clients": clients, "rooms": case.rooms, "senders": min(clients, 50 * case.rooms)}
    found = load.run("fanout", **server.load_options, **in_room, rate=case.rate, duration=seconds, warmup=1)
    return found["cpu_us_per_delivery"], [each() - start for each, start in zip(others, before, strict=True)]


def idle(peer: Peer) -> tuple[float, float]:
    """CPU us in a second, and memory in KiB, for each connection of which nothing comes."""
    with Server(peer) as server:
        time.sleep(1)  # excludes work of the start
        empty, spent = server.memory_kib(), cpu_of(server.pid)
        with load.run_and_hold("connect", **server.load_options, clients=IDLE_CLIENTS):
            time.sleep(5)  # until presence has been told
            before = spent()
            time.sleep(IDLE_SECONDS)
            cpu = 1e6 * (spent() - before) / IDLE_SECONDS
            return cpu / IDLE_CLIENTS, (server.memory_kib() - empty) / IDLE_CLIENTS


def chatsite_in(urls: dict[str, str]) -> Peer:
    """chatsite with a database and Redis, or with files; {room} numbers the rooms."""
    peer = chatsite("serve")
    more = {**urls, "CHAT_STORAGE": "database"} if urls else {}
    path = "/ws/chat/room-{room}/?username=user{i}"
    return dataclasses.replace(peer, path=path, environment=lambda storage: {**peer.environment(storage), **more})


def cpu_of(pid: int) -> Spent:
    """What one process has spent."""
    return lambda: machine.cpu_seconds(pid)


def tree(engine: Engine) -> Spent:
    """What an outside server and its children have spent; children that ended meanwhile are missing."""

    def spent() -> float:
        assert engine.process is not None, "it runs"
        pid = engine.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return sum(map(machine.cpu_seconds, [pid, *map(int, children)]))

    return spent


# Storage


def appends(postgres: PostgresServer) -> Iterator[list[str]]:
    """CPU us of one append by the number of its messages: of the thread that calls, and of PostgreSQL."""
    with tempfile.TemporaryDirectory(prefix="costs-", dir=machine.BUILD) as folder:
        stores = {"files": JsonFileStore(Path(folder)), "PostgreSQL": database_store(postgres.new_database(), Path())}
        for name, store in stores.items():
            for size, count in ((1, 400), (10, 200), (100, 60)):
                own, server = _appended(store, size, count, tree(postgres))
                yield [f"{name}, {size}", f"{own:.0f}", f"{server:.0f}" if name == "PostgreSQL" else "-"]


def _appended(store: Store, size: int, count: int, server: Spent) -> tuple[float, float]:
    log = store.open(f"appends-{size}")
    batches = iter([[_draft() for _ in range(size)] for _ in range(count)])
    log.append([_draft()])
    return _spent(lambda: log.append(next(batches)), count, server)


def looks(postgres: PostgresServer) -> Iterator[list[str]]:
    """CPU us for each room of a database: of the look for new events, and of the list of rooms."""
    store = database_store(postgres.new_database(), Path())
    names = [f"room-{number}" for number in range(ROOMS)]
    for name in names:
        store.open(name).append([_draft()])
    for title, call in (("a look", lambda: store.look(names)), ("the list of rooms", store.rooms)):
        yield [title, *(f"{cost / ROOMS:.1f}" for cost in _spent(call, 20, tree(postgres)))]


def _spent(call: Callable[[], object], count: int, server: Spent) -> tuple[float, float]:
    """CPU us of a call: here, and in a server."""
    before, server_before = time.process_time(), server()
    for _ in range(count):
        call()
    return 1e6 * (time.process_time() - before) / count, 1e6 * (server() - server_before) / count


def _draft() -> Draft:
    text = "so this is what they all read, sixty characters, not a word."
    return Draft(author="a" * 22, username="ada", message=text, client_id=uuid.uuid4().hex)


if __name__ == "__main__":
    main()
