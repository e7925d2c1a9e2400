"""The frames of the server, version 1 of the wire, and the limits that both sides share. Pure: ServerFrame -> text.

commands.py has the frames of clients. docs/protocol.md describes every frame, and tests/fixtures/wire.json holds one of
each; both are tested against this.
"""

from typing import Any

import msgspec

from chat.text.names import MAX_USERNAME
from chat.wire.errors import ERRORS, ProtocolError

VERSION = 1
MAX_CLIENT_ID = 64  # characters
MAX_HISTORY_EVENTS = 200  # events of one history frame
DEFAULT_HISTORY_EVENTS = 50
MAX_MEMBERS = 100  # people named in one frame
MAX_REACTION_PEOPLE = 20  # people named with one emoji of a message
MAX_BAD_FRAMES = 10  # in a row


class ServerFrame(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """A frame of the server."""


class Member(msgspec.Struct, frozen=True):
    """A person in a room. Nobody else in it has the same `username`."""

    username: str
    author: str


class You(Member, frozen=True, omit_defaults=True):
    """The person that a frame is sent to. `asked`: the name that they asked for, if another person has it."""

    asked: str | None = None


class WelcomeLimits(msgspec.Struct, frozen=True):
    """The limits that the server tells its clients."""

    message: int  # characters
    rate: float  # actions per second, which is every command but ping; 0 is no limit
    burst: int  # actions in a row
    resume: int  # missed events that are replayed
    username: int = MAX_USERNAME  # characters
    client_id: int = MAX_CLIENT_ID  # characters
    history: int = MAX_HISTORY_EVENTS  # events of a page


class WelcomeFrame(ServerFrame, frozen=True, kw_only=True, tag="welcome"):
    """The first frame. `name` and `topic` are the room's; `reset`: the client begins anew, the newest page follows."""

    protocol: int
    room: str
    name: str
    epoch: str
    you: You
    last_id: int
    members: list[Member]
    count: int
    limits: WelcomeLimits
    topic: str = ""
    reset: bool = False


class StoredEvent(ServerFrame, frozen=True, kw_only=True):
    """A frame that is stored, and has its place in the room's order.

    Each one but `UnknownEvent` has a row in `events.STORED_EVENTS`.
    """

    id: int
    timestamp: str


class Reaction(msgspec.Struct, frozen=True, omit_defaults=True):
    """One emoji on a message. `people`: the first `MAX_REACTION_PEOPLE` names. `mine`: the reader is one of all."""

    emoji: str
    count: int
    people: tuple[str, ...]
    mine: bool = False


class Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """The message that another one answers: who wrote it and how it begins, or that it was deleted or cleared."""

    id: int
    username: str | None = None
    excerpt: str | None = None
    deleted: bool = False


class MessageEvent(StoredEvent, frozen=True, kw_only=True, tag="message"):
    """A message. `message` is the text as it was typed, `html` its sanitized rendering.

    In pages amendments are folded in: the text is the newest one, `edited` the time of the last edit, and `rev` the id
    of the last event that was folded in (absent: the message's own).
    """

    author: str
    username: str
    message: str
    html: str
    client_id: str | None = None
    reply_to: int | None = None
    reply: Reply | None = None
    edited: str | None = None
    reactions: tuple[Reaction, ...] = ()
    rev: int | None = None


class AuthoredEvent(StoredEvent, frozen=True, kw_only=True):
    """An event that somebody caused with a command, which had the `client_id`."""

    author: str
    username: str
    client_id: str | None = None


class EditEvent(AuthoredEvent, frozen=True, kw_only=True, tag="edit"):
    """The message `target` has another text."""

    target: int
    message: str
    html: str


class DeleteEvent(AuthoredEvent, frozen=True, kw_only=True, tag="delete"):
    """The message `target` was deleted."""

    target: int


class ReactionEvent(AuthoredEvent, frozen=True, kw_only=True, tag="reaction"):
    """The author put an emoji on the message `target`, or took it back."""

    target: int
    emoji: str
    on: bool


class TopicEvent(AuthoredEvent, frozen=True, kw_only=True, tag="topic"):
    """The room has another topic; none if it is empty."""

    topic: str


class RoomNameEvent(AuthoredEvent, frozen=True, kw_only=True, tag="room_name"):
    """The room has another name; its address stays."""

    name: str


class ClearEvent(StoredEvent, frozen=True, kw_only=True, tag="clear"):
    """Every event up to the id `target` was removed."""

    target: int


class UnknownEvent(StoredEvent, frozen=True, kw_only=True, tag="unknown"):
    """A stored event of a type that this version does not know. Its id keeps the order complete."""


class HistoryFrame(ServerFrame, frozen=True, kw_only=True, tag="history"):
    """A page of stored events in the order of their ids. `complete`: there are no more in the requested direction."""

    events: list[StoredEvent]
    complete: bool
    before: int | None = None
    after: int | None = None


class PresenceFrame(ServerFrame, frozen=True, kw_only=True, tag="presence"):
    """Who joined and left; a rename is one author in both lists.

    With more than MAX_MEMBERS changes both lists are empty, and `members` has the first people of the room.
    """

    count: int
    joined: list[Member]
    left: list[Member]
    members: list[Member] | None = None


class RenamedFrame(ServerFrame, frozen=True, kw_only=True, tag="renamed"):
    """The answer to a rename, to its sender alone: the name that they have now."""

    you: You


class RoomNumbers(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a room list shows of a room. `messages`: ever stored, those among them that were `cleared` too."""

    room: str
    name: str
    last_id: int
    messages: int
    cleared: int = 0


class RoomsFrame(ServerFrame, frozen=True, kw_only=True, tag="rooms"):
    """Rooms that were created or have new events; the others are as they were."""

    rooms: list[RoomNumbers]


class TypingFrame(ServerFrame, frozen=True, kw_only=True, tag="typing"):
    """Another person is typing. Clients show it for five seconds."""

    username: str


class ErrorFrame(ServerFrame, frozen=True, kw_only=True, tag="error"):
    """A refusal, with one sentence for a person; `retry_after` in seconds."""

    code: str
    detail: str
    retry: bool
    retry_after: float | None = None
    client_id: str | None = None


class PongFrame(ServerFrame, frozen=True, kw_only=True, tag="pong"):
    """The answer to a ping."""


_encoder = msgspec.json.Encoder()


def encode(frame: ServerFrame) -> str:
    """A frame as text."""
    return _encoder.encode(frame).decode()


def encoded_bytes(event: StoredEvent) -> int:
    """How many bytes an event takes in a frame."""
    return len(_encoder.encode(event))


def encoded_once(value: object) -> Any:
    """Stands for a value in many frames, without being encoded for each."""
    return msgspec.Raw(_encoder.encode(value))


def error_frame(error: ProtocolError, language: str = "en") -> ErrorFrame:
    """The frame that answers an error. `language`: of its sentence, whichever is active."""
    return ErrorFrame(
        code=error.code,
        detail=error.detail_in(language),
        retry=ERRORS[error.code].retry,
        retry_after=error.retry_after,
        client_id=error.client_id,
    )


def to_builtins(part: msgspec.Struct) -> Any:
    """A frame, or a part of one, as dictionaries and lists, for JSON answers and templates."""
    return msgspec.to_builtins(part)
