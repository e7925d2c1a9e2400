"""Where the time of the server goes: py-spy looks at it while it is under load, and its samples are added up by part.

python -m benchmarks.profile            a delivery, a posted message, a connect: microseconds of CPU, part by part

A part is known by functions that all of its work happens in: a sample belongs to the first of PARTS that its stack
holds.
"""

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import load, machine
from benchmarks.peers import chatsite
from benchmarks.report import aligned
from benchmarks.server import Server

PY_SPY = Path(sys.executable).with_name("py-spy")
RATE, SECONDS = 500, 4  # samples per second, and how long
FANOUT = "chat/wire/fanout.py"
OTHER = "the event loop, and the rest"


def _line(text: str) -> int:
    """Where the one line with this text stands in fanout.py."""
    lines = (machine.PROJECT / FANOUT).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


PARTS = {
    "the disk: lock, write, fdatasync": ("Disk.",),
    "text to HTML": ("event_from_record (chat/wire/events",),
    "numbering, encoding, indexing": ("BatchWriter.write",),
    "to the storage thread and back": ("GroupCommit._outcome", "ThreadPoolExecutor.submit", "_WorkItem.run"),
    "the kernel: send()": (f"DirectWriter.write ({FANOUT}:{_line('socket.send(')})",),
    "the loop over the connections": (f"broadcast ({FANOUT}", "Connections.live_writers"),
    "making frames": ("Frames.__init__",),
    "the channel layer": ("InMemoryChannelLayer",),
    "Autobahn: the handshake": ("serverAccept", "_connectionMade"),
    "the room: welcome, presence": ("Room.join", "PresenceAnnouncer."),
    "the room: into the batch, out of it": (
        "Room.publish",
        "BatchAnnouncer.",
        "GroupSubscription.",
        "Feed.",
        "GroupCommit.",
    ),
    "decoding and checking the frame": ("decode (chat/wire/protocol",),
    "the consumer": ("ChatConsumer.receive", "ChatConsumer.connect"),
    "the way to the consumer": ("ConnectionContextMiddleware.__call__", "ChatConsumer."),
    "Autobahn: reading the handshake": ("processHandshake",),
    "Autobahn: reading frames": ("WebSocketAdapterProtocol.dataReceived",),
    "Twisted and Daphne: HTTP": ("HTTPChannel.", "WebRequest."),
    "Daphne: a look at every connection, each second": ("application_checker",),
}
IDLE = ("_worker (concurrent", "select (selectors")  # a thread that waits for work: py-spy may count it


@dataclass(frozen=True)
class Case:
    """What is put on the server, and which number of the load's result is to be divided into parts."""

    title: str
    mode: str
    cost: str
    options: dict[str, int]


CASES = {
    "delivery": Case(
        "a delivery (1000 clients, 100 messages/s)",
        "fanout",
        "cpu_us_per_delivery",
        {"clients": 1000, "senders": 50, "rate": 100},
    ),
    "storm": Case(
        "a delivery (1000 clients, 1000 messages/s)",
        "fanout",
        "cpu_us_per_delivery",
        {"clients": 1000, "senders": 50, "rate": 1000},
    ),
    "message": Case(
        "a posted message, to 50 connections", "receive", "cpu_us_per_message", {"clients": 50, "senders": 50}
    ),
    "connect": Case("a connect (5000 clients)", "connect", "cpu_us_per_connect", {"clients": 5000}),
}


def main() -> None:
    """Measure the chosen cases, or all, and print a table for each."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.profile", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="*", default=list(CASES), help=f"any of {', '.join(CASES)} (all)")
    chosen = [CASES[name] for name in parser.parse_args().cases]
    machine.raise_file_limit()
    for case in chosen:
        print(f"\n{case.title}\n{table(cost(case), samples(case))}", flush=True)


def cost(case: Case) -> float:
    """Microseconds of CPU for one, without the profiler."""
    with Server(chatsite()) as server:
        found: float = load.run(case.mode, **server.target, **case.options, duration=6)[case.cost]
        return found


def samples(case: Case) -> Counter[str]:
    """Samples of each part, from another server."""
    with Server(chatsite()) as server, tempfile.NamedTemporaryFile(suffix=".raw") as file:
        time.sleep(1)  # what it does after its start is no part of this
        options = {**server.target, **case.options, "duration": 2 * SECONDS}
        loading = threading.Thread(target=load.run, args=(case.mode,), kwargs=options)
        loading.start()
        if case.mode != "connect":
            time.sleep(SECONDS)  # by now everybody has come
        _record(server.pid, file.name)
        loading.join()
        return by_part(Path(file.name).read_text().splitlines())


def _record(pid: int, into: str) -> None:
    given = {"rate": RATE, "duration": SECONDS, "format": "raw", "output": into, "pid": pid}
    words = [str(word) for name, value in given.items() for word in (f"--{name}", value)]
    bound = machine.bound_to(machine.LOAD_CORE)
    subprocess.run([PY_SPY, "record", *words], check=True, capture_output=True, preexec_fn=bound)


def by_part(lines: Iterable[str]) -> Counter[str]:
    """Samples by part. Each of py-spy's lines is a stack, from the outermost function, and how often it was seen."""
    found: Counter[str] = Counter()
    for line in lines:
        stack, _, count = line.rpartition(" ")
        if not stack.rpartition(";")[2].startswith(IDLE):
            found[_part(stack)] += int(count)
    return found


def _part(stack: str) -> str:
    return next((name for name, marks in PARTS.items() if any(mark in stack for mark in marks)), OTHER)


def table(microseconds: float, found: Counter[str]) -> str:
    """Every part that takes a hundredth or more, the largest first."""
    whole = found.total()
    shown = [(name, count / whole) for name, count in found.most_common() if count * 100 >= whole]
    lines = [[name, f"{microseconds * share:.2f}", f"{share:.0%}"] for name, share in shown]
    return aligned([["", "us", "share"], *lines, ["together", f"{microseconds:.2f}", "100%"]])


if __name__ == "__main__":
    main()
