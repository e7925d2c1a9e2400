"""Which room of the chat each room of a source goes into: that of an earlier import, one of its name, or a new one."""

import re
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from typing import NamedTuple

from chat.history.importers.identity import Identity
from chat.history.importers.reasons import DIRECT
from chat.history.importers.report import SourceRoom
from chat.history.targets import BadTarget
from chat.storage import RoomInfo, Store
from chat.text.names import (
    MAX_ROOM_NAME,
    ROOM_SLUG_RULE,
    BadName,
    clean_room_name,
    folded,
    is_room_slug,
    numbered_slugs,
    room_slug,
)
from chat.wire.commands import MAX_TOPIC

_tag = re.compile(r"[a-z]+-[0-9a-f]{8}-")


class Place(NamedTuple):
    """A room of the chat. `found`: what is there; None if the room is new."""

    slug: str
    name: str
    topic: str
    found: RoomInfo | None


class Choice:
    """Which rooms of the source are imported, and where to: --room and --direct. Raises `BadTarget`."""

    def __init__(self, wanted: list[str], direct: str | None) -> None:
        self._direct = direct
        self._wanted: dict[str, str | None] = {}  # folded names and keys, with the address to import into
        for text in wanted:
            room, is_renamed, target = text.rpartition("=") if "=" in text else (text, "", "")
            if is_renamed and not is_room_slug(target):
                raise BadTarget(f"{target!r} is not a room: {ROOM_SLUG_RULE}")
            self._wanted[folded(room)] = target or None
        targets = [target for target in self._wanted.values() if target]
        if len(set(targets)) < len(targets):
            raise BadTarget("Two rooms cannot go into the same one in one run; import them one after the other.")

    def why_not(self, room: SourceRoom) -> str | None:
        """Why a room of the source is not imported, for the report; None if it is."""
        if self._wanted:
            return None if self._named(room) is not None else "messages of rooms that --room does not name"
        return DIRECT if room.direct and self._direct is None else None

    def check(self, rooms: list[SourceRoom]) -> None:
        """Refuse --room that names no room of the source. Raises `BadTarget`."""
        known = {name for room in rooms for name in _names(room)}
        for name in self._wanted:
            if name not in known:
                names = ", ".join(room.name for room in rooms)
                raise BadTarget(f"The source has no room {name!r}. It has: {names}.")

    def target(self, room: SourceRoom) -> str | None:
        """The address that --room gives a room."""
        named = self._named(room)
        return None if named is None else self._wanted[named]

    def name(self, room: SourceRoom) -> str:
        """The name of a room for people here."""
        name = f"{self._direct or ''} {room.name}".strip() if room.direct else room.name
        for candidate in (" ".join(name.split()), _one_line(name)):
            try:
                return clean_room_name(candidate[:MAX_ROOM_NAME])
            except BadName:
                continue
        return _fallback(room)

    def _named(self, room: SourceRoom) -> str | None:
        return next((name for name in _names(room) if name in self._wanted), None)


def _names(room: SourceRoom) -> list[str]:
    return [folded(room.key), folded(room.name), folded(f"#{room.name}")]


def _fallback(room: SourceRoom) -> str:
    """A name for a room whose own has nothing to show."""
    return f"room-{sha256(room.key.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


class Places:
    """Chooses a place for one room of the source after the other; each gets one of its own."""

    def __init__(self, store: Store, identity: Identity, choice: Choice) -> None:
        self._store = store
        self._tag_of: Callable[[str], str] = lambda key: identity.of_room(key).tag
        self._choice = choice
        self._taken: set[str] = set()
        self._by_name = {folded(info.name): info for info in store.rooms()}

    def place(self, room: SourceRoom) -> Place:
        """The place of a room. Raises `StorageError`."""
        found = self._place(room)
        self._taken.add(found.slug)
        return found

    def _place(self, room: SourceRoom) -> Place:
        name, topic = self._choice.name(room), _one_line(room.topic)[:MAX_TOPIC]
        if (target := self._choice.target(room)) is not None:
            return Place(target, name if _slug(name, room) == target else target, topic, self._store.find(target))
        own = _slug(name, room)
        for number, slug in enumerate(numbered_slugs(own), 1):
            numbered = name if number == 1 else f"{name[: MAX_ROOM_NAME - 5]} {number}"
            existing = self._by_name.get(folded(numbered)) or self._store.find(slug)
            place = Place(existing.room if existing else slug, numbered, topic, existing)
            if place.slug not in self._taken and (existing is None or self._fits(room, existing, numbered)):
                return place
        raise AssertionError("numbers never end")

    def _fits(self, room: SourceRoom, existing: RoomInfo, name: str) -> bool:
        """Whether a room is of an earlier import of this one, or of people who call it the same."""
        tag = self._tag_in(existing.room)
        return folded(existing.name) == folded(name) if tag is None else tag == self._tag_of(room.key)

    def _tag_in(self, slug: str) -> str | None:
        """What begins the client_id of a room's first message, if that was imported from another chat."""
        with closing(self._store.open(slug)) as log:
            first = next((each for each in log.page(after=1, limit=1).records if each.client_id), None)
        found = _tag.match(first.client_id or "") if first is not None else None
        return None if found is None else found[0]


def _slug(name: str, room: SourceRoom) -> str:
    try:
        return room_slug(name)
    except BadName:
        return _fallback(room)


def _one_line(text: str) -> str:
    """Without line breaks and what cannot be shown."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
