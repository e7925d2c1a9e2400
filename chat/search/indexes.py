"""The search index of a room: which one, its store decides. The others are not even imported."""

from importlib import import_module
from typing import Any

from chat.search.candidates import SearchIndex
from chat.storage import RoomLog

# The module of the log of a backend -> the class of its index
INDEXES = {
    "chat.storage.json_files.log": "chat.search.json_files.cache.SearchCache",
    "chat.storage.database.log": "chat.search.database.index.DatabaseIndex",
}


def index_of(log: RoomLog) -> SearchIndex | None:
    """None if the room is in another store."""
    for each in type(log).__mro__:
        if each.__module__ in INDEXES:
            module, _, name = INDEXES[each.__module__].rpartition(".")
            index: Any = getattr(import_module(module), name)
            return index(log)  # type: ignore[no-any-return]
    return None
