"""The machine that measures: its cores, its description, the folder for what is made on it."""

import ctypes
import os
import platform
import re
import resource
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent
BUILD = HERE / ".build"

# The server has a core to itself, everything that loads it has another.
_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = _CORES[0], _CORES[-1]

_libc = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


def bound_to(core: int) -> Callable[[], None]:
    """For a child before it starts: one core, and an end with this process whatever ends it."""

    def bind() -> None:
        os.sched_setaffinity(0, {core})
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    return bind


def raise_file_limit() -> int:
    """As many descriptors as the system allows, for this process and its children; returns the number."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def describe() -> dict[str, object]:
    """CPU, cores, memory and kernel."""
    return {
        "cpu": _first(Path("/proc/cpuinfo"), r"model name\s*: (.*)") or platform.machine(),
        "cores": len(_CORES),
        "memory_gib": round(int(_first(Path("/proc/meminfo"), r"MemTotal:\s*(\d+)") or 0) / 2**20, 1),
        "kernel": f"{platform.system()} {platform.release()}",
        "load_average": round(os.getloadavg()[0], 2),
    }


def commit() -> str:
    """The commit of the checkout, with a + if files have changed since."""
    head = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=PROJECT, capture_output=True, text=True)
    changed = subprocess.run(["git", "status", "--porcelain"], cwd=PROJECT, capture_output=True, text=True)
    return head.stdout.strip() + ("+" if changed.stdout.strip() else "")


def memory_kib(pid: int) -> int:
    """What a process holds: its own pages and its share of the others' (Pss)."""
    return int(_first(Path(f"/proc/{pid}/smaps_rollup"), r"Pss:\s*(\d+) kB") or 0)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _first(path: Path, pattern: str) -> str | None:
    found = re.search(pattern, path.read_text())
    return found[1] if found else None
