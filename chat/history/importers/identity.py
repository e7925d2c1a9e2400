"""What makes an import repeatable: the client_id of everything that it stores is made from the source alone.

A second import of the same export, or of one that overlaps it, finds what is there by these ids.
"""

from collections.abc import Sequence
from hashlib import blake2b
from zlib import crc32

from chat.history.importers.entry import NeutralEntry
from chat.history.importers.people import People
from chat.wire.protocol import MAX_CLIENT_ID


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
        tag = self.tag
        client_ids = [tag + entry.source_id for entry in entries]
        is_valid = max(map(len, client_ids)) <= MAX_CLIENT_ID and all(map(_is_plain, client_ids))
        if is_valid and tag not in client_ids:  # nearly always: all have ids, as they are
            return client_ids
        return [self.of_source_id(entry.source_id) if entry.source_id else self._of_text(entry) for entry in entries]

    def _of_text(self, entry: NeutralEntry) -> str:
        """Of the author, who is looked for beside it, the time, and the text. Equal ones stay as many as they are."""
        if entry.moment != self._moment:
            self._moment, self._numbers = entry.moment, {}
        client_id = f"{self.tag}{entry.moment:x}-{crc32(entry.text.encode()):x}"
        key = (entry.author_id, client_id)
        number = self._numbers[key] = self._numbers.get(key, 0) + 1
        return client_id if number == 1 else f"{client_id}-{number}"

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
        self._format_name = format_name
        self._workspace = workspace

    def of_room(self, room: str) -> RoomIdentity:
        """The client_ids of a room, by its key."""
        return RoomIdentity(self._format_name, self._workspace, room)


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()
