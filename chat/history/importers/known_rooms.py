"""Finds out whether a room has messages of an earlier import that knew the room of the source by another key.

An export without the list of its rooms knows them by their folders, the whole one by their ids.
"""

import re
from collections.abc import Iterable

from chat.history.importers.entry import NeutralEntry
from chat.history.importers.people import People
from chat.history.importers.source_ids import StoredIds
from chat.history.reading import events
from chat.storage import RoomLog

_tag = re.compile(r"[a-z]+-[0-9a-f]{8}-")


def tag_of(client_id: str | None) -> str | None:
    """What begins the client_id of a message that was imported from another chat."""
    found = _tag.match(client_id or "")
    return None if found is None else found[0]


def shared_tag(log: RoomLog, format_name: str, people: People, entries: Iterable[NeutralEntry]) -> str | None:
    """The tag of the first imported message that is among the entries too, by author and id. Raises `StorageError`."""
    wanted = StoredIds()
    for number, entry in enumerate(entries):
        wanted.add(f"{people.authors[entry.author_id]} {entry.source_id}", number)
    for record in events(log):
        tag = tag_of(record.client_id) if record.type == "message" else None
        if tag and tag.startswith(f"{format_name}-"):
            source_id = (record.client_id or "").removeprefix(tag)
            if wanted.find(f"{record.author} {source_id}") is not None:
                return tag
    return None
