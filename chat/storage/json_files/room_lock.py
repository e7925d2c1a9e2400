"""The lock file of a room, `.<room>.lock`: held during every write, and it remembers the room's last record.

What it remembers is written after the sync of the room's file, under the lock, and not synced itself. So the record is
durable, whatever the file holds later: if the file no longer has it, another program replaced the history.
"""

import contextlib
import os
import time
from pathlib import Path

import msgspec

from chat.storage.json_files.disk import Disk
from chat.storage.json_files.file_status import FileStatus

LINE_BYTES = 320  # of the line, padded: a rewrite needs no new block, so a full disk does not refuse it
MAX_LINE_BYTES = 4096  # an epoch that was edited by hand may be long
MAX_AGE_NS = 60 * 10**9  # of a lock file against its own line: a crash may leave a line of half a minute ago
NO_FILE = FileStatus(0, 0, 0)


class Memory(msgspec.Struct, frozen=True, omit_defaults=True):
    """The last record of a room, the number of its records, and its file as chatsite left it with them.

    `copied`: the lock file itself was copied, or put back from a backup; then the room may have had later records.
    """

    epoch: str
    last_id: int
    timestamp: str  # of the last record: an id alone can be given again
    records: int
    file: FileStatus
    written_ns: int  # when this was noted, since 1970
    copied: bool = False

    def describes(self, status: FileStatus | None) -> bool:
        """Whether the file is as chatsite left it: every byte of it is durable, and known to be chatsite's."""
        return self.file == status and not self.copied


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Memory)


class RoomLock:
    """The lock of one room. Methods raise OSError."""

    def __init__(self, room_path: Path, disk: Disk) -> None:
        self._path = room_path.with_name(f".{room_path.stem}.lock")
        self._disk = disk
        self._fd: int | None = None  # while the lock is held

    def acquire(self) -> None:
        """Take the lock. It is a separate file, as the room's file can be replaced while it is held."""
        self._fd = self._open()
        try:
            self._disk.lock(self._fd)
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Give the lock back."""
        fd, self._fd = self._fd, None
        if fd is not None:
            self._disk.close(fd)

    @property
    def is_held(self) -> bool:
        """Whether this process holds the lock through this object."""
        return self._fd is not None

    def _open(self) -> int:
        try:
            return self._disk.open(self._path, os.O_RDWR | os.O_CREAT)
        except FileNotFoundError:
            self._disk.make_folder(self._path.parent)
            return self._disk.open(self._path, os.O_RDWR | os.O_CREAT)

    def memory(self) -> Memory | None:
        """What is remembered; None if the lock is not held, or its file is of an older version, or torn."""
        if self._fd is None:
            return None
        try:
            memory = _decoder.decode(self._disk.read(self._fd, MAX_LINE_BYTES, 0).split(b"\n", 1)[0])
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        changed_ns = self._disk.stat_open(self._fd).st_ctime_ns  # no tool can set this time
        return msgspec.structs.replace(memory, copied=changed_ns - memory.written_ns > MAX_AGE_NS)

    def distrust(self) -> None:
        """Before a repair, under the lock: until the next `remember` the file is not as chatsite left it durably."""
        with contextlib.suppress(OSError):
            if (memory := self.memory()) is not None and not memory.copied:
                self.remember(msgspec.structs.replace(memory, file=NO_FILE, written_ns=time.time_ns()))

    def remember(self, memory: Memory) -> None:
        """Write it down, under the lock. If that fails the older line stays, or none: less is noticed then."""
        assert self._fd is not None, "the lock is held"
        line = b"%-*b\n" % (LINE_BYTES - 1, _encoder.encode(memory))
        try:  # faster than `suppress`, and this is a part of every append
            self._disk.write_some(self._fd, memoryview(line), 0)
        except OSError:
            return
