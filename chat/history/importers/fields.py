"""Fields of JSON that somebody else has written: null, missing, or of another type than the documents say."""

from collections.abc import Mapping
from typing import Any

Record = dict[str, Any]


def string(record: Mapping[str, Any], key: str) -> str:
    """A text; a number as its digits; anything else is ""."""
    value = record.get(key)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def number(record: Mapping[str, Any], key: str) -> int | None:
    """A whole number of at most 63 bits, also one in a text or with a fraction; None for anything else."""
    value = record.get(key)
    try:
        found = int(value) if isinstance(value, (int, float, str)) else None
    except (ValueError, OverflowError):
        return None
    return found if found is not None and found.bit_length() < 64 else None


def mapping(record: Mapping[str, Any], key: str) -> Record:
    """An object; anything else is empty."""
    value = record.get(key)
    return value if isinstance(value, dict) else {}


def mappings(record: Mapping[str, Any], key: str) -> list[Record]:
    """The objects of an array; what is no object is left out."""
    value = record.get(key)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
