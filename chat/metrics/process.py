"""What the system knows about this process, under the names that Prometheus's own client libraries use."""

import contextlib
import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path

from chat.metrics.kinds import Family, Sample, gauge

_STARTED_AT = time.time()


def families() -> list[Family]:
    """CPU, memory, descriptors and start. Without /proc some of them are missing."""
    spent = os.times()
    cpu = Sample("", (), spent.user + spent.system)
    return [
        Family("process_cpu_seconds_total", "counter", "CPU time of this process.", [cpu]),
        gauge("process_start_time_seconds", "When this process began, in seconds since 1970.", _STARTED_AT),
        gauge("process_max_fds", "Descriptors that may be open.", resource.getrlimit(resource.RLIMIT_NOFILE)[0]),
        *_from_proc(),
    ]


def _from_proc() -> Iterator[Family]:
    with contextlib.suppress(OSError):
        virtual, resident = map(int, Path("/proc/self/statm").read_text().split()[:2])
        page = resource.getpagesize()
        yield gauge("process_virtual_memory_bytes", "Address space of this process.", virtual * page)
        yield gauge("process_resident_memory_bytes", "Memory of this process.", resident * page)
        yield gauge("process_open_fds", "Descriptors that are open: files and connections.", _open_descriptors())


def _open_descriptors() -> int:
    with os.scandir("/proc/self/fd") as entries:
        return sum(1 for _ in entries) - 1  # without the one that reads this
