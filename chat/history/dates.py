"""Dates and times as the owner types them: ISO 8601, in the zone of the machine when they name none."""

import contextlib
import os
import time
from argparse import ArgumentTypeError
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

_environment = Path("/proc/self/environ")


def start_of(text: str) -> datetime:
    """The moment of a time, or the first one of a day; UTC. For argparse."""
    return _moment(text, timedelta())


def end_of(text: str) -> datetime:
    """The moment of a time, or the first one after a day, so that a day ends with its end; UTC. For argparse."""
    return _moment(text, timedelta(days=1))


def _moment(text: str, of_a_day: timedelta) -> datetime:
    try:
        return _in_utc(_day(text, of_a_day) or datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise ArgumentTypeError(
            f"{text!r} is not a date or time of ISO 8601, such as 2026-11-23 or 2026-11-23T18:30:00+01:00"
        ) from None


def _day(text: str, of_a_day: timedelta) -> datetime | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return datetime(day.year, day.month, day.day) + of_a_day  # noqa: DTZ001 (midnight where the machine stands)


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo:
        return moment.astimezone(UTC)
    with _zone_of_the_machine():
        return moment.astimezone(UTC)


@contextlib.contextmanager
def _zone_of_the_machine() -> Iterator[None]:
    """Django has put its own TIME_ZONE in the place of the machine's: undo that for a moment."""
    djangos = os.environ.pop("TZ", None)
    os.environ.update(_started_with())
    time.tzset()
    try:
        yield
    finally:
        os.environ.pop("TZ", None)
        if djangos is not None:
            os.environ["TZ"] = djangos
        time.tzset()


def _started_with() -> dict[str, str]:
    """The variable TZ as the process got it. Only Linux tells; without it the C library knows the machine's zone."""
    try:
        variables = _environment.read_bytes().split(b"\0")
    except OSError:
        return {}
    zones = [os.fsdecode(variable[3:]) for variable in variables if variable.startswith(b"TZ=")]
    return {"TZ": zones[0]} if zones and zones[0] else {}
