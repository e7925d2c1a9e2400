"""The JSON files, asked for all rooms at once, as a database is."""

from collections.abc import Collection
from pathlib import Path

from chat.storage import StorageError
from chat.storage.json_files.store import JsonFileStore


class LookingJsonStore(JsonFileStore):
    """Remembers which rooms were asked for; `error` is raised instead of an answer."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.asked: list[list[str]] = []
        self.error: StorageError | None = None

    def look(self, rooms: Collection[str]) -> dict[str, tuple[str, int]]:
        self.asked.append(sorted(rooms))
        if self.error is not None:
            raise self.error
        return {room: self._newest(room) for room in rooms if self.find(room) is not None}

    def _newest(self, room: str) -> tuple[str, int]:
        log = self.open(room)
        log.close()
        return log.epoch, log.last_id
