"""The effect of one flooding client on the message latency of the other clients in its room.

100 clients, 47 messages a second, the default limits. The flooding client has another address and is in the same room.
Each kind of flood has a new `manage.py serve`, which limits floods, and is compared with the baseline before it.
"""

import contextlib
import dataclasses
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import load
from benchmarks.flood_client import KINDS
from benchmarks.machine import BUILD, LOAD_CORE, PROJECT, pin_to
from benchmarks.parts.history import make_room
from benchmarks.peers import chatsite
from benchmarks.plan import Column, Measurement, Plan, attempt
from benchmarks.server import Server

CLIENTS, STORED_MESSAGES = 100, 1000
RATE = 47  # messages a second. No multiple of the limits' rates: otherwise a flood coincides with all of them or none
BASELINE = "calm"  # the name of the case in the results
COUNTS = ("lost", "late", "doubled", "out_of_order", "closed_early", "failed")
COLUMNS = [
    Column("p50_ms", "p50 ms", ",.2f"),
    Column("p99_ms", "p99 ms", ",.2f"),
    Column("p99_to_calm", "p99 / baseline", ",.2f"),
    Column("server_cpu_share", "server's core", ".0%"),
    Column("lost", "lost"),
]


def run(plan: Plan) -> Iterator[Measurement]:
    """The baseline, then each kind of flood."""
    seconds = 3 if plan.quick else 10
    for repeat in range(plan.repeats):
        baseline = attempt("flood", BASELINE, "chatsite", repeat, lambda: measure(BASELINE, seconds))
        yield baseline
        for kind in KINDS:
            flooded = attempt("flood", kind, "chatsite", repeat, lambda kind=kind: measure(kind, seconds))
            add_ratio(baseline, flooded)
            yield flooded


def measure(kind: str, seconds: float) -> dict[str, float]:
    """Values of 100 clients at a new server, with a flood of this kind or without a flood."""
    limited = dataclasses.replace(chatsite("serve"), environment=default_limits)
    with tempfile.TemporaryDirectory(prefix="flood-", dir=BUILD) as name:
        make_room(Path(name) / "lobby.json", STORED_MESSAGES)
        with Server(limited, Path(name)) as server, _flood(kind, server.port):
            return measure_clients(server, CLIENTS, seconds, rate=RATE)


def measure_clients(server: Server, clients: int, seconds: float, **options: object) -> dict[str, float]:
    """Latency and losses of clients that all send and read."""
    workload = {"clients": clients, "senders": clients, "warmup": 2, "duration": seconds, "settle": 1, **options}
    found = load.run("fanout", **server.load_options, **workload)
    latency = {f"{name}_ms": found["latency_ms"][name] for name in ("p50", "p99", "max")}
    kept = ("server_cpu_share", "load_cpu_share", "loop_us_per_delivery", *COUNTS)
    return {**latency, "send_lag_p99_ms": found["send_lag_ms"]["p99"], **{name: found[name] for name in kept}}


def add_ratio(baseline: Measurement, other: Measurement) -> None:
    """Add the ratio of the 99th percentiles to `other`, if both were measured."""
    if baseline.values and other.values:
        other.values["p99_to_calm"] = other.values["p99_ms"] / baseline.values["p99_ms"]


def default_limits(storage: Path) -> dict[str, str]:
    """The environment of a server that limits floods."""
    return {"DJANGO_SETTINGS_MODULE": "chatsite.settings", "CHAT_STORAGE_DIR": str(storage)}


@contextlib.contextmanager
def _flood(kind: str, port: int) -> Iterator[None]:
    if kind == BASELINE:
        yield
        return
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.flood_client", str(port), kind],
        cwd=PROJECT,
        preexec_fn=pin_to(LOAD_CORE),
    )
    try:
        yield
    finally:
        process.kill()
        process.wait()
