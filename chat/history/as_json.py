"""JSON, as one document or one event per line: complete, and what `import_history` reads.

The document has one event per line too, so that it can be read as a stream, searched with grep, and compared.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from chat.history.formats import Export, History
from chat.history.reading import Said

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


def _room(history: History) -> Iterator[str]:
    head = _json({"room": history.room, "name": history.name, "epoch": history.epoch})
    yield f"{head[:-1]},{ROOM_END}"
    separator = "\n"
    for said in history.messages:
        yield separator + _json(_event(said))
        separator = ",\n"
    yield "\n]}"


def lines(export: Export) -> Iterator[str]:
    """One event per line, each with its room."""
    for history in export.histories:
        for said in history.messages:
            yield _json({"room": history.room, **_event(said)}) + "\n"


def _event(said: Said) -> dict[str, Any]:
    members = {"id": said.id, "type": "message", **said._asdict()}
    return {name: value for name, value in members.items() if value is not None}


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
