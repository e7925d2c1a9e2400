"""One line of an imported file: decoded, checked as strictly as a frame of the wire, and normalised."""

import re
from typing import Annotated

import msgspec

from chat.storage import Draft
from chat.storage.records import MAX_CHOSEN_ID
from chat.storage.timestamps import format_timestamp, parse_timestamp
from chat.text.json_depth import TooDeep, check_json_depth
from chat.text.names import BadName, clean_username
from chat.wire import commands
from chat.wire.errors import ProtocolError

MAX_IMPORTED_MESSAGE = 100_000  # characters: the largest CHAT_MAX_MESSAGE, as the setting may have been larger once

_valid_author = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,128}")

ImportedId = Annotated[int, msgspec.Meta(ge=1, le=MAX_CHOSEN_ID)]


class BadEntry(ValueError):
    """A line that cannot be imported. The text says why."""


class Entry(msgspec.Struct, frozen=True):
    """A decoded line. Only messages are imported; a line without a type is one."""

    type: str = "message"
    room: str | None = None
    name: str | None = None
    epoch: str | None = None
    id: ImportedId | None = None
    author: str | None = None
    username: str | None = None
    message: str | None = None
    timestamp: str | None = None
    client_id: commands.ClientId | None = None
    reply_to: ImportedId | None = None


_decoder = msgspec.json.Decoder(Entry)


def decode(line: bytes) -> Entry:
    """The entry of a line. Raises `BadEntry`."""
    try:
        entry = _decoder.decode(line)
        check_json_depth(line)
    except msgspec.ValidationError as error:
        raise BadEntry(f"not an event of chatsite ({error})") from None
    except (msgspec.DecodeError, UnicodeError, RecursionError, TooDeep) as error:
        raise BadEntry(f"not a whole JSON object ({error})") from None
    return entry


def draft_of(entry: Entry) -> Draft:
    """The draft of an entry of type message. Raises `BadEntry`."""
    return Draft(
        author=_author(entry.author),
        username=_username(entry.username),
        message=_message(entry),
        client_id=entry.client_id,
        reply_to=entry.reply_to,
        id=entry.id,
        timestamp=_timestamp(entry.timestamp),
    )


def _author(author: str | None) -> str:
    if author is None or not _valid_author.fullmatch(author):
        raise BadEntry('"author" has to be a text of 1 to 128 characters, without control characters')
    return author


def _username(username: str | None) -> str:
    try:
        return clean_username(username or "")
    except BadName as error:
        raise BadEntry(f'"username": {error}') from None


def _message(entry: Entry) -> str:
    try:
        return commands.clean_message(entry.message or "", MAX_IMPORTED_MESSAGE, entry.client_id)
    except ProtocolError as error:
        raise BadEntry(f'"message": {error.detail}') from None


def _timestamp(timestamp: str | None) -> str:
    moment = parse_timestamp(timestamp or "")
    if moment is None:
        raise BadEntry('"timestamp" has to be a time of ISO 8601, such as 2026-11-23T17:30:00.000Z')
    return format_timestamp(moment)
