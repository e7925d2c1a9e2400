"""Which message of the room has which id of the source: replies need it. 24 bytes a message."""

from array import array

from chat.storage.position_table import PositionTable


class StoredIds:
    """Ids of the room by ids of the source."""

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
