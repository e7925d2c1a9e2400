"""The effect of stalled readers on the message latency of the other clients in their room.

400 clients, 50 long messages a second. First all of them read. Then 200 of them do not, and 100 of those also send
short messages; past CHAT_SEND_BUFFER the server disconnects a stalled reader, which reconnects and stalls again.
"""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator

from benchmarks import load
from benchmarks.machine import LOAD_CORE, PROJECT, pin_to
from benchmarks.parts import flood
from benchmarks.peers import chatsite
from benchmarks.plan import Column, Measurement, Plan, attempt
from benchmarks.server import Server

CLIENTS, STALLED, RATE, MESSAGE_LENGTH = 400, 200, 50, 3900
BASELINE, HALF_STALLED = "all read", "half stalls"  # the names of the cases in the results
COLUMNS = [*flood.COLUMNS, Column("cut_off", "disconnects")]


def run(plan: Plan) -> Iterator[Measurement]:
    """The baseline, then the same with stalled readers."""
    seconds = 5 if plan.quick else 20
    for repeat in range(plan.repeats):
        baseline = attempt("stalled", BASELINE, "chatsite", repeat, lambda: measure(0, seconds))
        yield baseline
        stalled = attempt("stalled", HALF_STALLED, "chatsite", repeat, lambda: measure(STALLED, seconds))
        flood.add_ratio(baseline, stalled)
        yield stalled


def measure(stalled: int, seconds: float) -> dict[str, float]:
    """Values of the reading clients at a new server; `stalled` of the 400 clients do not read."""
    with Server(chatsite("serve")) as server, _stalled_clients(server.port, stalled) as disconnects:
        found = flood.measure_clients(server, CLIENTS - stalled, seconds, rate=RATE, length=MESSAGE_LENGTH)
        return {**found, "cut_off": len(disconnects)}


@contextlib.contextmanager
def _stalled_clients(port: int, count: int) -> Iterator[list[bytes]]:
    """Stalled readers, while the block runs; gives a list that grows by a line for each of their disconnects."""
    disconnects: list[bytes] = []
    if not count:
        yield disconnects
        return
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.stalled_clients", str(port), str(count)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        preexec_fn=pin_to(LOAD_CORE),
    )
    lines = process.stdout
    assert lines, "a pipe"
    listening = threading.Thread(target=lambda: disconnects.extend(lines))
    try:
        if not lines.readline():
            raise load.LoadError("the stalled clients could not connect")
        listening.start()
        yield disconnects
        if process.poll() is not None:
            raise load.LoadError("the stalled clients have ended")
    finally:
        process.kill()
        process.wait()
        if listening.ident:
            listening.join()
