"""What replies show of the messages that they answer. For a storage thread: the messages are read."""

import logging
from collections.abc import Iterable, Mapping

from chat.storage import Record, Reply, RoomLog, StorageError
from chat.storage.folding import reply_to

logger = logging.getLogger(__name__)


def replies_in(log: RoomLog, records: Iterable[Record]) -> Mapping[int, Reply]:
    """The messages that these records answer, by their ids; without those that cannot be read now."""
    replies: dict[int, Reply] = {}
    for target in {record.reply_to for record in records if record.reply_to is not None}:
        try:
            message = log.message(target)
        except StorageError as error:  # what answers it is stored already, and has to be delivered
            logger.error("the message %d, which is answered, cannot be read: %s", target, error)
        else:
            replies[target] = reply_to(target, None if message is None else message.record)
    return replies
