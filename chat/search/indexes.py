"""The search index of a room: which one, its store decides."""

from chat.search.candidates import SearchIndex
from chat.search.database.index import DatabaseIndex
from chat.search.json_files.cache import SearchCache
from chat.storage import RoomLog
from chat.storage.database.log import DatabaseLog
from chat.storage.json_files.log import JsonFileLog


def index_of(log: RoomLog) -> SearchIndex | None:
    """None if the room is in another store."""
    if isinstance(log, JsonFileLog):
        return SearchCache(log)
    return DatabaseIndex(log) if isinstance(log, DatabaseLog) else None
