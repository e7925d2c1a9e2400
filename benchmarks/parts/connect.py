"""Many clients connect together: connects per second, and the memory of an idle connection.

A connect at chatsite ends with the welcome, in a room with presence; at the other peers it ends with the handshake. At
most 32 connects are pending at a time: the accept queue of a socket is short, and a client waits a second when it is
full.
"""

import functools
import time
from collections.abc import Iterator

from benchmarks import load
from benchmarks.peers import Peer
from benchmarks.plan import Column, Measurement, Plan, attempt
from benchmarks.server import Server

PENDING = 32
SETTLE_SECONDS = 5  # until presence notifications have been sent and buffers are freed
COLUMNS = [
    Column("connects_per_second", "connects/s"),
    Column("cpu_us_per_connect", "CPU us/connect"),
    Column("p99_ms", "p99 ms", ",.1f"),
    Column("kib_per_connection", "KiB/connection", ",.1f"),
    Column("kib_empty", "KiB empty"),
    Column("failed", "failed"),
    Column("received_kib_each", "KiB sent/client", ",.1f"),
    Column("load_cpu_share", "load's core", ".0%"),
]


def run(plan: Plan) -> Iterator[Measurement]:
    """Each peer in turn."""
    clients = 1000 if plan.quick else 5000
    for repeat, case, peer in plan.rounds([f"{clients} clients"]):
        yield attempt("connect", case, peer.name, repeat, functools.partial(measure, peer, clients))


def measure(peer: Peer, clients: int) -> dict[str, float]:
    """Values of a new server, before and after the clients connect."""
    with Server(peer) as server:
        time.sleep(1)  # excludes work of the start
        empty = server.memory_kib()
        with load.run_and_hold("connect", **server.load_options, clients=clients, pending=PENDING) as found:
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
