"""Records of exports in JSON, read fast where they are as expected, and tolerantly where they are not.

A field of the wrong type, null for a list, half of a surrogate pair, or a byte that is no UTF-8 does not break a
record: a number is taken for its digits, and otherwise the field is left at its default. What stays broken is no JSON,
no object, or cut off.
"""

import json
from collections.abc import Iterator
from typing import Any, TypeVar, get_args, get_origin

import msgspec

from chat.history.importers.fields import Record, without_half_pairs

Struct = TypeVar("Struct", bound=msgspec.Struct)

_bom = b"\xef\xbb\xbf"
ABSENT = msgspec.Raw(b"null")  # the default of a field that is decoded only when it is needed


class BadRecord(ValueError):
    """Not a record. The text says why."""


def decode_record(data: bytes, kind: type[Struct]) -> Struct:
    """One object. Raises `BadRecord`."""
    try:
        return _decoder(kind).decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return tolerant_record(parse_json(data), kind)


def decode_records(data: bytes, kind: type[Struct]) -> Iterator[Struct | BadRecord]:
    """Every object of a list, or the only one of a file without a list. Raises `BadRecord` if it is no JSON."""
    try:
        yield from _list_decoder(kind).decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        value = parse_json(data)
        for each in value if isinstance(value, list) else [value]:
            try:
                yield tolerant_record(each, kind)
            except BadRecord as error:
                yield error


def parse_json(data: bytes | msgspec.Raw) -> Any:
    """Any JSON, also with a byte order mark, bytes that are no UTF-8, and half surrogates. Raises `BadRecord`."""
    body = bytes(data)
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass
    text = body.removeprefix(_bom).decode("utf-8", "replace")
    try:
        return without_half_pairs(json.loads(text, strict=False))
    except (ValueError, RecursionError) as error:
        raise BadRecord(f"no JSON: {error}") from None


def tolerant_record(value: Any, kind: type[Struct]) -> Struct:
    """The record of decoded JSON; fields of a wrong type keep their defaults. Raises `BadRecord`."""
    if not isinstance(value, dict):
        raise BadRecord("no object")
    fields: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        if (found := value.get(field.encode_name)) is not None:
            try:
                fields[field.name] = _converted(found, field.type)
            except (msgspec.ValidationError, TypeError, BadRecord):
                continue
    try:
        return kind(**fields)
    except TypeError as error:
        raise BadRecord(str(error)) from None


def objects(data: bytes | msgspec.Raw) -> list[Record]:
    """The objects of a list that may be null, missing, or anything else; of one object a list of it."""
    if data is ABSENT or bytes(data) == b"null":
        return []
    try:
        value = parse_json(data)
    except BadRecord:
        return []
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict)]


def _converted(value: Any, kind: Any) -> Any:
    """A value of a field's type; records in it are read as tolerantly. Raises what msgspec raises, and `BadRecord`."""
    if kind is msgspec.Raw:
        return msgspec.Raw(msgspec.json.encode(value))
    for option in (kind, *get_args(kind)):  # `Post | None` has the options Post and None
        if option is str and isinstance(value, (int, float)) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, dict) and _is_record(option):
            return tolerant_record(value, option)
        if isinstance(value, list) and get_origin(option) is list and _is_record(get_args(option)[0]):
            return [tolerant_record(each, get_args(option)[0]) for each in value if isinstance(each, dict)]
    return msgspec.convert(value, kind, strict=False)


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


_decoders: dict[type[msgspec.Struct], msgspec.json.Decoder[Any]] = {}
_list_decoders: dict[type[msgspec.Struct], msgspec.json.Decoder[Any]] = {}


def _decoder(kind: type[Struct]) -> "msgspec.json.Decoder[Struct]":
    if kind not in _decoders:
        _decoders[kind] = msgspec.json.Decoder(kind)
    return _decoders[kind]


def _list_decoder(kind: type[Struct]) -> "msgspec.json.Decoder[list[Struct]]":
    if kind not in _list_decoders:
        _list_decoders[kind] = msgspec.json.Decoder(list[kind])  # type: ignore[valid-type]
    return _list_decoders[kind]
