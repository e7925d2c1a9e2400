"""A second implementation of the protocol's rules for commands, after docs/protocol.md, with Python's own JSON."""

import json
import unicodedata
from typing import Any

from chat.text.emoji_names import find_emoji
from chat.text.names import BadName, clean_room_name, clean_username

MAX_MESSAGE = 50  # characters, in the tests that use this module
COMMAND_TYPES = (
    *("message", "edit", "delete", "react", "topic", "room_name"),  # with a client_id
    *("typing", "history", "rename", "ping"),
)
MAX_ID = 2**53 - 1
_ALLOWED_CONTROL = {"\n", "\t"}
_VISIBLE_FORMAT = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2"  # of category Cf, and drawn
_INVISIBLE = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2065\u2800\u3164\uffa0"  # of other categories


class AmbiguousJson(ValueError):
    """JSON that decoders treat differently: duplicate names, huge numbers, unpaired surrogates."""


def expected_result(text: str) -> str:
    """`valid`, or the code of the error; `not json`, or `ambiguous` where decoders may differ."""
    try:
        frame = json.loads(
            text,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique_members,
            parse_int=_small_int,
            parse_float=_small_float,
        )
        _check_encodable(text + frame if isinstance(frame, str) else text)
    except AmbiguousJson:
        return "ambiguous"
    except (ValueError, RecursionError):
        return "not json"
    if not isinstance(frame, dict):
        return "invalid_frame"
    if frame.get("type") not in COMMAND_TYPES:
        return "unknown_type"
    return _field_error(frame) or _content_error(frame) or "valid"


def _refuse_constant(text: str) -> Any:
    raise ValueError(text)  # NaN and Infinity are not JSON


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for name, value in pairs:
        if isinstance(value, str):
            _check_encodable(value)
        _check_encodable(name)
    members = dict(pairs)
    if len(members) < len(pairs):
        raise AmbiguousJson
    return members


def _check_encodable(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise AmbiguousJson from None


def _small_int(text: str) -> int:
    if len(text) > 300:
        raise AmbiguousJson
    return int(text)


def _small_float(text: str) -> float:
    if abs(float(text)) > 1e300:
        raise AmbiguousJson
    return float(text)


def _field_error(frame: dict[str, Any]) -> str | None:
    match frame["type"]:
        case "message":
            valid = isinstance(frame.get("message"), str) and _has_client_id(frame) and _is_id(frame.get("reply_to"))
        case "edit":
            valid = isinstance(frame.get("message"), str) and _has_client_id(frame) and _is_target(frame)
        case "delete":
            valid = _has_client_id(frame) and _is_target(frame)
        case "react":
            is_reaction = _is_text(frame.get("emoji"), 1, 100) and isinstance(frame.get("on"), bool)
            valid = is_reaction and _has_client_id(frame) and _is_target(frame)
        case "topic":
            valid = _is_text(frame.get("topic"), 0, 250) and _has_client_id(frame)
        case "room_name":
            valid = isinstance(frame.get("name"), str) and _has_client_id(frame)
        case "history":
            before, after, limit = frame.get("before"), frame.get("after"), frame.get("limit", 50)
            valid = _is_id(before) and _is_id(after) and None in {before, after} and _is_int(limit, 1, 200)
        case "rename":
            valid = isinstance(frame.get("username"), str)
        case _:
            valid = True
    return None if valid else "invalid_field"


def _has_client_id(frame: dict[str, Any]) -> bool:
    """Whether the client_id is valid or absent."""
    client_id = frame.get("client_id")
    return client_id is None or (isinstance(client_id, str) and 1 <= len(client_id) <= 64)


def _is_target(frame: dict[str, Any]) -> bool:
    return frame.get("id") is not None and _is_id(frame["id"])


def _is_text(value: object, minimum: int, maximum: int) -> bool:
    return isinstance(value, str) and minimum <= len(value) <= maximum


def _is_id(value: object) -> bool:
    """Whether it is a valid id, or absent."""
    return value is None or _is_int(value, 0, MAX_ID)


def _is_int(value: object, minimum: int, maximum: int) -> bool:
    return type(value) is int and minimum <= value <= maximum


def _content_error(frame: dict[str, Any]) -> str | None:
    kind = frame["type"]
    if kind in {"message", "edit"}:
        message = _normalized(frame["message"])
        if not any(_is_visible(character) for character in message):
            return "empty_message"
        if len(message) > MAX_MESSAGE:
            return "message_too_long"
        if _has_control(message):
            return "invalid_text"
    if kind not in {"typing", "history", "rename", "ping"} and _has_control(frame.get("client_id") or ""):
        return "invalid_text"
    if kind == "topic" and _has_control(frame["topic"]):
        return "invalid_text"
    if kind == "react" and find_emoji(frame["emoji"]) is None:
        return "invalid_emoji"
    return _name_error(frame)


def _name_error(frame: dict[str, Any]) -> str | None:
    try:
        if frame["type"] == "rename":
            clean_username(frame["username"])
        if frame["type"] == "room_name":
            clean_room_name(frame["name"])
    except BadName:
        return "invalid_name"
    return None


def _has_control(text: str) -> bool:
    return any(_is_control(character) for character in text)


def _normalized(text: str) -> str:
    """Line breaks as newlines, no blank line at either end, no blank at the very end."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while lines and all(_is_blank(character) for character in lines[0]):
        del lines[0]
    text = "\n".join(lines)
    while text and _is_blank(text[-1]):
        text = text[:-1]
    return text


def _is_blank(character: str) -> bool:
    return character in "\t\n" or unicodedata.category(character) in {"Zs", "Zl", "Zp"}


def _is_control(character: str) -> bool:
    return unicodedata.category(character) == "Cc" and character not in _ALLOWED_CONTROL


def _is_visible(character: str) -> bool:
    """Whether the character is drawn. Of category Cf, only the signs in front of a number are."""
    if character.isspace() or (unicodedata.category(character) == "Cf" and character not in _VISIBLE_FORMAT):
        return False
    is_variation_or_tag = 0xFE00 <= ord(character) <= 0xFE0F or 0xE0000 <= ord(character) <= 0xE0FFF
    return character not in _INVISIBLE and not is_variation_or_tag
