"""Fields of JSON that somebody else has written: null, missing, or of another type than the documents say."""

from collections.abc import Mapping
from typing import Any

Record = dict[str, Any]


def string(record: object, key: str, *others: str) -> str:
    """A text; a number as its digits; anything else is "". Of several fields the first that is not blank."""
    value = record.get(key) if isinstance(record, dict) else None
    is_number = isinstance(value, int) and not isinstance(value, bool)
    found = value if isinstance(value, str) else str(value) if is_number else ""
    return string(record, *others) if others and not found.strip() else found


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


def without_half_pairs(value: Any) -> Any:
    """Decoded JSON in which half of a surrogate pair, such as of an emoji that was cut, is U+FFFD: no character."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [without_half_pairs(each) for each in value]
    if isinstance(value, dict):
        return {without_half_pairs(key): without_half_pairs(each) for key, each in value.items()}
    return value
