"""Step 5 on the path of a message, back on the event loop: a batch is durable, or refused, and its senders are told."""

import logging

from chat.rooms.answers import Answer
from chat.rooms.batch_writer import CommitResult, PendingMessage
from chat.rooms.channel_group import ChannelGroup
from chat.rooms.feed import Feed
from chat.rooms.storage_errors import error_for, traceback_of

logger = logging.getLogger(__name__)


class BatchAnnouncer:
    """Publishes what the group commit of one room has stored."""

    def __init__(self, feed: Feed, channel_group: ChannelGroup) -> None:
        self._feed = feed
        self._channel_group = channel_group

    async def on_batch_done(self, messages: list[PendingMessage], outcome: CommitResult | Exception) -> None:
        """Publish the new events, and answer repeats; or refuse every message of the batch."""
        if isinstance(outcome, Exception):
            return self._refuse(messages, outcome)
        if outcome.batch.texts:
            self._feed.expect(outcome.answers)
            await self._channel_group.publish(outcome.batch)
        for repeat in outcome.repeats:
            await self._answer(repeat, outcome.batch.epoch)

    async def _answer(self, repeat: Answer, epoch: str) -> None:
        """Send the event that is stored already, unless its delivery is still to come and is the answer."""
        if epoch != self._feed.epoch:  # the log took in another file: the clients start again first
            await self._feed.deliver_from_log()
        if not await self._feed.is_about_to_deliver(epoch, repeat.event.id):
            repeat.send()

    def _refuse(self, messages: list[PendingMessage], error: Exception) -> None:
        logger.error("a batch of %d messages was not stored: %s", len(messages), error, exc_info=traceback_of(error))
        for message in messages:
            message.sender.send_error(error_for(error, message.draft.client_id))
