"""Step 5 on the path of a message, back on the event loop: a batch is durable, or refused, and its senders are told."""

import logging

from chat.rooms.batch_writer import CommitResult, PendingMessage
from chat.rooms.feed import Feed
from chat.rooms.storage_errors import error_for, traceback_of
from chat.rooms.subscription import GroupSubscription
from chat.wire import protocol
from chat.wire.events import event_from_record

logger = logging.getLogger(__name__)


class BatchAnnouncer:
    """Publishes what the group commit of one room has stored."""

    def __init__(self, feed: Feed, subscription: GroupSubscription) -> None:
        self._feed = feed
        self._subscription = subscription

    async def on_batch_done(self, messages: list[PendingMessage], outcome: CommitResult | Exception) -> None:
        """Publish the new events, and answer repeats; or refuse every message of the batch."""
        if isinstance(outcome, Exception):
            return self._refuse(messages, outcome)
        if outcome.batch.texts:
            await self._subscription.publish(outcome.batch)
        for message, stored in zip(messages, outcome.stored, strict=True):
            # A repeat of an event that is not delivered yet is answered by its delivery.
            if stored.repeated and await self._feed.has_delivered(stored.record.id):
                message.sender.send(event_from_record(stored.record))

    def _refuse(self, messages: list[PendingMessage], error: Exception) -> None:
        logger.error("a batch of %d messages was not stored: %s", len(messages), error, exc_info=traceback_of(error))
        for message in messages:
            message.sender.send(protocol.error_event(error_for(error, message.draft.client_id)))
