"""Amendments that wait for the ids of their messages, in a temporary file: an import has no room in memory whole."""

import tempfile
from collections.abc import Iterator
from itertools import islice
from typing import IO

import msgspec

from chat.storage import Draft

Waiting = tuple[Draft, bool]  # and whether its target is the id that the message has in the room, or in the file
MEMORY_BYTES = 2**20  # up to this size there is no file

_decoder = msgspec.msgpack.Decoder(Waiting)


class Spool:
    """Drafts in the order in which they were added. Close it."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(MEMORY_BYTES)

    def close(self) -> None:
        """Remove the file."""
        self._file.close()

    def add(self, draft: Draft, *, is_mapped: bool = False) -> None:
        """Keep a draft."""
        data = msgspec.msgpack.encode((draft, is_mapped))
        self._file.write(len(data).to_bytes(4) + data)

    def batches(self, size: int) -> Iterator[list[Waiting]]:
        """All drafts, in parts."""
        self._file.seek(0)
        drafts = self._drafts()
        while batch := list(islice(drafts, size)):
            yield batch

    def _drafts(self) -> Iterator[Waiting]:
        while head := self._file.read(4):
            yield _decoder.decode(self._file.read(int.from_bytes(head)))
