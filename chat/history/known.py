"""What a room had before an import: it is skipped.

The log finds what has a client_id. The rest is known by its author, its time, and its text or what it amends. Texts are
compared as they are stored today: an import normalizes those of a file too.
"""

from array import array

from chat.history.entry import Entry
from chat.history.reading import events, messages
from chat.storage import Draft, Record, RoomLog
from chat.storage.position_table import PositionTable
from chat.storage.records import AMENDMENTS
from chat.wire.message_text import normalize_message


class KnownEvents:
    """`empty`: the room had no message."""

    def __init__(self, log: RoomLog) -> None:
        self.empty = True
        self._log = log
        self._last_id = log.last_id
        self._positions = PositionTable()
        self._ids = array("Q")
        for record in events(log):
            self.empty = self.empty and record.type != "message"
            self._add(record)
        for message in () if self.empty else messages(log):
            if message.edited is not None and message.client_id is None:  # exports have it with this text
                self._add_key(message.author, _text_key(message.timestamp, message.message), message.id)

    def _add(self, record: Record) -> None:
        if record.type == "message" and record.client_id is not None:
            self._add_key(record.author, _client_key(record.client_id), record.id)
        elif record.type == "message":
            self._add_key(record.author, _text_key(record.timestamp, record.message), record.id)
            self._add_key(record.author, _time_key(record.timestamp), record.id)
        elif record.type in AMENDMENTS:
            self._add_key(record.author, _amendment_key(record), record.id)

    def _add_key(self, author: str | None, key: str, record_id: int) -> None:
        self._positions.add(author, key)
        self._ids.append(record_id)

    def find(self, draft: Draft) -> int | None:
        """The id of a message without a client_id, of the same author, time and text, as it was or as it is."""
        if self.empty or draft.client_id is not None or draft.type != "message":
            return None
        wanted = (draft.author, draft.timestamp)
        for record in self._candidates(draft.author, _text_key(draft.timestamp, draft.message)):
            if (record.author, record.timestamp) == wanted and draft.message in self._texts(record):
                return record.id
        return None

    def _texts(self, record: Record) -> set[str]:
        return {normalize_message(text.message or "") for text in self._log.texts(record.id)}

    def find_blanked(self, entry: Entry) -> int | None:
        """The id of a message of which the file has only the author and the client_id, or the time."""
        if self.empty or entry.author is None or entry.type != "message":
            return None
        key = _time_key(entry.timestamp) if entry.client_id is None else _client_key(entry.client_id)
        wanted = (entry.author, entry.client_id, entry.timestamp if entry.client_id is None else None)
        for record in self._candidates(entry.author, key):
            if (record.author, record.client_id, record.timestamp if record.client_id is None else None) == wanted:
                return record.id
        return None

    def has_amendment(self, draft: Draft) -> bool:
        """Whether it is stored, or is an edit that a later one has replaced here."""
        if draft.target is None or draft.target > self._last_id:
            return False  # its message came with this import
        if draft.type == "edit" and self._is_outdated(draft):
            return True
        wanted = _amendment_key(draft)
        found = self._candidates(draft.author, wanted)
        return any(record.author == draft.author and _amendment_key(record) == wanted for record in found)

    def _is_outdated(self, edit: Draft) -> bool:
        message = self._log.message(edit.target or 0)
        return message is None or (message.edited or "") > (edit.timestamp or "")

    def _candidates(self, author: str, key: str) -> list[Record]:
        ids = [self._ids[position] for position in self._positions.find(author, key)]
        pages = (self._log.page(after=record_id - 1, limit=1).records for record_id in ids)
        return [
            record for (record_id, page) in zip(ids, pages, strict=True) for record in page if record.id == record_id
        ]


def _client_key(client_id: str) -> str:
    return f"client {client_id}"


def _time_key(timestamp: str | None) -> str:
    return f"time {timestamp}"


def _text_key(timestamp: str | None, text: str | None) -> str:
    return f"text {timestamp} {normalize_message(text or '')}"


def _amendment_key(amendment: Record | Draft) -> str:
    what = (amendment.type, amendment.target, amendment.emoji, amendment.on, amendment.message)
    return f"{amendment.timestamp} {what}"
