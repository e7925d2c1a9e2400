"""Messages per second that a server accepts: 50 connections in one room, each with 16 unacknowledged messages.

The acknowledgement is the sender's own message. Each message is delivered to all 50; chatsite stores it first.
"""

import functools
from collections.abc import Iterator

from benchmarks import load
from benchmarks.peers import Peer
from benchmarks.plan import Column, Measurement, Plan, attempt
from benchmarks.server import Server

CONNECTIONS, WINDOW = 50, 16
CASE = f"{CONNECTIONS} connections"
COLUMNS = [
    Column("messages_per_second", "messages/s"),
    Column("cpu_us_per_message", "CPU us/message", ",.1f"),
    Column("p50_ms", "acknowledgement p50 ms", ",.2f"),
    Column("p99_ms", "p99 ms", ",.2f"),
    Column("lost", "lost"),
    Column("doubled", "duplicates"),
    Column("out_of_order", "out of order"),
    Column("load_cpu_share", "load's core", ".0%"),
]


def run(plan: Plan) -> Iterator[Measurement]:
    """Each peer in turn."""
    seconds = 2 if plan.quick else 6
    for repeat, case, peer in plan.rounds([CASE]):
        yield attempt("receive", case, peer.name, repeat, functools.partial(measure, peer, seconds))


def measure(peer: Peer, seconds: float) -> dict[str, float]:
    """Values of a new server."""
    with Server(peer) as server:
        found = load.run(
            "receive",
            **server.load_options,
            clients=CONNECTIONS,
            senders=CONNECTIONS,
            window=WINDOW,
            duration=seconds,
            drain=20,
        )
    return _values(found)


def _values(found: load.Result) -> dict[str, float]:
    names = ("cpu_us_per_message", "lost", "late", "doubled", "out_of_order", "load_cpu_share", "server_cpu_share")
    return {
        "messages_per_second": found["acknowledged_per_second"],
        "p50_ms": found["latency_ms"]["p50"],
        "p99_ms": found["latency_ms"]["p99"],
        **{name: found[name] for name in names},
    }
