"""What one stat call tells of a room's file: enough to see that another program changed or replaced it."""

import os

import msgspec


class FileStatus(msgspec.Struct, frozen=True, array_like=True):
    """A file's inode, its size in bytes, and the time of its last change in nanoseconds since 1970."""

    inode: int
    size: int
    mtime_ns: int

    @staticmethod
    def of(status: os.stat_result) -> "FileStatus":
        """The part of a system's answer that is compared."""
        return FileStatus(status.st_ino, status.st_size, status.st_mtime_ns)
