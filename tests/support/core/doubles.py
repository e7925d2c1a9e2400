"""Test doubles that record what they are given, or inject faults. Helpers for waiting, and for reading the storage."""

import asyncio
import copy
import itertools
import json
import os
import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from channels.layers import InMemoryChannelLayer

from chat.storage.json_files.disk import Disk
from chat.wire.fanout import Frames

TIME_LIMIT = float(os.environ.get("TEST_TIME_LIMIT", "60"))  # seconds, for every wait in a test


async def until(condition: Callable[[], Any], what: str = "the condition") -> Any:
    """Poll `condition` on the event loop, and return its first true result."""
    deadline = asyncio.get_running_loop().time() + TIME_LIMIT
    while not (result := condition()):
        assert asyncio.get_running_loop().time() < deadline, f"waited too long for {what}"
        await asyncio.sleep(0.002)
    return result


class RecordingWriter:
    """The writer of a client that reads immediately. Records the frames and the close code."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.largest_write = 0  # bytes
        self.close_code: int | None = None
        self.disconnected = False

    def write(self, frames: Frames) -> None:
        if self.close_code is None:
            self.largest_write = max(self.largest_write, len(frames.wire))
            self.frames.extend(json.loads(text) for text in frames.texts)

    def close(self, code: int) -> None:
        if self.close_code is None:
            self.close_code = int(code)

    @property
    def pending_bytes(self) -> int:
        return 0

    @property
    def finished(self) -> bool:
        return self.close_code is not None

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["type"] == kind]

    @property
    def types(self) -> list[str]:
        """The types of the `answers`."""
        return [frame["type"] for frame in self.answers]

    @property
    def answers(self) -> list[dict[str, Any]]:
        """All frames but those of people, which a timer sends: on a busy machine before anything else."""
        return [frame for frame in self.frames if frame["type"] not in {"presence", "typing"}]

    @property
    def texts(self) -> list[str]:
        """The texts of all messages."""
        return [frame["message"] for frame in self.of_type("message")]

    @property
    def ids(self) -> list[int]:
        """The ids of all stored events, except those in history pages, in the order of delivery."""
        return [frame["id"] for frame in self.frames if "id" in frame]


class SlowWriter(RecordingWriter):
    """The writer of a client that reads only when `read` is called."""

    def __init__(self) -> None:
        super().__init__()
        self._pending_bytes = 0

    def write(self, frames: Frames) -> None:
        super().write(frames)
        if self.close_code is None:
            self._pending_bytes += len(frames.wire)

    def read(self) -> None:
        """Read everything that is pending."""
        self._pending_bytes = 0

    @property
    def pending_bytes(self) -> int:
        return 0 if self.finished else self._pending_bytes


class BlockingDisk(Disk):
    """A disk whose syncs can be blocked. `sync_begun` is set once a sync waits to be unblocked."""

    def __init__(self) -> None:
        super().__init__()
        self.sync_begun = threading.Event()
        self._unblocked = threading.Event()
        self._unblocked.set()

    def block(self) -> None:
        """Let every sync wait for `unblock`."""
        self._unblocked.clear()

    def unblock(self) -> None:
        """Let the waiting sync and all later ones run."""
        self._unblocked.set()

    def sync_data(self, fd: int) -> None:
        self._wait_until_unblocked()
        super().sync_data(fd)

    def sync(self, fd: int) -> None:
        self._wait_until_unblocked()
        super().sync(fd)

    def _wait_until_unblocked(self) -> None:
        if not self._unblocked.is_set():
            self.sync_begun.set()
            assert self._unblocked.wait(TIME_LIMIT), "the test did not unblock the disk"


class FullDisk(Disk):
    """A disk that refuses writes with ENOSPC while `full` is set. `writes` counts all attempts."""

    def __init__(self) -> None:
        super().__init__()
        self.full = False
        self.writes = 0

    def write(self, fd: int, data: bytes, offset: int) -> None:
        self.writes += 1
        if self.full:
            raise OSError(28, "No space left on device")
        super().write(fd, data, offset)


class NearlyFullDisk(Disk):
    """A disk that reports `free_bytes` as its free space."""

    def __init__(self, free_bytes: int) -> None:
        super().__init__()
        self.free_bytes = free_bytes

    def free(self, folder: Path) -> int:
        return self.free_bytes


class UnreliableLayer(InMemoryChannelLayer):
    """A channel layer that drops, duplicates, delays and reorders messages, in an order that depends on the seed."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._faults = itertools.cycle(random.Random(seed).sample(["drop", "duplicate", "delay", "none"], 4))
        self._late: list[tuple[str, dict[str, Any]]] = []
        self.dropped = self.duplicated = self.delayed = 0

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        fault = next(self._faults)
        if fault == "drop":
            self.dropped += 1
        elif fault == "duplicate":
            self.duplicated += 1
            await super().group_send(group, message)
            await super().group_send(group, message)
        elif fault == "delay":
            self.delayed += 1
            self._late.append((group, copy.deepcopy(message)))
        else:
            await super().group_send(group, message)
            late, self._late = self._late, []
            for group_and_message in reversed(late):
                await super().group_send(*group_and_message)


def read_records(path: Path) -> list[dict[str, Any]]:
    """The records in a room's file, as any JSON reader finds them."""
    content: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return content


def file_names(folder: Path) -> list[str]:
    """The sorted names of the files in a folder."""
    return sorted(path.name for path in folder.iterdir())
