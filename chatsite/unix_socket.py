"""The Unix socket of `manage.py serve --unix`: its file, its lock, its mode and its group.

The file outlives a server that was killed, and must be replaced then. The file of a running server must not: its
clients would wait for ever at a name that nobody serves. A lock beside the file tells the two apart, because the system
releases it with the process, and makes two servers that start together take turns.
"""

import fcntl
import grp
import os
import socket
import stat
from dataclasses import dataclass

from twisted.internet.endpoints import quoteStringArgument

MODE = 0o660  # whoever may write to the socket may connect: the user of the server, and the group
MAX_PATH_BYTES = 103  # of macOS; Linux allows 107


class UnixSocketError(Exception):
    """The socket cannot be opened; one line for the owner."""


@dataclass(frozen=True)
class UnixSocket:
    """Where a server listens, and which group may connect; "" is the group of the process."""

    path: str
    group: str = ""

    @property
    def endpoint(self) -> str:
        """For Twisted, which creates the file, sets its mode before anybody can connect, and removes it at the end."""
        # Twisted's own lock is off: it holds a process id, and in a container the next server may have the same id.
        path = quoteStringArgument(self.path).replace("=", r"\=")  # which it leaves as it is, and which has a meaning
        return f"unix:{path}:mode={MODE:o}:lockfile=0"

    def claim(self) -> None:
        """Lock the path until the process ends, and remove the file of a server that was killed."""
        if len(os.fsencode(self.path)) > MAX_PATH_BYTES:
            raise UnixSocketError(f"{self.path} is too long for a Unix socket: {MAX_PATH_BYTES} bytes are allowed")
        self._group_id()
        try:
            self._lock()
            self._remove_stale_file()
        except OSError as error:
            raise UnixSocketError(f"cannot use {self.path}: {error.strerror}") from None

    def _lock(self) -> None:
        descriptor = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # never closed: the lock is held to the end
        except BlockingIOError:
            raise UnixSocketError(f"another chatsite listens at {self.path}") from None

    def _remove_stale_file(self) -> None:
        try:
            is_socket = stat.S_ISSOCK(os.lstat(self.path).st_mode)
        except FileNotFoundError:
            return
        if not is_socket:
            raise UnixSocketError(f"{self.path} is not a socket: remove it, or choose another path")
        if self._is_alive():
            raise UnixSocketError(f"another program listens at {self.path}")
        os.unlink(self.path)

    def _is_alive(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.setblocking(False)  # a server whose queue is full would make it wait
            try:
                probe.connect(self.path)
            except ConnectionRefusedError:
                return False
            except BlockingIOError:
                pass
        return True

    def give_to_group(self) -> None:
        """Let the group connect, once the file is there."""
        if self.group:
            try:
                os.chown(self.path, -1, self._group_id())
            except OSError as error:
                os.unlink(self.path)
                raise UnixSocketError(
                    f"cannot give {self.path} to the group {self.group}: {error.strerror} (is the user of the server "
                    "a member of it?)"
                ) from None

    def _group_id(self) -> int:
        try:
            return int(self.group) if self.group.isdigit() else grp.getgrnam(self.group).gr_gid if self.group else -1
        except KeyError:
            raise UnixSocketError(f"there is no group {self.group}") from None
