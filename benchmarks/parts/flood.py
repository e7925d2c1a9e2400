"""A team talks, and one client floods: what it does to the time that the others' messages take.

100 clients, 47 messages a second, the limits as they are by default; the flooder comes from another address and is in
the same room. Each kind of flood has a fresh `manage.py serve`, which bounds floods, and is compared with the calm
before it.
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
from benchmarks.machine import BUILD, LOAD_CORE, PROJECT, bound_to
from benchmarks.parts.history import make_room
from benchmarks.peers import chatsite
from benchmarks.plan import Column, Measurement, Plan, attempt
from benchmarks.server import Server

CLIENTS, SAID_BEFORE = 100, 1000
RATE = 47  # messages a second: no multiple of the paces that limits allow, or a flood meets all of them or none
CALM = "calm"
COUNTS = ("lost", "late", "doubled", "out_of_order", "closed_early", "failed")
COLUMNS = [
    Column("p50_ms", "p50 ms", ",.2f"),
    Column("p99_ms", "p99 ms", ",.2f"),
    Column("p99_to_calm", "p99 / calm", ",.2f"),
    Column("server_cpu_share", "server's core", ".0%"),
    Column("lost", "lost"),
]


def run(plan: Plan) -> Iterator[Measurement]:
    """The calm, then each kind of flood."""
    seconds = 3 if plan.quick else 10
    for repeat in range(plan.repeats):
        calm = attempt("flood", CALM, "chatsite", repeat, lambda: measure(CALM, seconds))
        yield calm
        for kind in KINDS:
            flooded = attempt("flood", kind, "chatsite", repeat, lambda kind=kind: measure(kind, seconds))
            compare(calm, flooded)
            yield flooded


def measure(kind: str, seconds: float) -> dict[str, float]:
    """What 100 clients find at one fresh server, with a flood of this kind or without."""
    limited = dataclasses.replace(chatsite("serve"), environment=_limited)
    with tempfile.TemporaryDirectory(prefix="flood-", dir=BUILD) as name:
        make_room(Path(name) / "lobby.json", SAID_BEFORE)
        with Server(limited, Path(name)) as server, _flood(kind, server.port):
            return found_by(server, CLIENTS, seconds, rate=RATE)


def found_by(server: Server, clients: int, seconds: float, **options: object) -> dict[str, float]:
    """What so many who all talk and read find at a server."""
    found = load.run(
        "fanout", **server.target, clients=clients, senders=clients, warmup=2, duration=seconds, settle=1, **options
    )
    latency = {f"{name}_ms": found["latency_ms"][name] for name in ("p50", "p99", "max")}
    kept = ("server_cpu_share", "load_cpu_share", *COUNTS)
    return {**latency, "send_lag_p99_ms": found["send_lag_ms"]["p99"], **{name: found[name] for name in kept}}


def compare(calm: Measurement, other: Measurement) -> None:
    """Note by how much the 99th percentile rose, if both could be measured."""
    if calm.values and other.values:
        other.values["p99_to_calm"] = other.values["p99_ms"] / calm.values["p99_ms"]


def _limited(storage: Path) -> dict[str, str]:
    return {"DJANGO_SETTINGS_MODULE": "chatsite.settings", "CHAT_STORAGE_DIR": str(storage)}


@contextlib.contextmanager
def _flood(kind: str, port: int) -> Iterator[None]:
    if kind == CALM:
        yield
        return
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.flood_client", str(port), kind],
        cwd=PROJECT,
        preexec_fn=bound_to(LOAD_CORE),
    )
    try:
        yield
    finally:
        process.kill()
        process.wait()
