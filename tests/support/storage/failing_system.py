"""The real disk with a system beneath it that fails on demand, call by call."""

import fcntl
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from chat.storage.json_files.disk import Disk
from tests.support.storage.disk_faults import SHORT, Trouble, none
from tests.support.storage.expected_history import FOLDER

CALLS = {
    *("open", "close", "stat", "fstat", "pread", "pwrite", "ftruncate", "utime", "fsync", "fdatasync"),
    *("rename", "unlink", "listdir", "flock"),
}
CHANGES = {"pwrite", "ftruncate", "fsync", "fdatasync"}


class System:
    """`os` and `fcntl` as json_files/disk.py sees them. `trouble` is asked before every call, by its name."""

    def __init__(self) -> None:
        self.trouble: Trouble = none
        self.calls: list[str] = []
        self.opened: set[int] = set()
        self.given_up: set[int] = set()  # descriptors whose sync has failed
        self.abused: list[str] = []  # what was done with them afterwards

    def __getattr__(self, name: str) -> Any:
        real = getattr(fcntl if hasattr(fcntl, name) else os, name)
        return partial(self._call, name, real) if name in CALLS else real

    def _call(self, name: str, real: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        self.calls.append(name)
        if name in CHANGES and arguments[0] in self.given_up:
            self.abused.append(name)
        reason = self.trouble(name)
        if reason is None or (reason == SHORT and name not in {"pread", "pwrite"}):
            return self._note(name, arguments, real(*arguments, **named))
        if reason == SHORT:
            return self._partly(name, real, *arguments)
        if name == "close":  # the descriptor is gone all the same
            self._note(name, arguments, real(*arguments))
        if name in {"fsync", "fdatasync"}:
            self.given_up.add(arguments[0])
        raise OSError(reason, os.strerror(reason))

    def _note(self, name: str, arguments: tuple[Any, ...], answer: Any) -> Any:
        if name == "open":
            self.opened.add(answer)
        elif name == "close":
            self.opened.discard(arguments[0])
            self.given_up.discard(arguments[0])
        return answer

    def _partly(self, name: str, real: Callable[..., Any], fd: int, data: Any, offset: int) -> Any:
        part = max(1, (data if isinstance(data, int) else len(data)) // 3)
        return real(fd, part if isinstance(data, int) else data[:part], offset)


class RealDisk(Disk):
    """The real disk on that system, with the rooms of the tests in a folder of its own."""

    def __init__(self, folder: Path, system: System) -> None:
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

    # What the tests ask of a disk in memory, too

    @property
    def calls(self) -> list[str]:
        return self.system.calls

    @property
    def abused(self) -> list[str]:
        return self.system.abused

    @property
    def trouble(self) -> Trouble:
        return self.system.trouble

    @trouble.setter
    def trouble(self, trouble: Trouble) -> None:
        self.system.trouble = trouble

    @property
    def names(self) -> list[Path]:
        return [FOLDER / path.name for path in self._folder.iterdir()] if self._folder.exists() else []

    def content(self, path: Path) -> bytes:
        return self._there(path).read_bytes()

    def delete_folder(self) -> None:
        shutil.rmtree(self._folder)
