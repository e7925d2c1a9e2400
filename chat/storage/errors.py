"""Why a store or a room refuses a request. Every backend raises these and no others.

The text of an error starts with the place a person has to look at: `location` (the JSON store gives a path), or the
room's slug. It is for owners, and English. `why` is the rest of the sentence; clients of the chat are shown no more
than that, and what they can understand of it is translated.
"""

from os import PathLike, fspath
from typing import NamedTuple

from django.utils import translation
from django.utils.functional import Promise


class Damage(NamedTuple):
    """The first place in a room's stored records that chatsite did not write: where ("line 12"), and what is wrong.

    `mendable`: every record is there, and `RepairableStore.repair_layout` mends the rest.
    """

    where: str
    reason: str
    mendable: bool = False


class StorageError(Exception):
    """The request was refused. `room` is the room's slug, None if the whole store is concerned."""

    def __init__(self, room: str | None, why: str | Promise, location: str | PathLike[str] = "") -> None:
        self.room = room
        self.why = why
        with translation.override("en"):
            super().__init__(f"{fspath(location) or room or 'storage'}: {why}")


class StorageUnavailable(StorageError):
    """Temporary: the store cannot be reached or written (disk full, failing, not permitted). Nothing is stored.

    The same request may succeed later: retry.
    """


class StorageForbidden(StorageUnavailable):
    """The system does not let this process read or write what is stored, until the owner permits it.

    `why` says what to do. A client should not retry soon.
    """


class StorageFull(StorageError):
    """Final: the quota is exhausted (quota.py). Nothing is stored until the owner makes room."""


class NameTaken(StorageError):
    """Final: another room has this name, or one that looks like it. Nothing is stored."""


class RoomDamaged(StorageError):
    """Final: stored records are damaged. The room can be read, and not written until the owner repairs it."""

    def __init__(self, room: str, damage: Damage, location: str | PathLike[str] = "") -> None:
        super().__init__(room, f"{damage.where}: {damage.reason}", location)
        self.damage = damage


class RoomUnusable(StorageError):
    """Final: what is stored under the room's name is not a room of chatsite. It is neither read nor written."""


class IdTaken(ValueError):
    """A draft asks for an id that is not above the room's last id. Nothing of its batch is stored."""
