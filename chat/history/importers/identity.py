"""What makes an import repeatable: the client_id of everything that it stores is made from the source alone.

A second import of the same export, or of one that overlaps it, finds what is there by these ids.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from operator import attrgetter
from zlib import crc32

from chat.history.importers.entry import NeutralEntry
from chat.history.importers.people import People
from chat.wire.protocol import MAX_CLIENT_ID

_source_id, _author_id = attrgetter("source_id"), attrgetter("author_id")


class RoomIdentity:
    """The client_ids of one room of a source. `tag` begins those of its messages, and of no other room's."""

    def __init__(self, format_name: str, workspace: str, room: str) -> None:
        digest = blake2b(f"{workspace}\0{room}".encode("utf-8", "surrogatepass"), digest_size=4)
        self.tag = f"{format_name}-{digest.hexdigest()}-"
        self._moment = -1
        self._numbers: dict[tuple[str, str], int] = {}  # how many equal ones there are of this moment

    def of_source_id(self, source_id: str) -> str:
        """The client_id of the message with this id in the source."""
        client_id = self.tag + source_id
        return client_id if len(client_id) <= MAX_CLIENT_ID and _is_plain(client_id) else self._hashed(client_id)

    def of_entries(self, entries: Sequence[NeutralEntry]) -> list[str]:
        """The client_ids of the next entries. Those without an id have to come in the order of their times."""
        if not any(map(_source_id, entries)):
            return self._of_texts(entries)
        tag = self.tag
        client_ids = [tag + entry.source_id for entry in entries]
        is_valid = max(map(len, client_ids)) <= MAX_CLIENT_ID and _is_plain("".join(client_ids))
        if is_valid and tag not in client_ids:  # nearly always: all have ids, as they are
            return client_ids
        return [
            self.of_source_id(entry.source_id) if entry.source_id else self._of_texts([entry])[0] for entry in entries
        ]

    def _of_texts(self, entries: Sequence[NeutralEntry]) -> list[str]:
        """Of the time and the text; the author is looked for beside it. Equal ones stay as many as they are."""
        tag = self.tag
        client_ids = [f"{tag}{entry.moment:x}-{crc32(entry.text.encode()):x}" for entry in entries]
        keys = list(zip(map(_author_id, entries), client_ids, strict=True))
        if len(set(keys)) == len(keys) and entries[0].moment != self._moment:
            self._moment, self._numbers = entries[-1].moment, {}
            self._count([key for key, entry in zip(keys, entries, strict=True) if entry.moment == self._moment])
            return client_ids
        return [self._numbered(key, entry.moment) for key, entry in zip(keys, entries, strict=True)]

    def _numbered(self, key: tuple[str, str], moment: int) -> str:
        if moment != self._moment:
            self._moment, self._numbers = moment, {}
        self._count([key])
        number = self._numbers[key]
        return key[1] if number == 1 else f"{key[1]}-{number}"

    def _count(self, keys: Iterable[tuple[str, str]]) -> None:
        for key in keys:
            self._numbers[key] = self._numbers.get(key, 0) + 1

    def of_edit(self, client_id: str, edited: int) -> str:
        """The client_id of an edit of a message."""
        return self._fit(f"{client_id}+edit-{edited:x}")

    def of_reaction(self, client_id: str, emoji: str) -> str:
        """The client_id of somebody's reaction to a message; those of other people have another author."""
        return self._fit(f"{client_id}+{emoji}")

    def _fit(self, client_id: str) -> str:
        return client_id if len(client_id) <= MAX_CLIENT_ID else self._hashed(client_id)

    def _hashed(self, text: str) -> str:
        return self.tag + blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


class Identity:
    """The people and the rooms of a source. `workspace`: empty if the source's ids are unique everywhere."""

    def __init__(self, format_name: str, workspace: str = "") -> None:
        self.people = People(f"{format_name}\0{workspace}")
        self.format_name = format_name
        self._workspace = workspace
        self._tags: dict[str, str] = {}

    def of_room(self, room: str) -> RoomIdentity:
        """The client_ids of a room, by its key."""
        found = RoomIdentity(self.format_name, self._workspace, room)
        found.tag = self._tags.get(room, found.tag)
        return found

    def adopt(self, room: str, tag: str) -> None:
        """Give a room the tag of an earlier import, which knew it by another key."""
        self._tags[room] = tag


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()
