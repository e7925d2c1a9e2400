"""All stored rooms at one moment, prepared in a thread so that the event loop never goes through thousands of them."""

from heapq import nlargest

from chat.storage import RoomInfo
from chat.text.names import LOBBY, folded

MAX_NEWEST = 100  # rooms on a page


class RoomListing:
    """Every room, the lobby first, the others by name; the lobby is listed even if it is not stored."""

    def __init__(self, stored: list[RoomInfo]) -> None:
        self.stored = stored
        self.by_slug = sorted(stored)
        lobby = next((info for info in stored if info.room == LOBBY), RoomInfo(LOBBY, LOBBY))
        self.infos = [lobby, *(info for info in stored if info.room != LOBBY)]
        self.newest = self._newest()
        self._positions = {info.room: position for position, info in enumerate(self.infos)}
        self._by_name: dict[str, RoomInfo] = {}
        for info in self.infos:
            self._by_name.setdefault(folded(info.name), info)

    def _newest(self) -> list[RoomInfo]:
        """The lobby and the rooms that changed last, in the order of the list."""
        if len(self.infos) <= MAX_NEWEST:
            return self.infos
        changed = {info.room for info in nlargest(MAX_NEWEST - 1, self.infos[1:], key=lambda info: info.changed_ns)}
        return [self.infos[0], *(info for info in self.infos[1:] if info.room in changed)]

    def owner_of(self, slug: str) -> RoomInfo | None:
        """The room that people expect at an address: the one that has it, or the one that is called so."""
        position = self._positions.get(slug)
        return self.named(slug) if position is None else self.infos[position]

    def named(self, name: str) -> RoomInfo | None:
        """The room of a name, in any case and with any blanks."""
        return self._by_name.get(folded(name))

    def matching(self, text: str) -> list[RoomInfo]:
        """The rooms with this text in their name, in any case."""
        wanted = folded(text)
        return [info for info in self.infos if wanted in folded(info.name)]

    def page(self, after: str | None, limit: int) -> list[RoomInfo]:
        """The rooms that follow one, or the first ones. Raises KeyError if that one is not listed."""
        start = 0 if after is None else self._positions[after] + 1
        return self.infos[start : start + limit]
