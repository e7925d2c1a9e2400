"""What is known of the ids of a source in little memory, however many there are.

Which of them stand twice, which are named by replies, and which message of the room has which.
"""

from array import array
from collections.abc import Iterable
from typing import NamedTuple

from chat.storage.position_table import PositionTable

SLOTS = 2**22
PLACES = 2**23 - 1  # bytes, of eight ids each


class Repeated:
    """The hashes of the ids that were added more than once, with some that were not: `suspects`. 8 MB."""

    def __init__(self) -> None:
        self.suspects: set[int] = set()
        self._bits = bytearray(PLACES + 1)

    def add(self, source_ids: Iterable[str]) -> None:
        """Note ids."""
        bits, suspect = self._bits, self.suspects.add
        for hashed in map(hash, source_ids):
            place = hashed & PLACES
            if bits[place] & (bit := 1 << (hashed >> 61 & 7)):
                suspect(hashed)
            else:
                bits[place] |= bit


class Answered:
    """Which ids of a source some reply names: never no for such an id, and seldom yes for another one. 4 MB."""

    def __init__(self) -> None:
        self._slots = bytearray(SLOTS)
        self._is_empty = True

    def add(self, source_ids: Iterable[str]) -> None:
        """Note ids that are named."""
        for source_id in source_ids:
            self._slots[hash(source_id) % SLOTS] = 1
            self._is_empty = False

    def among(self, source_ids: Iterable[str]) -> list[int]:
        """The positions of those that are named."""
        if self._is_empty:
            return []
        slots = self._slots
        return [number for number, hashed in enumerate(map(hash, source_ids)) if slots[hashed % SLOTS]]


class SourceIds(NamedTuple):
    """What the first pass has found of the ids."""

    repeated: Repeated
    answered: Answered


class StoredIds:
    """Ids of the room by ids of the source: 24 bytes for each."""

    def __init__(self) -> None:
        self._positions = PositionTable()
        self._hashes = array("q")
        self._ids = array("Q")

    def add(self, source_id: str, record_id: int) -> None:
        """Note where a message is."""
        self._positions.add("", source_id)
        self._hashes.append(hash(source_id))
        self._ids.append(record_id)

    def find(self, source_id: str) -> int | None:
        """The id that a message has in the room."""
        wanted = hash(source_id)
        found = self._positions.find("", source_id)
        return next((self._ids[position] for position in found if self._hashes[position] == wanted), None)
