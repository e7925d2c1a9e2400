"""Step 2 on the path of a message: the wire, version 1. Pure: text -> Command or ProtocolError; ServerFrame -> text.

docs/protocol.md describes every frame, and tests/fixtures/wire.json holds one of each; both are tested against this.
"""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Union

import msgspec
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from chat.text.json_depth import TooDeep, check_json_depth
from chat.text.names import MAX_USERNAME, BadName, clean_username
from chat.wire.errors import ERRORS, ErrorCode, ProtocolError
from chat.wire.message_text import is_visible, normalize_message

VERSION = 1
MAX_CLIENT_ID = 64  # characters
MAX_HISTORY_EVENTS = 200  # events of one history frame
DEFAULT_HISTORY_EVENTS = 50
MAX_MEMBERS = 100  # people named in one frame
MAX_BAD_FRAMES = 10  # in a row

# The control characters that no text needs: all but newline and tab.
_control = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

# Commands: client to server

ClientId = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_CLIENT_ID)]
EventId = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class Command(msgspec.Struct, frozen=True, tag_field="type"):
    """A frame of a client. Unknown fields are ignored. Each has a row in `COMMANDS`."""


class PostMessage(Command, frozen=True, tag="message"):
    """Post a message. The same `client_id` of one author is stored once, however often it is sent."""

    message: str
    client_id: ClientId | None = None
    reply_to: EventId | None = None


class NotifyTyping(Command, frozen=True, tag="typing"):
    """The person is typing."""


class FetchHistory(Command, frozen=True, tag="history"):
    """Request a page of events before or after an id, or the newest one."""

    before: EventId | None = None
    after: EventId | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_HISTORY_EVENTS)] = DEFAULT_HISTORY_EVENTS


class Rename(Command, frozen=True, tag="rename"):
    """Change the name of the person."""

    username: str


class Ping(Command, frozen=True, tag="ping"):
    """Heartbeat."""


def _unchecked(command: Command, max_message: int) -> Command:
    return command


def _checked_post(command: "PostMessage", max_message: int) -> Command:
    message = clean_message(command.message, max_message, command.client_id)
    return command if message == command.message else msgspec.structs.replace(command, message=message)


def _checked_fetch(command: "FetchHistory", max_message: int) -> Command:
    check_history(command)
    return command


def _checked_rename(command: "Rename", max_message: int) -> Command:
    return Rename(username=check_username(command.username))


# One row for each frame of clients. Its function checks what the types of the fields cannot say: it gets the command
# and the length limit of messages in characters, and returns the command to carry out, or raises `ProtocolError`.
# chat/consumers.py has the handler of each.
Check = Callable[[Any, int], Command]
COMMANDS: dict[type[Command], Check] = {
    PostMessage: _checked_post,
    NotifyTyping: _unchecked,
    FetchHistory: _checked_fetch,
    Rename: _checked_rename,
    Ping: _unchecked,
}


class CommandDecoder:
    """Text frames to commands, by a table such as `COMMANDS`."""

    def __init__(self, checks: Mapping[type[Command], Check]) -> None:
        self._checks = checks
        self._decoder: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Union[tuple(checks)])  # noqa: UP007

    def decode(self, text: str, max_message: int) -> Command:
        """The command of a text frame, checked and ready to be carried out. Raises `ProtocolError`."""
        try:
            command = self._decoder.decode(text)
            check_json_depth(text)
        except msgspec.ValidationError as error:
            raise _validation_error(str(error), text) from None
        except RecursionError:
            raise ProtocolError(ErrorCode.INVALID_JSON, reason=TooDeep()) from None
        except (msgspec.DecodeError, UnicodeError, TooDeep) as error:
            raise ProtocolError(ErrorCode.INVALID_JSON, reason=error) from None
        return self._checks[type(command)](command, max_message)


decode = CommandDecoder(COMMANDS).decode


def _validation_error(reason: str, text: str) -> ProtocolError:
    """The error for a frame that is JSON but no command. msgspec tells the cases apart in its text alone."""
    if reason.startswith("Expected `object`") and "$" not in reason:
        return ProtocolError(ErrorCode.INVALID_FRAME, reason=reason)
    if reason.endswith("`$.type`") or "`type`" in reason:
        return ProtocolError(ErrorCode.UNKNOWN_TYPE, client_id=_client_id(text))
    return ProtocolError(ErrorCode.INVALID_FIELD, reason=reason, client_id=_client_id(text))


class _ClientIdOnly(msgspec.Struct):
    client_id: str | None = None


_client_id_decoder = msgspec.json.Decoder(_ClientIdOnly)


def _client_id(text: str) -> str | None:
    """The `client_id` of a frame that is refused, so that the client knows which message the error is about."""
    try:
        return _client_id_decoder.decode(text).client_id
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def clean_message(text: str, max_message: int, client_id: str | None = None) -> str:
    """The message as it will be stored: see `normalize_message`.

    Raises `ProtocolError` if it is empty, longer than `max_message` characters, or holds control characters.
    """
    message = normalize_message(text)
    if not is_visible(message):
        raise ProtocolError(ErrorCode.EMPTY_MESSAGE, client_id=client_id)
    if len(message) > max_message:
        raise ProtocolError(ErrorCode.MESSAGE_TOO_LONG, most=max_message, length=len(message), client_id=client_id)
    if found := _control.search(message) or _control.search(client_id or ""):
        reason = format_lazy(_("this frame holds {character}"), character=f"U+{ord(found[0]):04X}")
        raise ProtocolError(ErrorCode.INVALID_TEXT, reason=reason, client_id=client_id)
    return message


def check_history(command: FetchHistory, code: ErrorCode = ErrorCode.INVALID_FIELD) -> None:
    """Refuse a request for history that names both `before` and `after`."""
    if command.before is not None and command.after is not None:
        raise ProtocolError(code, reason="a page is before an id or after one, not both")


def check_username(username: str) -> str:
    """The name as it will be shown. Raises `ProtocolError`."""
    try:
        return clean_username(username)
    except BadName as error:
        raise ProtocolError(ErrorCode.INVALID_NAME, reason=error) from None


# Frames: server to client


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
    """The first frame. `reset`: what the client shows cannot be continued, the newest page follows."""

    protocol: int
    room: str
    epoch: str
    you: You
    last_id: int
    members: list[Member]
    count: int
    limits: WelcomeLimits
    reset: bool = False


class StoredEvent(ServerFrame, frozen=True, kw_only=True):
    """A frame that is stored, and has its place in the room's order.

    Each one but `UnknownEvent` has a row in `events.STORED_EVENTS`.
    """

    id: int
    timestamp: str


class MessageEvent(StoredEvent, frozen=True, kw_only=True, tag="message"):
    """A message. `message` is the text as it was typed, `html` its sanitized rendering."""

    author: str
    username: str
    message: str
    html: str
    client_id: str | None = None
    reply_to: int | None = None


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
