"""Step 3 on the path of a message: what may be posted goes into the next batch."""

from collections.abc import Callable
from typing import Any

from chat.rooms.batch_writer import CommitResult, PendingDraft
from chat.rooms.connections import Connection
from chat.rooms.feed import Feed
from chat.rooms.group_commit import GroupCommit
from chat.rooms.person import Person
from chat.rooms.storage_errors import RETRY_AFTER_SECONDS
from chat.storage import ROOM_RECORD_ID, Draft
from chat.wire.commands import (
    Command,
    DeleteMessage,
    EditMessage,
    NameRoom,
    PostMessage,
    React,
    SetTopic,
    StoredCommand,
)
from chat.wire.errors import ErrorCode, ProtocolError

BYTES_PER_CHARACTER = 8  # of an event: its text twice, as typed and as HTML
BYTES_PER_EVENT = 300  # for its other fields
BYTES_PER_REPLY = 1200  # for whom and what it answers


class Publisher:
    """Turns commands into drafts, and queues them for the group commit of one room."""

    def __init__(self, group_commit: GroupCommit[PendingDraft, CommitResult], feed: Feed) -> None:
        self._group_commit = group_commit
        self._feed = feed

    def publish(self, sender: Connection, command: StoredCommand) -> None:
        """Queue what is to be stored; the sender gets its event as every client does, or an error.

        Raises `ProtocolError`.
        """
        draft = draft_of(command, sender.person)
        refers_to = draft.reply_to if draft.target is None else draft.target
        if refers_to is not None and not ROOM_RECORD_ID < refers_to <= self._feed.known_id:
            raise ProtocolError(ErrorCode.NOT_FOUND, id=refers_to, client_id=command.client_id)
        if not self._group_commit.enqueue(PendingDraft(draft, sender), _event_size_estimate(draft)):
            raise ProtocolError(
                ErrorCode.STORAGE_UNAVAILABLE, client_id=command.client_id, retry_after=RETRY_AFTER_SECONDS
            )


def draft_of(command: StoredCommand, person: Person) -> Draft:
    """The draft of a command. Author and name are those of the connection, never of the frame."""
    return DRAFTS[type(command)](command, author=person.author, username=person.username, client_id=command.client_id)


def _message(command: PostMessage, **sender: Any) -> Draft:
    return Draft(message=command.message, reply_to=command.reply_to, **sender)


def _edit(command: EditMessage, **sender: Any) -> Draft:
    return Draft(type="edit", target=command.id, message=command.message, **sender)


def _delete(command: DeleteMessage, **sender: Any) -> Draft:
    return Draft(type="delete", target=command.id, **sender)


def _reaction(command: React, **sender: Any) -> Draft:
    return Draft(type="reaction", target=command.id, emoji=command.emoji, on=command.on, **sender)


def _topic(command: SetTopic, **sender: Any) -> Draft:
    return Draft(type="topic", topic=command.topic, **sender)


def _room_name(command: NameRoom, **sender: Any) -> Draft:
    return Draft(type="room_name", name=command.name, **sender)


# One row for each command of `StoredCommand`.
DRAFTS: dict[type[Command], Callable[..., Draft]] = {
    PostMessage: _message,
    EditMessage: _edit,
    DeleteMessage: _delete,
    React: _reaction,
    SetTopic: _topic,
    NameRoom: _room_name,
}


def _event_size_estimate(draft: Draft) -> int:
    """Bytes of the event that a draft becomes. Few events are larger."""
    text = draft.message or draft.topic or draft.name or ""
    reply_bytes = 0 if draft.reply_to is None else BYTES_PER_REPLY
    return BYTES_PER_CHARACTER * len(text) + BYTES_PER_EVENT + reply_bytes
