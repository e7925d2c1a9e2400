"""The real disk on system calls that fail on demand."""

import fcntl
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from chat.storage.json_files.disk import Disk
from tests.support.storage.disk_faults import SHORT, Fault, no_fault
from tests.support.storage.expected_history import FOLDER

CALLS = {
    *("open", "close", "stat", "fstat", "pread", "pwrite", "ftruncate", "utime", "fsync", "fdatasync"),
    *("rename", "unlink", "listdir", "flock"),
}
CHANGES = {"pwrite", "ftruncate", "fsync", "fdatasync"}


class FailingSystem:
    """In the place of `os` and `fcntl` in json_files/disk.py. `fault` is asked before every call, with its name."""

    def __init__(self) -> None:
        self.fault: Fault = no_fault
        self.calls: list[str] = []
        self.opened: set[int] = set()
        self.failed_fds: set[int] = set()  # descriptors whose sync has failed
        self.used_after_failed_sync: list[str] = []  # calls on them afterwards

    def __getattr__(self, name: str) -> Any:
        real = getattr(fcntl if hasattr(fcntl, name) else os, name)
        return partial(self._call, name, real) if name in CALLS else real

    def _call(self, name: str, real: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        self.calls.append(name)
        if name in CHANGES and arguments[0] in self.failed_fds:
            self.used_after_failed_sync.append(name)
        reason = self.fault(name)
        if reason is None or (reason == SHORT and name not in {"pread", "pwrite"}):
            return self._note(name, arguments, real(*arguments, **named))
        if reason == SHORT:
            return self._partly(name, real, *arguments)
        if name == "close":  # the descriptor is gone all the same
            self._note(name, arguments, real(*arguments))
        if name in {"fsync", "fdatasync"}:
            self.failed_fds.add(arguments[0])
        raise OSError(reason, os.strerror(reason))

    def _note(self, name: str, arguments: tuple[Any, ...], answer: Any) -> Any:
        if name == "open":
            self.opened.add(answer)
        elif name == "close":
            self.opened.discard(arguments[0])
            self.failed_fds.discard(arguments[0])
        return answer

    def _partly(self, name: str, real: Callable[..., Any], fd: int, data: Any, offset: int) -> Any:
        part = max(1, (data if isinstance(data, int) else len(data)) // 3)
        return real(fd, part if isinstance(data, int) else data[:part], offset)


class RealDisk(Disk):
    """The real disk on that system, with the rooms in a folder of its own."""

    def __init__(self, folder: Path, system: FailingSystem) -> None:
        super().__init__(lock_timeout_seconds=0.02)
        self.system = system
        self._folder = folder

    def _there(self, path: Path) -> Path:
        return self._folder / path.relative_to(FOLDER)

    def open(self, path: Path, flags: int) -> int:
        return super().open(self._there(path), flags)

    def stat(self, path: Path) -> os.stat_result:
        return super().stat(self._there(path))

    def entries(self, folder: Path) -> list[str]:
        return super().entries(self._there(folder))

    def sync_folder(self, path: Path) -> None:
        super().sync_folder(self._there(path))

    def rename(self, source: Path, target: Path) -> None:
        super().rename(self._there(source), self._there(target))

    def remove(self, path: Path) -> None:
        super().remove(self._there(path))

    def make_folder(self, path: Path) -> None:
        Disk().make_folder(self._there(path))

    # As in MemoryDisk

    def durable(self) -> dict[Path, bytes]:
        found = self._folder.iterdir() if self._folder.exists() else ()
        return {FOLDER / path.name: path.read_bytes() for path in found}

    @property
    def calls(self) -> list[str]:
        return self.system.calls

    @property
    def used_after_failed_sync(self) -> list[str]:
        return self.system.used_after_failed_sync

    @property
    def fault(self) -> Fault:
        return self.system.fault

    @fault.setter
    def fault(self, fault: Fault) -> None:
        self.system.fault = fault

    @property
    def names(self) -> list[Path]:
        return [FOLDER / path.name for path in self._folder.iterdir()] if self._folder.exists() else []

    def content(self, path: Path) -> bytes:
        return self._there(path).read_bytes()

    def delete_folder(self) -> None:
        shutil.rmtree(self._folder)
