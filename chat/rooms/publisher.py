"""Step 3 on the path of a message: what may be posted goes into the next batch."""

from chat.rooms.batch_writer import CommitResult, PendingMessage
from chat.rooms.connections import Connection
from chat.rooms.feed import Feed
from chat.rooms.group_commit import GroupCommit
from chat.rooms.storage_errors import RETRY_AFTER_SECONDS
from chat.storage import ROOM_RECORD_ID, Draft
from chat.wire.errors import ErrorCode, ProtocolError
from chat.wire.protocol import PostMessage

BYTES_PER_CHARACTER = 8  # of an event: its text twice, as typed and as HTML
BYTES_PER_EVENT = 300  # for its other fields


class Publisher:
    """Turns commands into drafts, and queues them for the group commit of one room."""

    def __init__(self, group_commit: GroupCommit[PendingMessage, CommitResult], feed: Feed) -> None:
        self._group_commit = group_commit
        self._feed = feed

    def publish(self, sender: Connection, command: PostMessage) -> None:
        """Queue a message; the sender gets its event as every client does, or an error. Raises `ProtocolError`."""
        if command.reply_to is not None and not ROOM_RECORD_ID < command.reply_to <= self._feed.last_delivered_id:
            raise ProtocolError(ErrorCode.NOT_FOUND, id=command.reply_to, client_id=command.client_id)
        draft = Draft(
            author=sender.person.author,  # never from the frame
            username=sender.person.username,
            message=command.message,
            client_id=command.client_id,
            reply_to=command.reply_to,
        )
        if not self._group_commit.enqueue(PendingMessage(draft, sender), _event_size_estimate(draft)):
            raise ProtocolError(
                ErrorCode.STORAGE_UNAVAILABLE, client_id=command.client_id, retry_after=RETRY_AFTER_SECONDS
            )


def _event_size_estimate(draft: Draft) -> int:
    """Bytes of the event that a message becomes. Few events are larger."""
    return BYTES_PER_CHARACTER * len(draft.message or "") + BYTES_PER_EVENT
