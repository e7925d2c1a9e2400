"""The machine that runs the benchmarks: its cores, its description, the folder for build products."""

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

# The server has one core, all programs that load it have another.
_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = _CORES[0], _CORES[-1]

_libc = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


def pin_to(core: int) -> Callable[[], None]:
    """A `preexec_fn`: pins a child process to one core, and kills it when this process ends for any reason."""

    def pin() -> None:
        os.sched_setaffinity(0, {core})
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    return pin


def raise_file_limit() -> int:
    """Allow this process and its children the maximum number of descriptors; returns that number."""
    _, maximum = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (maximum, maximum))
    return maximum


def describe() -> dict[str, object]:
    """CPU, cores, memory, kernel and load average."""
    return {
        "cpu": _first_match(Path("/proc/cpuinfo"), r"model name\s*: (.*)") or platform.machine(),
        "cores": len(_CORES),
        "memory_gib": round(int(_first_match(Path("/proc/meminfo"), r"MemTotal:\s*(\d+)") or 0) / 2**20, 1),
        "kernel": f"{platform.system()} {platform.release()}",
        "load_average": round(os.getloadavg()[0], 2),
    }


def commit() -> str:
    """The commit of the checkout, with a + if files have changed since."""
    head = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=PROJECT, capture_output=True, text=True)
    changed = subprocess.run(["git", "status", "--porcelain"], cwd=PROJECT, capture_output=True, text=True)
    return head.stdout.strip() + ("+" if changed.stdout.strip() else "")


def memory_kib(pid: int) -> int:
    """Memory of a process: its own pages and its share of shared pages (Pss)."""
    return int(_first_match(Path(f"/proc/{pid}/smaps_rollup"), r"Pss:\s*(\d+) kB") or 0)


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used so far, in steps of 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _first_match(path: Path, pattern: str) -> str | None:
    match = re.search(pattern, path.read_text())
    return match[1] if match else None
