"""Step 2 on the path of a message: the frames of clients. Pure: text -> Command or ProtocolError.

docs/protocol.md describes every command, and tests/fixtures/wire.json holds one of each; both are tested against this.
"""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Union

import msgspec
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from chat.metrics import counted
from chat.text.emoji_names import MAX_LENGTH as MAX_EMOJI
from chat.text.emoji_names import find_emoji
from chat.text.json_depth import TooDeep, check_json_depth
from chat.text.names import BadName, clean_room_name, clean_username
from chat.wire.errors import ErrorCode, ProtocolError
from chat.wire.message_text import is_visible, normalize_message
from chat.wire.protocol import DEFAULT_HISTORY_EVENTS, MAX_CLIENT_ID, MAX_HISTORY_EVENTS

MAX_TOPIC = 250  # characters

# The control characters that no text needs: all but newline and tab.
_control = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

ClientId = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_CLIENT_ID)]
EventId = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class Command(msgspec.Struct, frozen=True, tag_field="type"):
    """A frame of a client. Unknown fields are ignored. Each has a row in `COMMANDS`."""


class PostMessage(Command, frozen=True, tag="message"):
    """Post a message. The same `client_id` of one author is stored once, however often it is sent."""

    message: str
    client_id: ClientId | None = None
    reply_to: EventId | None = None


class EditMessage(Command, frozen=True, tag="edit"):
    """Change the text of an own message."""

    id: EventId
    message: str
    client_id: ClientId | None = None


class DeleteMessage(Command, frozen=True, tag="delete"):
    """Delete an own message, with its earlier texts."""

    id: EventId
    client_id: ClientId | None = None


class React(Command, frozen=True, tag="react"):
    """Put an emoji on a message, or take it back. `emoji`: itself, or its `:shortcode:`."""

    id: EventId
    emoji: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_EMOJI)]
    on: bool
    client_id: ClientId | None = None


class SetTopic(Command, frozen=True, tag="topic"):
    """Set the topic of the room; an empty one removes it."""

    topic: Annotated[str, msgspec.Meta(max_length=MAX_TOPIC)]
    client_id: ClientId | None = None


class NameRoom(Command, frozen=True, tag="room_name"):
    """Give the room another name; its address stays."""

    name: str
    client_id: ClientId | None = None


# The commands that store an event, and are answered by it.
StoredCommand = PostMessage | EditMessage | DeleteMessage | React | SetTopic | NameRoom


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


def _checked_text(command: PostMessage | EditMessage, max_message: int) -> Command:
    message = clean_message(command.message, max_message, command.client_id)
    return command if message == command.message else msgspec.structs.replace(command, message=message)


def _checked_delete(command: DeleteMessage, max_message: int) -> Command:
    _check_client_id(command)
    return command


def _checked_reaction(command: React, max_message: int) -> Command:
    _check_client_id(command)
    if (emoji := find_emoji(command.emoji)) is None:
        raise ProtocolError(ErrorCode.INVALID_EMOJI, client_id=command.client_id)
    return msgspec.structs.replace(command, emoji=emoji)


def _checked_topic(command: SetTopic, max_message: int) -> Command:
    refuse_control_characters(command.topic + (command.client_id or ""), command.client_id)
    topic = " ".join(command.topic.split())
    return msgspec.structs.replace(command, topic=topic if is_visible(topic) else "")


def _checked_room_name(command: NameRoom, max_message: int) -> Command:
    _check_client_id(command)
    try:
        return msgspec.structs.replace(command, name=clean_room_name(command.name))
    except BadName as error:
        raise ProtocolError(ErrorCode.INVALID_NAME, reason=error, client_id=command.client_id) from None


def _check_client_id(command: DeleteMessage | React | NameRoom) -> None:
    refuse_control_characters(command.client_id or "", command.client_id)


def _checked_fetch(command: FetchHistory, max_message: int) -> Command:
    check_history(command)
    return command


def _checked_rename(command: Rename, max_message: int) -> Command:
    return Rename(username=check_username(command.username))


# One row for each frame of clients. Its function checks what the types of the fields cannot say: it gets the command
# and the length limit of messages in characters, and returns the command to carry out, or raises `ProtocolError`.
# chat/consumers.py has the handler of each.
Check = Callable[[Any, int], Command]
COMMANDS: dict[type[Command], Check] = {
    PostMessage: _checked_text,
    EditMessage: _checked_text,
    DeleteMessage: _checked_delete,
    React: _checked_reaction,
    SetTopic: _checked_topic,
    NameRoom: _checked_room_name,
    NotifyTyping: _unchecked,
    FetchHistory: _checked_fetch,
    Rename: _checked_rename,
    Ping: _unchecked,
}
counted.FRAMES.expect(str(command.__struct_config__.tag) for command in COMMANDS)  # as they stand on the wire


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
    refuse_control_characters(message + (client_id or ""), client_id)
    return message


def refuse_control_characters(text: str, client_id: str | None) -> None:
    """Raise `ProtocolError` if there are any but newline and tab."""
    if found := _control.search(text):
        reason = format_lazy(_("this frame holds {character}"), character=f"U+{ord(found[0]):04X}")
        raise ProtocolError(ErrorCode.INVALID_TEXT, reason=reason, client_id=client_id)


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
