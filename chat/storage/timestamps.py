"""The times of stored records: UTC, ISO 8601 with milliseconds, as in 2026-11-23T17:30:00.000Z."""

from datetime import UTC, datetime


def now() -> str:
    """The timestamp of this moment."""
    return format_timestamp(datetime.now(UTC))


def format_timestamp(moment: datetime) -> str:
    """The timestamp of a moment in UTC."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_timestamp(text: str) -> datetime | None:
    """The moment of a stored timestamp, in UTC; None if the owner edited it into something else."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
