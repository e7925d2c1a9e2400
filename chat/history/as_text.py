"""Plain text, a line per message as in a log of IRC: for reading in a terminal, for grep and diff."""

from collections.abc import Iterator

from chat.history.formats import Export, RoomHistory, reactions, readable
from chat.history.reading import Entry, Notice, StoredMessage
from chat.storage.timestamps import parse_timestamp

INDENT = "    "  # of the lines that follow the first one of a message


def text(export: Export) -> Iterator[str]:
    """Room by room, with the day and the time of each line."""
    yield f"Exported {export.exported}. All times are UTC.\n"
    for history in export.histories:
        yield from _room(history)


def _room(history: RoomHistory) -> Iterator[str]:
    yield f"\n# {history.name}\n\n"
    for entry in readable(history):
        first, *others = _line(entry).split("\n")
        yield f"[{_time(entry.timestamp)}] {first}\n"
        yield from (f"{INDENT}{line}\n" if line else "\n" for line in others)


def _line(entry: Entry) -> str:
    if isinstance(entry, Notice):
        return f"* {entry.username} {entry.sentence}"
    edited = "" if entry.edited is None else " (edited)"
    reacted = f"\n{reactions(entry)}" if entry.reactions else ""
    return f"{entry.username}{_reply(entry)}{edited}: {entry.message}{reacted}"


def _reply(message: StoredMessage) -> str:
    if message.reply_to is None:
        return ""
    name = message.reply.username if message.reply else None
    return f" (to {name})" if name else " (in reply)"


def _time(timestamp: str) -> str:
    moment = parse_timestamp(timestamp)
    return timestamp if moment is None else f"{moment:%Y-%m-%d %H:%M}"
