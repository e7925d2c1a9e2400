"""JSON, as one document or one event per line: complete, and readable by `import_history`.

The document has one event per line too, so that it can be read as a stream, searched with grep, and compared.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from chat.history.formats import Export, RoomHistory
from chat.history.reading import StoredMessage

VERSION = 1  # of the document
HEAD_END = '"rooms":['
ROOM_END = '"events":['


def document(export: Export) -> Iterator[str]:
    """`{"chatsite", "exported", "rooms": [{"room", "name", "epoch", "events"}]}`."""
    head = _json({"chatsite": VERSION, "exported": export.exported})
    yield f"{head[:-1]},{HEAD_END}"
    separator = "\n"
    for history in export.histories:
        yield separator
        yield from _room(history)
        separator = ",\n"
    yield "\n]}\n"


def _room(history: RoomHistory) -> Iterator[str]:
    head = _json({"room": history.room, "name": history.name, "epoch": history.epoch})
    yield f"{head[:-1]},{ROOM_END}"
    separator = "\n"
    for message in history.messages:
        yield separator + _json(_event(message))
        separator = ",\n"
    yield "\n]}"


def lines(export: Export) -> Iterator[str]:
    """One event per line, each with its room."""
    for history in export.histories:
        for message in history.messages:
            yield _json({"room": history.room, **_event(message)}) + "\n"


def _event(message: StoredMessage) -> dict[str, Any]:
    members = {"id": message.id, "type": "message", **message._asdict()}
    return {name: value for name, value in members.items() if value is not None}


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
