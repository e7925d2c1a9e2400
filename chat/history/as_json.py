"""JSON, as one document or one event per line: complete, and readable by `import_history`.

A message has its newest text and its reactions; with `--events` everything is as it was stored. Versions of chatsite
read each other's files: what a reader does not know, it leaves out.

The document has one event per line too, so that it can be read as a stream, searched with grep, and compared.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from chat.history.formats import Export, RoomHistory
from chat.history.reading import Entry, Notice, StoredMessage
from chat.storage import Reaction, Record, Reply

VERSION = 1  # of the document; what is only added to it leaves it readable in both directions
OF_THE_FILE = {"batch", "crc"}  # fields of a record that say how it was stored
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
    for entry in history.entries:
        yield separator + _json(_event(entry))
        separator = ",\n"
    yield "\n]}"


def lines(export: Export) -> Iterator[str]:
    """One event per line, each with its room."""
    for history in export.histories:
        for entry in history.entries:
            yield _json({"room": history.room, **_event(entry)}) + "\n"


def _event(entry: Entry | Record) -> dict[str, Any]:
    if isinstance(entry, Record):
        members = msgspec.to_builtins(entry)
        return {name: value for name, value in members.items() if name not in OF_THE_FILE}
    members = _notice(entry) if isinstance(entry, Notice) else _message(entry)
    return {name: value for name, value in members.items() if value is not None}


def _notice(notice: Notice) -> dict[str, Any]:
    fields = notice._asdict()
    return {**fields, "name" if notice.type == "room_name" else "topic": fields.pop("text")}


def _message(message: StoredMessage) -> dict[str, Any]:
    reactions = [{"emoji": each.emoji, "people": _people(each)} for each in message.reactions]
    folded = {"reactions": reactions or None, "reply": _reply(message.reply)}
    return {"id": message.id, "type": "message", **message._asdict(), **folded}


def _reply(reply: Reply | None) -> dict[str, Any] | None:
    if reply is None:
        return None
    if reply.deleted:
        return {"id": reply.id, "deleted": True}
    return {"id": reply.id, "username": reply.username, "excerpt": reply.excerpt}


def _people(reaction: Reaction) -> list[dict[str, str]]:
    people = zip(reaction.authors, reaction.usernames, strict=True)
    return [{"author": author, "username": username} for author, username in people]


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
