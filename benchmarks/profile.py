"""The CPU time of the server by component: py-spy samples it under load, and the samples are summed by component.

python -m benchmarks.profile            a delivery, a posted message, a connect: microseconds of CPU per component

A component is identified by the functions that contain all of its work: a sample belongs to the first entry of PARTS
that has a function in the sample's stack.
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
from benchmarks.report import align_columns
from benchmarks.server import Server

PY_SPY = Path(sys.executable).with_name("py-spy")
SAMPLES_PER_SECOND, SECONDS = 500, 4
FANOUT = "chat/wire/fanout.py"
OTHER = "the event loop, and the rest"


def _line(text: str) -> int:
    """The number of the line in fanout.py that contains this text."""
    lines = (machine.PROJECT / FANOUT).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


PARTS = {
    "the disk: lock, write, fdatasync": ("Disk.",),
    "text to HTML": ("event_from_record (chat/wire/events",),
    "numbering, encoding, indexing": ("BatchWriter.write",),
    "to the storage thread and back": ("GroupCommit._begin_write", "SerialExecutor.", "_call (chat/rooms"),
    "the kernel: send()": (f"DirectWriter.write ({FANOUT}:{_line('socket.send(')})",),
    "the loop over the connections": (f"broadcast ({FANOUT}", "Connections.live_writers"),
    "making frames": ("Frames.__init__",),
    "Autobahn: the handshake": ("serverAccept", "_connectionMade"),
    "the room: welcome, presence": ("Room.join", "PresenceAnnouncer."),
    "the room: into the batch, out of it": (
        "Room.publish",
        "BatchAnnouncer.",
        "ChannelGroup.",
        "Feed.",
        "GroupCommit.",
    ),
    "decoding and checking the frame": ("decode (chat/wire/protocol",),
    "the consumer": ("ChatConsumer.take", "ChatConsumer.open"),
    "the way to the consumer": ("ConnectionContextMiddleware.__call__", "ChatConsumer."),
    "Autobahn: reading the handshake": ("processHandshake",),
    "Autobahn: reading frames": ("WebSocketAdapterProtocol.dataReceived",),
    "Twisted and Daphne: HTTP": ("HTTPChannel.", "WebRequest."),
    "Daphne: a look at every connection, each second": ("application_checker",),
}
IDLE = ("_worker (concurrent", "select (selectors")  # a thread that waits for work: py-spy may count it


@dataclass(frozen=True)
class Case:
    """One load, and the field of its result that is divided among the components."""

    title: str
    mode: str
    cost_field: str
    options: dict[str, int]


CASES = {
    "delivery": Case(
        "a delivery (1000 clients, 100 messages/s)",
        "fanout",
        "cpu_us_per_delivery",
        {"clients": 1000, "senders": 50, "rate": 100},
    ),
    "delivery-1000": Case(
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
    """Measure the chosen cases, or all of them, and print a table for each."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.profile", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="*", default=list(CASES), help=f"any of {', '.join(CASES)} (all)")
    chosen = [CASES[name] for name in parser.parse_args().cases]
    machine.raise_file_limit()
    for case in chosen:
        print(f"\n{case.title}\n{table(cpu_microseconds(case), sample_parts(case))}", flush=True)


def cpu_microseconds(case: Case) -> float:
    """CPU time of one delivery, message or connect, measured without the profiler."""
    with Server(chatsite()) as server:
        found: float = load.run(case.mode, **server.load_options, **case.options, duration=6)[case.cost_field]
        return found


def sample_parts(case: Case) -> Counter[str]:
    """Samples of each component, from another server."""
    with Server(chatsite()) as server, tempfile.NamedTemporaryFile(suffix=".raw") as file:
        time.sleep(1)  # excludes work of the start
        options = {**server.load_options, **case.options, "duration": 2 * SECONDS}
        loading = threading.Thread(target=load.run, args=(case.mode,), kwargs=options)
        loading.start()
        if case.mode != "connect":
            time.sleep(SECONDS)  # until all clients have joined
        _record(server.pid, file.name)
        loading.join()
        return by_part(Path(file.name).read_text().splitlines())


def _record(pid: int, output: str) -> None:
    options = {"rate": SAMPLES_PER_SECOND, "duration": SECONDS, "format": "raw", "output": output, "pid": pid}
    words = [str(word) for name, value in options.items() for word in (f"--{name}", value)]
    pin = machine.pin_to(machine.LOAD_CORE)
    subprocess.run([PY_SPY, "record", *words], check=True, capture_output=True, preexec_fn=pin)


def by_part(lines: Iterable[str]) -> Counter[str]:
    """Samples by component. Each line of py-spy is a stack, outermost function first, and its number of samples."""
    samples: Counter[str] = Counter()
    for line in lines:
        stack, _, count = line.rpartition(" ")
        if not stack.rpartition(";")[2].startswith(IDLE):
            samples[_part(stack)] += int(count)
    return samples


def _part(stack: str) -> str:
    return next((name for name, marks in PARTS.items() if any(mark in stack for mark in marks)), OTHER)


def table(microseconds: float, samples: Counter[str]) -> str:
    """Every component with a share of 1 % or more, the largest first."""
    total = samples.total()
    shares = [(name, count / total) for name, count in samples.most_common() if count * 100 >= total]
    lines = [[name, f"{microseconds * share:.2f}", f"{share:.0%}"] for name, share in shares]
    return align_columns([["", "us", "share"], *lines, ["total", f"{microseconds:.2f}", "100%"]])


if __name__ == "__main__":
    main()
