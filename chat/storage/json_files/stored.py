"""What the next batch of a room is checked against (chat/storage/numbering.py)."""

from chat.storage.json_files import kinds
from chat.storage.json_files.folded_reader import FoldedReader
from chat.storage.json_files.index import Index
from chat.storage.json_files.reader import RecordReader
from chat.storage.numbering import Setting


class StoredRoom:
    """A room in front of a batch, under the lock."""

    def __init__(self, reader: RecordReader, index: Index, last_id: int, settings: dict[str, Setting]) -> None:
        self.last_id = last_id
        self.settings = settings
        self.find = reader.find
        self.state = FoldedReader(reader, index).state
        self._index = index

    def is_other(self, record_id: int) -> bool:
        """Whether this is the id of a record that is no message."""
        position = self._index.count_before(record_id)
        is_stored = self._index.count_through(record_id) > position
        return is_stored and self._index.kinds[position] not in kinds.MESSAGES
