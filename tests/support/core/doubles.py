"""Doubles for the tests of the server core: they record what they are given, or they disturb. None of them mocks."""

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

TIME_LIMIT = float(os.environ.get("TEST_TIME_LIMIT", "20"))  # seconds, for anything a test waits for


async def until(condition: Callable[[], Any], what: str = "the condition") -> Any:
    """The first true answer of `condition`, looked at as the event loop goes round."""
    deadline = asyncio.get_running_loop().time() + TIME_LIMIT
    while not (answer := condition()):
        assert asyncio.get_running_loop().time() < deadline, f"{what} did not come about"
        await asyncio.sleep(0.002)
    return answer


class RecordingWriter:
    """A connection whose reader never stalls: every frame it was sent, and how it was closed."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.largest = 0  # bytes that were written at once
        self.closed: int | None = None
        self.disconnected = False

    def write(self, frames: Frames) -> None:
        if self.closed is None:
            self.largest = max(self.largest, len(frames.wire))
            self.frames.extend(json.loads(text) for text in frames.texts)

    def close(self, code: int) -> None:
        if self.closed is None:
            self.closed = int(code)

    @property
    def pending_bytes(self) -> int:
        return 0

    @property
    def flushed(self) -> bool:
        return self.closed is not None

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["type"] == kind]

    @property
    def texts(self) -> list[str]:
        return [frame["message"] for frame in self.of("message")]

    @property
    def ids(self) -> list[int]:
        """The ids of everything that was sent as an event of its own, in the order in which it came."""
        return [frame["id"] for frame in self.frames if "id" in frame]


class SlowWriter(RecordingWriter):
    """A connection whose reader takes what it was sent only when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self._pending_bytes = 0

    def write(self, frames: Frames) -> None:
        super().write(frames)
        if self.closed is None:
            self._pending_bytes += len(frames.wire)

    def read(self) -> None:
        self._pending_bytes = 0

    @property
    def pending_bytes(self) -> int:
        return 0 if self.flushed else self._pending_bytes


class HeldDisk(Disk):
    """A disk whose syncs wait until they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()
        self.let_go.set()
        self.held = threading.Event()

    def sync_data(self, fd: int) -> None:
        self._hold()
        super().sync_data(fd)

    def sync(self, fd: int) -> None:
        self._hold()
        super().sync(fd)

    def _hold(self) -> None:
        if not self.let_go.is_set():
            self.held.set()
            assert self.let_go.wait(TIME_LIMIT), "the test never let the disk go"


class FullDisk(Disk):
    """A disk that has no room left while `full` is set."""

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
    """A disk that says how much is free."""

    def __init__(self, free: int) -> None:
        super().__init__()
        self.left = free

    def free(self, folder: Path) -> int:
        return self.left


class DisturbingLayer(InMemoryChannelLayer):
    """A channel layer that loses, doubles and delays what it is given, in turn."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._fates = itertools.cycle(random.Random(seed).sample(["lost", "doubled", "delayed", "taken"], 4))
        self._late: list[tuple[str, dict[str, Any]]] = []
        self.lost = self.doubled = self.delayed = 0

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        fate = next(self._fates)
        if fate == "lost":
            self.lost += 1
        elif fate == "doubled":
            self.doubled += 1
            await super().group_send(group, message)
            await super().group_send(group, message)
        elif fate == "delayed":
            self.delayed += 1
            self._late.append((group, copy.deepcopy(message)))
        else:
            await super().group_send(group, message)
            late, self._late = self._late, []
            for kept in reversed(late):
                await super().group_send(*kept)


def lines(path: Path) -> list[dict[str, Any]]:
    """What a room's file holds, as its owner would read it."""
    content: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return content


def kept(folder: Path) -> list[str]:
    """The names of the files of a folder."""
    return sorted(path.name for path in folder.iterdir())
