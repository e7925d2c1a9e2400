"""The storage quota: how much visitors may store. Anybody who can open the site can write to it.

Every backend enforces it in `append`, `create` and `check`: a call that would exceed a limit raises `StorageFull` and
stores nothing. Repeats of stored messages are answered all the same. The owner's commands open the store without a
quota, so that a full store can be exported and cleared.

A batch of deletes alone is stored in a full room too: taking words out must always be possible. A message is deleted
once, so a room grows past its limit by at most one short record for each message.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from chat.conf import Conf
from chat.storage.records import Record


@dataclass(frozen=True, slots=True)
class Quota:
    """Rooms of the store, bytes of one room, and bytes to leave free on the disk (or its equal); 0 is no limit.

    The lobby is not counted, and can always be created.

    `unlike_names`: several processes write, so the store compares the names of rooms: what looks like another raises
    `NameTaken`. One process alone sees to that itself (chat/rooms/name_claims.py).
    """

    max_rooms: int = 0
    max_room_bytes: int = 0
    reserve_bytes: int = 0
    unlike_names: bool = False

    @classmethod
    def of(cls, conf: Conf) -> Self:
        """The limits in the settings."""
        return cls(conf.max_rooms, conf.max_room_bytes, conf.disk_reserve, unlike_names=True)


def has_only_deletes(batch: Iterable[Record]) -> bool:
    """Whether the quota does not apply to a batch."""
    return all(record.type == "delete" for record in batch)
