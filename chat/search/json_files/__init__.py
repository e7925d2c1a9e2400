"""The search of rooms in JSON files: a cache of their folded texts, beside each file.

cache.py     the cache: made in pieces, and kept up to date
lines.py     a message as a line of it
snapshot.py  what one search reads of it
cached.py    the candidates of a query, from the end of it
"""

from chat.search.json_files.cache import SearchCache
from chat.search.json_files.cached import steps
from chat.search.json_files.snapshot import Snapshot
from chat.storage import RoomLog
from chat.storage.json_files.log import JsonFileLog

__all__ = ["Snapshot", "cache_of", "steps"]


def cache_of(log: RoomLog) -> SearchCache | None:
    """The cache of a room; None if the room is in another store."""
    return SearchCache(log) if isinstance(log, JsonFileLog) else None
