"""Step 5 on the path of a message, back on the event loop: a batch is durable, or refused, and its senders are told."""

import logging

from chat.metrics import counted
from chat.rooms.answers import Answer
from chat.rooms.batch_writer import CommitResult, PendingDraft
from chat.rooms.channel_group import ChannelGroup
from chat.rooms.feed import Feed
from chat.rooms.storage_errors import error_for, traceback_of

logger = logging.getLogger(__name__)


class BatchAnnouncer:
    """Publishes what the group commit of one room has stored."""

    def __init__(self, feed: Feed, channel_group: ChannelGroup) -> None:
        self._feed = feed
        self._channel_group = channel_group

    async def on_batch_done(self, pending: list[PendingDraft], outcome: CommitResult | BaseException) -> None:
        """Publish the new events, answer repeats, and tell whose draft was refused; or refuse the whole batch."""
        if isinstance(outcome, BaseException):
            return self._refuse(pending, outcome)
        counted.STORED.value += len(outcome.answers)
        counted.REPEATED.value += len(outcome.repeats)
        for sender, error in outcome.refused:
            sender.send_error(error)
        if outcome.batch.texts:
            self._feed.expect(outcome.answers, outcome.batch.epoch)
            await self._channel_group.publish(outcome.batch)
        for repeat in outcome.repeats:
            await self._answer(repeat, outcome.batch.epoch)

    async def _answer(self, repeat: Answer, epoch: str) -> None:
        """Send the event that is stored already, behind the delivery of that event to all."""
        if epoch != self._feed.epoch:  # the log took in another file: the clients start again first
            await self._feed.deliver_from_log()
        await self._feed.answer_repeat(epoch, repeat)

    def _refuse(self, pending: list[PendingDraft], error: BaseException) -> None:
        counted.COMMITS_FAILED.value += 1
        logger.error("a batch of %d drafts was not stored: %s", len(pending), error, exc_info=traceback_of(error))
        for draft, sender in pending:
            sender.send_error(error_for(error, draft.client_id))
