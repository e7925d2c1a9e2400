"""Fan-out: one room, many clients, messages at a fixed rate (open loop): cost and latency of a delivery.

Latency is the time from the moment when a message was due to the arrival of its frame, over all clients.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks import load
from benchmarks.peers import Peer
from benchmarks.plan import Column, Measurement, Plan, attempt
from benchmarks.server import Server

SENDERS = 50
COLUMNS = [
    Column("delivered_per_second", "delivered/s"),
    Column("p50_ms", "p50 ms", ",.2f"),
    Column("p99_ms", "p99 ms", ",.2f"),
    Column("cpu_us_per_delivery", "CPU us/delivery", ",.2f"),
    Column("lost", "lost"),
    Column("late", "late"),
    Column("doubled", "duplicates"),
    Column("out_of_order", "out of order"),
    Column("load_cpu_share", "load's core", ".0%"),
]


@dataclass(frozen=True)
class Workload:
    """Clients in the room, and messages per second of all clients together."""

    clients: int
    rate: int

    @property
    def case(self) -> str:
        """The name in the tables and in the results."""
        return f"{self.clients} clients, {self.rate}/s"


CLAIMED = [Workload(100, 20), Workload(1000, 100), Workload(1000, 1000), Workload(1000, 4000)]
CURVE = [Workload(1000, 30), Workload(1000, 300), Workload(1000, 2000)]
CURVE_REPEATS = 2  # no claim needs these, they are only points of the plot


def run(plan: Plan) -> Iterator[Measurement]:
    """Every workload on every peer that can take part in it."""
    seconds = 2 if plan.quick else 6
    for repeat, workload, peer in plan.rounds(CLAIMED + CURVE if plan.curve else CLAIMED):
        wanted = workload in CLAIMED or (peer.in_curve and repeat < CURVE_REPEATS)
        if wanted and workload.clients * workload.rate <= peer.max_deliveries_per_second:
            act = functools.partial(measure, peer, workload, seconds)
            yield attempt("fanout", workload.case, peer.name, repeat, act)


def measure(peer: Peer, workload: Workload, seconds: float) -> dict[str, float]:
    """Values of one workload on a new server."""
    with Server(peer) as server:
        found = load.run(
            "fanout",
            **server.load_options,
            clients=workload.clients,
            senders=min(SENDERS, workload.clients),
            rate=workload.rate,
            warmup=min(2.0, seconds / 2),
            duration=seconds,
            drain=10,
            settle=1,
        )
    return _values(found)


def _values(found: load.Result) -> dict[str, float]:
    latency = {f"{name}_ms": found["latency_ms"][name] for name in ("p50", "p90", "p99", "max")}
    lag = {"send_lag_p99_ms": found["send_lag_ms"]["p99"]}
    cpu = {"cpu_us_per_delivery": found["cpu_us_per_delivery"]} if found["deliveries"] else {}
    names = ("delivered_per_second", "expected", "received", "lost", "late", "doubled", "out_of_order", "closed_early")
    return {**latency, **lag, **cpu, **{name: found[name] for name in (*names, "server_cpu_share", "load_cpu_share")}}
