"""Many rooms on a slow disk: 200 rooms with 5 people each, 200 messages/s in all, and every sync takes longer.

A consumer SSD adds about 5 ms to a sync, an SD card 20 ms, a disk that rotates 50 ms.
"""

import dataclasses
import functools
import sys
from collections.abc import Iterator

from benchmarks import load
from benchmarks.machine import HERE
from benchmarks.peers import Peer
from benchmarks.plan import Column, Measurement, Plan, attempt
from benchmarks.server import Server

ROOMS, PEOPLE, RATE = 200, 5, 200
DELAYS_MS = [0, 5, 20, 50]
COLUMNS = [
    Column("delivered_per_second", "delivered/s"),
    Column("p50_ms", "p50 ms", ",.2f"),
    Column("p99_ms", "p99 ms", ",.2f"),
    Column("cpu_us_per_delivery", "CPU us/delivery", ",.1f"),
    Column("lost", "lost"),
]


def run(plan: Plan) -> Iterator[Measurement]:
    """Each delay in turn, for chatsite and for another checkout of it."""
    for repeat, delay_ms, peer in plan.rounds(DELAYS_MS):
        if peer.name in {"chatsite", "base"}:
            act = functools.partial(measure, peer, delay_ms, 4 if plan.quick else 10)
            yield attempt("slow_disk", f"{delay_ms} ms", peer.name, repeat, act)


def measure(peer: Peer, delay_ms: float, seconds: float) -> dict[str, float]:
    """Values of a new server with new rooms, which the messages of the warm-up create."""
    slow = dataclasses.replace(
        peer, path="/ws/chat/room-{room}/?username=user{i}", command=functools.partial(_slow_command, peer, delay_ms)
    )
    with Server(slow) as server:
        found = load.run(
            "fanout",
            **server.load_options,
            clients=ROOMS * PEOPLE,
            rooms=ROOMS,
            senders=ROOMS * PEOPLE,
            rate=RATE,
            warmup=3,
            duration=seconds,
            drain=60,
            quiet=30,
            settle=1,
        )
    latency = {f"{name}_ms": found["latency_ms"][name] for name in ("p50", "p99", "max")}
    names = ("delivered_per_second", "cpu_us_per_delivery", "lost", "late", "doubled", "out_of_order", "load_cpu_share")
    return latency | {name: found[name] for name in names}


def _slow_command(peer: Peer, delay_ms: float, port: int) -> list[str]:
    return [sys.executable, str(HERE / "slow_syncs.py"), str(delay_ms), *peer.command(port)[1:]]
