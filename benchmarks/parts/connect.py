"""Everybody comes at once: how fast connections are taken, and what memory each holds when nobody says anything.

chatsite's count from its welcome, in a room with presence; the others' from the end of the handshake. At most 32 are
on their way at a time: the queues of listening sockets are short, and a full one costs its client a second.
"""

import functools
import time
from collections.abc import Iterator

from benchmarks import load
from benchmarks.peers import Peer
from benchmarks.plan import Column, Measurement, Plan, attempt
from benchmarks.server import Server

PENDING = 32
SETTLE_SECONDS = 5  # news of people have gone out, buffers have been given back
COLUMNS = [
    Column("connects_per_second", "connects/s"),
    Column("cpu_us_per_connect", "CPU us each"),
    Column("p99_ms", "p99 ms", ",.1f"),
    Column("kib_per_connection", "KiB each", ",.1f"),
    Column("kib_empty", "KiB empty"),
    Column("failed", "failed"),
    Column("received_kib_each", "KiB sent to each", ",.1f"),
    Column("load_cpu_share", "load's core", ".0%"),
]


def run(plan: Plan) -> Iterator[Measurement]:
    """Each peer in turn."""
    clients = 1000 if plan.quick else 5000
    for repeat, case, peer in plan.rounds([f"{clients} clients"]):
        yield attempt("connect", case, peer.name, repeat, functools.partial(measure, peer, clients))


def measure(peer: Peer, clients: int) -> dict[str, float]:
    """One fresh server, before and after the crowd."""
    with Server(peer) as server:
        time.sleep(1)  # what it does after its start is no part of a connection
        empty = server.memory_kib()
        with load.held("connect", **server.target, clients=clients, pending=PENDING) as found:
            time.sleep(SETTLE_SECONDS)
            full = server.memory_kib()
    return _values(found, empty, full)


def _values(found: load.Result, empty: int, full: int) -> dict[str, float]:
    names = ("connects_per_second", "cpu_us_per_connect", "failed", "load_cpu_share")
    return {
        **{name: found[name] for name in names},
        "p99_ms": found["connect_ms"]["p99"],
        "received_kib_each": found["bytes_in"] / 1024 / found["connected"],
        "kib_empty": empty,
        "kib_per_connection": (full - empty) / found["connected"],
    }
