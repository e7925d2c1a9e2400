"""Which room of the chat each room of a source goes into: that of an earlier import, one of its name, or a new one."""

from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from typing import NamedTuple

from chat.history.importers.entry import NeutralEntry
from chat.history.importers.identity import Identity
from chat.history.importers.known_rooms import shared_tag, tag_of
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


class Place(NamedTuple):
    """A room of the chat. `found`: what is there; None if the room is new.

    `why_numbered`: why the address has a number, if it has one.
    """

    slug: str
    name: str
    topic: str
    found: RoomInfo | None
    why_numbered: str = ""


class Choice:
    """Which rooms of the source are imported, and where to: --room, --skip-room and --direct. Raises `BadTarget`."""

    def __init__(self, wanted: list[str], unwanted: list[str], direct: str | None) -> None:
        self._direct = direct
        self._unwanted = {folded(room) for room in unwanted}
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
        if not self._unwanted.isdisjoint(_names(room)):
            return "messages of rooms that --skip-room names"
        if self._wanted:
            return None if self._named(room) is not None else "messages of rooms that --room does not name"
        return DIRECT if room.direct and self._direct is None else None

    def check(self, rooms: list[SourceRoom]) -> None:
        """Refuse --room and --skip-room that name no room of the source. Raises `BadTarget`."""
        known = {name for room in rooms for name in _names(room)}
        for name in (*self._wanted, *sorted(self._unwanted)):
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
    """Chooses a place for one room of the source after the other; each gets one of its own.

    `entries`: those of a room by its key. If a room of the chat has some of them under another tag, the identity adopts
    that tag.
    """

    def __init__(
        self, store: Store, identity: Identity, choice: Choice, entries: Callable[[str], Iterator[NeutralEntry]]
    ) -> None:
        self._store = store
        self._identity = identity
        self._choice = choice
        self._entries = entries
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
            existing = self._store.find(target)
            if existing is not None:
                self._is_same(room, existing, self._tag_in(target))
            return Place(target, name if _slug(name, room) == target else target, topic, existing)
        own = _slug(name, room)
        why = ""
        for number, slug in enumerate(numbered_slugs(own), 1):
            numbered = name if number == 1 else f"{name[: MAX_ROOM_NAME - 5]} {number}"
            existing = self._by_name.get(folded(numbered)) or self._store.find(slug)
            place = Place(existing.room if existing else slug, numbered, topic, existing, why)
            if place.slug in self._taken:
                why = why or "two rooms of the source have this name"
            elif existing is None or not (misfit := self._misfit(room, existing, numbered)):
                return place
            else:
                why = why or misfit
        raise AssertionError("numbers never end")

    def _misfit(self, room: SourceRoom, existing: RoomInfo, name: str) -> str:
        """Why a room is neither of an earlier import of this one nor of people who call it the same; "" if it is."""
        tag = self._tag_in(existing.room)
        if self._is_same(room, existing, tag) or (tag is None and folded(existing.name) == folded(name)):
            return ""
        return f'a room "{existing.name}" of {"another source" if tag else "people here"} exists'

    def _is_same(self, room: SourceRoom, existing: RoomInfo, tag: str | None) -> bool:
        """Whether a room, which begins with this tag, is of an earlier import of this one, by whatever key."""
        if tag == self._identity.of_room(room.key).tag:
            return True
        if not room.has_telling_ids:
            return False
        with closing(self._store.open(existing.room)) as log:
            shared = shared_tag(log, self._identity.format_name, self._identity.people, self._entries(room.key))
        if shared is not None:
            self._identity.adopt(room.key, shared)
        return shared is not None

    def _tag_in(self, slug: str) -> str | None:
        """The tag of a room's first message, if that was imported from another chat."""
        with closing(self._store.open(slug)) as log:
            return next((tag_of(each.client_id) for each in log.page(after=1, limit=1).records), None)


def _slug(name: str, room: SourceRoom) -> str:
    try:
        return room_slug(name)
    except BadName:
        return _fallback(room)


def _one_line(text: str) -> str:
    """Without line breaks and what cannot be shown."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
