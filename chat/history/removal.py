"""Which rooms a removal concerns: those that are named, those without messages, those that are silent."""

from datetime import datetime
from typing import NamedTuple

from chat.history.reading import messages
from chat.storage import RoomLog
from chat.storage.timestamps import parse_timestamp


class RemovalPlan(NamedTuple):
    """A room as it was when it was looked at: if it has changed since, it is not removed."""

    room: str
    epoch: str
    last_id: int
    message_count: int


def plan_removal(log: RoomLog) -> RemovalPlan:
    """A plan for a room. Raises `StorageError`."""
    return RemovalPlan(log.room, log.epoch, log.last_id, sum(1 for _ in messages(log)))


def is_empty(log: RoomLog) -> bool:
    """Whether the room has no messages. Raises `StorageError`."""
    return next(messages(log), None) is None


def is_older(log: RoomLog, moment: datetime) -> bool:
    """Whether everything in the room is older; False for a room that nothing was written in. Raises `StorageError`."""
    newest = log.page(limit=1).records
    written = parse_timestamp(newest[0].timestamp) if newest else None
    return written is not None and written < moment
