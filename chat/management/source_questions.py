"""What only the owner knows about an export: the zone of its clock, and the order of its dates.

Asked on a terminal; without one it is an error that says which option answers it.
"""

import sys
from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo, available_timezones

from django.core.management.base import CommandError

from chat.history.importers.times import DateOrder, OpenDateOrder, ordered_date, split_date
from chat.management.owner_command import USAGE, OwnerCommand

Answer = TypeVar("Answer")

EXAMPLE_ZONES = ("Europe/Berlin", "America/New_York")
_noon = datetime(2024, 7, 1, 12, tzinfo=ZoneInfo("UTC"))


def zone_named(text: str) -> ZoneInfo:
    """A zone by its name, in small letters too. Raises CommandError."""
    try:
        return ZoneInfo(next((name for name in available_timezones() if name.lower() == text.lower()), text))
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        examples = " or ".join(EXAMPLE_ZONES)
        raise CommandError(f"{text!r} is no time zone: say a name such as {examples}.", returncode=USAGE) from None


def ask_zone(command: OwnerCommand, source: str) -> ZoneInfo:
    """The zone of an export whose times have none. Raises CommandError."""
    text = f"The times in {source} are local ones, without a zone: {_zone_examples()}."
    if not sys.stdin.isatty():
        raise CommandError(f"{text} Say which with --timezone.", returncode=USAGE)
    return _ask(command, f"{text} Type the zone of the machine that wrote them: ", zone_named)


def _zone_examples() -> str:
    """Two zones, and what each makes of the same time."""
    texts = []
    for name in EXAMPLE_ZONES:
        utc = _noon.replace(tzinfo=ZoneInfo(name)).astimezone(ZoneInfo("UTC"))
        texts.append(f"with {name}, 12:00 on 1 July is {utc:%H:%M} UTC")
    return "; ".join(texts)


def ask_date_order(command: OwnerCommand, question: OpenDateOrder) -> DateOrder:
    """The order of dates that can be read in several ways. Raises CommandError."""
    examples = "; ".join(f"with {order} it is {_date_text(question.example, order)}" for order in question.orders)
    text = f"{question.place} has the date {question.example}, and no line says which part is the day: {examples}."
    if not sys.stdin.isatty():
        raise CommandError(f"{text} Say which with --date-order.", returncode=USAGE)
    choices = " or ".join(question.orders)

    def order_named(text: str) -> DateOrder:
        for order in question.orders:
            if text.lower() == order:
                return order
        raise CommandError(f"{text!r} is none of them: type {choices}.", returncode=USAGE)

    return _ask(command, f"{text} Type {choices}: ", order_named)


def _date_text(example: str, order: DateOrder) -> str:
    try:
        found = date(*ordered_date(split_date(example), order))
    except ValueError:
        return "no date"
    return f"{found.day} {found:%B %Y}"


def _ask(command: OwnerCommand, text: str, understood: Callable[[str], Answer]) -> Answer:
    """Ask until the answer is understood, or there is none. `understood` raises CommandError."""
    while True:
        command.stdout.flush()
        command.stderr.write(text, style_func=str, ending="")
        command.stderr.flush()
        line = sys.stdin.readline()
        try:
            return understood(line.strip())
        except CommandError as error:
            if not line:
                raise
            command.stderr.write(str(error))
