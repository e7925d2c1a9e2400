"""The drafts of an imported line, checked as strictly as the frames of the wire, and normalised."""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from chat.history.entry import BadEntry, Entry
from chat.storage import Draft
from chat.storage.timestamps import format_timestamp, now, parse_timestamp
from chat.text.names import BadName, clean_username
from chat.wire import commands
from chat.wire.errors import ProtocolError

MAX_IMPORTED_MESSAGE = 100_000  # characters: the largest CHAT_MAX_MESSAGE, as the setting may have been larger once

_valid_author = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,128}")


def draft_of(entry: Entry) -> Draft:
    """The draft of an entry whose type has a row in `DRAFTS`. Raises `BadEntry`."""
    return Draft(
        type=entry.type,
        author=_author(entry.author),
        username=_username(entry.username),
        client_id=_client_id(entry.client_id),
        id=entry.id,
        timestamp=_timestamp("timestamp", entry.timestamp),
        **DRAFTS[entry.type](entry),
    )


def folded_drafts(entry: Entry, message: Draft) -> list[Draft]:
    """The edit and the reactions that an export has folded into a message, without their target. Raises `BadEntry`.

    The times of reactions are not in an export: they get that of the import.
    """
    drafts, imported = [], now()
    if entry.edited is not None:
        edited = _timestamp("edited", entry.edited)
        drafts.append(
            msgspec.structs.replace(message, type="edit", id=None, client_id=None, reply_to=None, timestamp=edited)
        )
    for reaction in entry.reactions:
        emoji = _emoji(reaction.emoji)
        for person in reaction.people:
            who = (_author(person.author), _username(person.username))
            drafts.append(
                Draft(type="reaction", author=who[0], username=who[1], emoji=emoji, on=True, timestamp=imported)
            )
    return drafts


# The fields of a draft that not every type has.


def _message_fields(entry: Entry) -> dict[str, Any]:
    return {"message": _message(entry), "reply_to": entry.reply_to}


def _edit_fields(entry: Entry) -> dict[str, Any]:
    return {"message": _message(entry), "target": _target(entry)}


def _delete_fields(entry: Entry) -> dict[str, Any]:
    return {"target": _target(entry)}


def _reaction_fields(entry: Entry) -> dict[str, Any]:
    if entry.on is None:
        raise BadEntry('"on" has to be true or false')
    return {"emoji": _emoji(entry.emoji or ""), "on": entry.on, "target": _target(entry)}


def _topic_fields(entry: Entry) -> dict[str, Any]:
    if entry.topic is None:
        raise BadEntry('"topic" has to be a text')
    return {"topic": _checked("topic", commands.SetTopic(topic=entry.topic)).topic}


def _name_fields(entry: Entry) -> dict[str, Any]:
    return {"name": _checked("name", commands.NameRoom(name=entry.name or "")).name}


DRAFTS: dict[str, Callable[[Entry], dict[str, Any]]] = {
    "message": _message_fields,
    "edit": _edit_fields,
    "delete": _delete_fields,
    "reaction": _reaction_fields,
    "topic": _topic_fields,
    "room_name": _name_fields,
}


def _checked(field: str, command: Any) -> Any:
    """A command of the wire with the same fields, by the wire's own rules."""
    try:
        return commands.COMMANDS[type(command)](command, MAX_IMPORTED_MESSAGE)
    except ProtocolError as error:
        raise BadEntry(f'"{field}": {error.detail}') from None


def _emoji(emoji: str) -> str:
    checked: str = _checked("emoji", commands.React(id=0, emoji=emoji, on=True)).emoji
    return checked


def _target(entry: Entry) -> int:
    if not entry.target:
        raise BadEntry('"target" has to be the id of a message')
    return entry.target


def _author(author: str | None) -> str:
    if author is None or not _valid_author.fullmatch(author):
        raise BadEntry('"author" has to be a text of 1 to 128 characters, without control characters')
    return author


def _client_id(client_id: str | None) -> str | None:
    try:
        commands.refuse_control_characters(client_id or "", client_id)
    except ProtocolError as error:
        raise BadEntry(f'"client_id": {error.detail}') from None
    return client_id


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


def _timestamp(field: str, timestamp: str | None) -> str:
    moment = parse_timestamp(timestamp or "")
    if moment is None:
        raise BadEntry(f'"{field}" has to be a time of ISO 8601, such as 2026-11-23T17:30:00.000Z')
    return format_timestamp(moment)
