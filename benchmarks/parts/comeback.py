"""Everybody comes back: the server is killed and restarted, and each client resumes from the last event that it has.

`kill -9` while the clients are connected; the new process has the same files. At most `PENDING` connects are
unfinished at a time. Who came back first says four messages a second meanwhile, to all who are back; their time is that
from when they were due until their acknowledgement.
"""

import functools
import itertools
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from websockets.sync.client import ClientConnection, connect

from benchmarks import load
from benchmarks.machine import BUILD
from benchmarks.peers import Peer
from benchmarks.plan import Column, Measurement, Plan, attempt
from benchmarks.server import Server

PENDING = 100
STORED, MISSED = 200, 20  # messages in the room, and how many of them a client has not seen
PERIOD_SECONDS = 0.25  # of the messages
COLUMNS = [
    Column("seconds", "all welcomed s", ",.2f"),
    Column("cpu_us_per_connect", "CPU us/comeback"),
    Column("p99_ms", "welcome p99 ms", ",.1f"),
    Column("said_p50_ms", "said p50 ms", ",.1f"),
    Column("said_p99_ms", "said p99 ms", ",.1f"),
    Column("memory_mib", "MiB", ",.0f"),
    Column("failed", "failed"),
]


def run(plan: Plan) -> Iterator[Measurement]:
    """Each peer that can resume in turn."""
    clients = 1000 if plan.quick else 10_000
    for repeat, case, peer in plan.rounds([f"{clients} clients"]):
        if peer.ready_on_first_frame:
            yield attempt("comeback", case, peer.name, repeat, functools.partial(measure, peer, clients))


def measure(peer: Peer, clients: int) -> dict[str, float]:
    """Values of the second of two servers with the same files."""
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        storage = Path(folder) / "storage"
        with Server(peer, storage) as server:
            with Talker(server) as talker:
                for _ in range(STORED):
                    talker.say(time.perf_counter())
                position = f"since={talker.last_id - MISSED}&epoch={talker.epoch}"
            with load.run_and_hold("connect", **server.load_options, clients=clients, pending=PENDING):
                server.kill()
        with Server(peer, storage) as server, Talker(server) as talker:
            options = {**server.load_options, "path": f"{peer.path}&{position}"}
            talker.start()
            with load.run_and_hold("connect", **options, clients=clients, pending=PENDING) as found:
                talker.stop()
                memory = server.memory_kib()
    return _values(found, talker.latencies_ms, memory)


class Talker:
    """One client with a message at a time."""

    def __init__(self, server: Server) -> None:
        self.latencies_ms: list[float] = []
        self.last_id = 0
        self.epoch = ""
        self._connecting = connect(f"ws://127.0.0.1:{server.port}/ws/chat/lobby/?username=talker", proxy=None)
        self._socket: ClientConnection
        self._numbers = itertools.count()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._talk)

    def __enter__(self) -> Self:
        self._socket = self._connecting.__enter__()
        self.epoch = self._receive("welcome")["epoch"]
        return self

    def __exit__(self, *error: Any) -> None:
        if self._thread.is_alive():
            self.stop()
        self._connecting.__exit__(*error)

    def say(self, due: float) -> None:
        """Say something, and wait for the acknowledgement."""
        client_id = f"talker-{next(self._numbers)}"
        self._socket.send(json.dumps({"type": "message", "message": "What did I miss?", "client_id": client_id}))
        while (event := self._receive("message")).get("client_id") != client_id:
            pass
        self.latencies_ms.append((time.perf_counter() - due) * 1000)
        self.last_id = event["id"]

    def start(self) -> None:
        """Talk, in a thread, until `stop`. Only what is said then counts."""
        self.latencies_ms.clear()
        self._thread.start()

    def stop(self) -> None:
        """End what `start` began."""
        self._stopped.set()
        self._thread.join()

    def _talk(self) -> None:
        due = time.perf_counter()
        self.say(due)
        while not self._stopped.wait(due + PERIOD_SECONDS - time.perf_counter()):
            due += PERIOD_SECONDS
            self.say(due)

    def _receive(self, kind: str) -> dict[str, Any]:
        while (frame := json.loads(self._socket.recv(timeout=60)))["type"] != kind:
            pass
        return frame


def _values(found: load.Result, said_ms: list[float], memory_kib: int) -> dict[str, float]:
    return {
        **{name: found[name] for name in ("seconds", "cpu_us_per_connect", "failed", "load_cpu_share")},
        "p99_ms": found["connect_ms"]["p99"],
        "said_p50_ms": statistics.median(said_ms),
        "said_p99_ms": sorted(said_ms)[int(len(said_ms) * 0.99)],
        "memory_mib": memory_kib / 1024,
    }
