"""What makes an import repeatable: the client_id of everything that it stores is made from the source alone.

A second import of the same export, or of one that overlaps it, finds what is there by these ids.
"""

import re
from hashlib import blake2b
from zlib import crc32

from chat.history.importers.entry import NeutralEntry
from chat.history.importers.people import People
from chat.wire.protocol import MAX_CLIENT_ID

_clean = re.compile(r"[!-~]+")


class RoomIdentity:
    """The client_ids of one room of a source. `tag` begins those of its messages, and of no other room's."""

    def __init__(self, format_name: str, workspace: str, room: str) -> None:
        digest = blake2b(f"{workspace}\0{room}".encode("utf-8", "surrogatepass"), digest_size=4)
        self.tag = f"{format_name}-{digest.hexdigest()}-"
        self._moment = -1
        self._numbers: dict[tuple[str, int], int] = {}  # how many equal ones there are of this moment

    def of_source_id(self, source_id: str) -> str:
        """The client_id of the message with this id in the source."""
        client_id = self.tag + source_id
        return client_id if len(client_id) <= MAX_CLIENT_ID and _clean.fullmatch(source_id) else self._hashed(client_id)

    def of_entry(self, entry: NeutralEntry) -> str:
        """The client_id of an entry. Those without an id have to come in the order of their times.

        Equal ones of one moment are numbered, and so stay as many as they are.
        """
        if entry.source_id:
            return self.of_source_id(entry.source_id)
        if entry.moment != self._moment:
            self._moment, self._numbers = entry.moment, {}
        key = (entry.author_id, crc32(entry.text.encode()))
        number = self._numbers[key] = self._numbers.get(key, 0) + 1
        return f"{self.tag}{entry.moment:x}-{key[1]:x}-{number}"

    def of_edit(self, client_id: str, edited: int) -> str:
        """The client_id of an edit of a message."""
        return self._hashed(f"{client_id} edit {edited}")

    def of_reaction(self, client_id: str, emoji: str) -> str:
        """The client_id of somebody's reaction to a message; those of other people have another author."""
        return self._hashed(f"{client_id} reaction {emoji}")

    def _hashed(self, text: str) -> str:
        return self.tag + blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


class Identity:
    """The people and the rooms of a source. `workspace`: empty if the source's ids are unique everywhere."""

    def __init__(self, format_name: str, workspace: str = "") -> None:
        self.people = People(f"{format_name}\0{workspace}")
        self._format_name = format_name
        self._workspace = workspace

    def of_room(self, room: str) -> RoomIdentity:
        """The client_ids of a room, by its key."""
        return RoomIdentity(self._format_name, self._workspace, room)
