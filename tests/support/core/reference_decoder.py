"""The protocol read a second time, from docs/protocol.md and with Python's own JSON: what is to become of a frame."""

import json
import unicodedata
from typing import Any

from chat.text.names import BadName, clean_username

MOST = 50  # characters of a message, where this is used
KNOWN = ("message", "typing", "history", "rename", "ping")
LARGEST = 2**53 - 1
_NO_CONTROL = {"\n", "\t"}
_DRAWN = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2"
_SHAPELESS = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2065\u2800\u3164\uffa0"  # they count as letters


class Strange(ValueError):
    """A text on which readers of JSON differ: names that stand there twice, numbers and letters that cannot be."""


def verdict(text: str) -> str:
    """`right`, or the code of the error; `refused` for what is no JSON at all, `either` where readers differ."""
    try:
        frame = json.loads(
            text, parse_constant=_strange, object_pairs_hook=_members, parse_int=_whole, parse_float=_real
        )
        _readable(text + frame if isinstance(frame, str) else text)
    except Strange:
        return "either"
    except (ValueError, RecursionError):
        return "refused"
    if not isinstance(frame, dict):
        return "invalid_frame"
    if frame.get("type") not in KNOWN:
        return "unknown_type"
    return _fields(frame) or _contents(frame) or "right"


def _strange(text: str) -> Any:
    raise ValueError(text)  # NaN and Infinity are not JSON


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for name, value in pairs:
        if isinstance(value, str):
            _readable(value)
        _readable(name)
    members = dict(pairs)
    if len(members) < len(pairs):
        raise Strange
    return members


def _readable(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Strange from None


def _whole(text: str) -> int:
    if len(text) > 300:
        raise Strange
    return int(text)


def _real(text: str) -> float:
    if abs(float(text)) > 1e300:
        raise Strange
    return float(text)


def _fields(frame: dict[str, Any]) -> str | None:
    match frame["type"]:
        case "message":
            right = isinstance(frame.get("message"), str) and _is_client_id(frame) and _is_id(frame.get("reply_to"))
        case "history":
            before, after, limit = frame.get("before"), frame.get("after"), frame.get("limit", 50)
            right = _is_id(before) and _is_id(after) and None in {before, after} and _is_whole(limit, 1, 200)
        case "rename":
            right = isinstance(frame.get("username"), str)
        case _:
            right = True
    return None if right else "invalid_field"


def _is_client_id(frame: dict[str, Any]) -> bool:
    given = frame.get("client_id")
    return given is None or (isinstance(given, str) and 1 <= len(given) <= 64)


def _is_id(value: object) -> bool:
    return value is None or _is_whole(value, 0, LARGEST)


def _is_whole(value: object, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


def _contents(frame: dict[str, Any]) -> str | None:
    if frame["type"] == "message":
        if not any(_shows(letter) for letter in frame["message"]):
            return "empty_message"
        if len(frame["message"]) > MOST:
            return "message_too_long"
        if any(_is_control(letter) for letter in frame["message"] + (frame.get("client_id") or "")):
            return "invalid_text"
    if frame["type"] == "rename":
        try:
            clean_username(frame["username"])
        except BadName:
            return "invalid_name"
    return None


def _is_control(letter: str) -> bool:
    return unicodedata.category(letter) == "Cc" and letter not in _NO_CONTROL


def _shows(letter: str) -> bool:
    """Whether it leaves something on the screen. Signs that stand in front of a number are drawn, others of Cf not."""
    if letter.isspace() or (unicodedata.category(letter) == "Cf" and letter not in _DRAWN):
        return False
    return letter not in _SHAPELESS and not 0xFE00 <= ord(letter) <= 0xFE0F and not 0xE0000 <= ord(letter) <= 0xE0FFF
