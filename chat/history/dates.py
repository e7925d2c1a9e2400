"""Dates and times that the owner types: ISO 8601, in the machine's time zone if they name none."""

import contextlib
import os
import time
from argparse import ArgumentTypeError
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

_environment_at_start = Path("/proc/self/environ")


def start_of(text: str) -> datetime:
    """A time, or the first moment of a day; in UTC. For argparse."""
    return _parse(text, timedelta())


def end_of(text: str) -> datetime:
    """A time, or the first moment after a day, so that the day is included; in UTC. For argparse."""
    return _parse(text, timedelta(days=1))


def _parse(text: str, added_to_day: timedelta) -> datetime:
    try:
        return _in_utc(_parse_day(text, added_to_day) or datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise ArgumentTypeError(
            f"{text!r} is not a date or time of ISO 8601, such as 2026-11-23 or 2026-11-23T18:30:00+01:00"
        ) from None


def _parse_day(text: str, added: timedelta) -> datetime | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return datetime(day.year, day.month, day.day) + added  # noqa: DTZ001 (midnight in the machine's time zone)


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo:
        return moment.astimezone(UTC)
    with _machine_time_zone():
        return moment.astimezone(UTC)


@contextlib.contextmanager
def _machine_time_zone() -> Iterator[None]:
    """Django has replaced the machine's time zone with its TIME_ZONE: restore it meanwhile."""
    zone_of_django = os.environ.pop("TZ", None)
    os.environ.update(_zone_at_start())
    time.tzset()
    try:
        yield
    finally:
        os.environ.pop("TZ", None)
        if zone_of_django is not None:
            os.environ["TZ"] = zone_of_django
        time.tzset()


def _zone_at_start() -> dict[str, str]:
    """The variable TZ as the process inherited it. Only Linux tells; elsewhere the C library's default is used."""
    try:
        variables = _environment_at_start.read_bytes().split(b"\0")
    except OSError:
        return {}
    zones = [os.fsdecode(variable[3:]) for variable in variables if variable.startswith(b"TZ=")]
    return {"TZ": zones[0]} if zones and zones[0] else {}
