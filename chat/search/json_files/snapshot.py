"""What one search reads of the search cache of a room, in a thread of its own."""

import os
from collections.abc import Mapping


class Snapshot:
    """The cache at one moment, for another thread.

    `edits`: the offset of each message's newest edit. It is not copied, so later edits are added meanwhile; of their
    messages every text in the snapshot may match.
    """

    def __init__(self, fds: list[int], end: int, edits_end: int, edits: Mapping[int, int]) -> None:
        self._fds = fds
        self._edits = edits
        self.end, self.edits_end = end, edits_end

    def is_outdated(self, message_id: int, edit_offset: int = 0) -> bool:
        """Whether the snapshot has a later edit of the message than the one at this offset."""
        return edit_offset < self._edits.get(message_id, 0) < self.edits_end

    def read_into(self, buffer: memoryview, offset: int, *, edits: bool = False) -> int:
        """Fill a buffer from an offset; returns how many bytes were read."""
        return os.preadv(self._fds[edits], [buffer], offset)

    def read(self, length: int, offset: int) -> bytes:
        """Some bytes of the messages."""
        return os.pread(self._fds[0], length, offset)

    def close(self) -> None:
        """Close the files."""
        while self._fds:
            os.close(self._fds.pop())
