"""Half of a room stops reading: what that does to the time that messages take to everybody else.

400 people, 50 long messages a second. First all of them read. Then 200 of them do not, and 100 of those say short words
besides; past CHAT_SEND_BUFFER each of them is cut off, comes back and stalls again.
"""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator

from benchmarks import load
from benchmarks.machine import LOAD_CORE, PROJECT, bound_to
from benchmarks.parts import flood
from benchmarks.peers import chatsite
from benchmarks.plan import Column, Measurement, Plan, attempt
from benchmarks.server import Server

PEOPLE, STALLERS, RATE, LENGTH = 400, 200, 50, 3900
ALL_READ, HALF_STALLS = "all read", "half stalls"
COLUMNS = [*flood.COLUMNS, Column("cut_off", "cut off")]


def run(plan: Plan) -> Iterator[Measurement]:
    """The calm, then the same with those who stall."""
    seconds = 5 if plan.quick else 20
    for repeat in range(plan.repeats):
        calm = attempt("stalled", ALL_READ, "chatsite", repeat, lambda: measure(0, seconds))
        yield calm
        stalled = attempt("stalled", HALF_STALLS, "chatsite", repeat, lambda: measure(STALLERS, seconds))
        flood.compare(calm, stalled)
        yield stalled


def measure(stallers: int, seconds: float) -> dict[str, float]:
    """What those who read find at a fresh server, of 400 people with so many who do not."""
    with Server(chatsite("serve")) as server, _stalling(server.port, stallers) as cut_off:
        found = flood.found_by(server, PEOPLE - stallers, seconds, rate=RATE, length=LENGTH)
        return {**found, "cut_off": len(cut_off)}


@contextlib.contextmanager
def _stalling(port: int, count: int) -> Iterator[list[bytes]]:
    """So many who do not read; a line for each time that one was cut off."""
    cut_off: list[bytes] = []
    if not count:
        yield cut_off
        return
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.stalled_clients", str(port), str(count)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        preexec_fn=bound_to(LOAD_CORE),
    )
    lines = process.stdout
    assert lines, "a pipe"
    listening = threading.Thread(target=lambda: cut_off.extend(lines))
    try:
        if not lines.readline():
            raise load.LoadError("those who are to stall could not come in")
        listening.start()
        yield cut_off
        if process.poll() is not None:
            raise load.LoadError("those who stall have ended")
    finally:
        process.kill()
        process.wait()
        if listening.ident:
            listening.join()
