"""What the next batch of a room is checked against (chat/storage/numbering.py)."""

from chat.storage.folding import MessageState
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
        self._reader = reader
        self._index = index

    def state(self, message_id: int) -> MessageState | None:
        """The message with this id, also if it is deleted."""
        return FoldedReader(self._reader, self._index).state(message_id)

    def is_other(self, record_id: int) -> bool:
        """Whether this is the id of a record that is no message."""
        position = self._index.count_before(record_id)
        is_stored = self._index.count_through(record_id) > position
        return is_stored and self._index.kinds[position] not in kinds.MESSAGES
