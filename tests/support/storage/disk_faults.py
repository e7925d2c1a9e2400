"""When a disk in memory fails: each of these makes a function that is asked before every call."""

from collections.abc import Callable
from itertools import count

Trouble = Callable[[str], int | None]  # the call's name -> an errno, or None if it goes well
SHORT = 0  # in place of an errno: a write takes a part, and says so


def none(call: str) -> int | None:
    """All is well."""
    return None


def always(*calls: str, reason: int) -> Trouble:
    """Trouble at every call of these names."""
    return lambda call: reason if call in calls else None


def once(call: str, reason: int) -> Trouble:
    """Trouble at the next call of this name."""
    left = [reason]
    return lambda name: left.pop() if name == call and left else None


def both(*troubles: Trouble) -> Trouble:
    """Every one of these, each as it comes about."""
    return lambda call: next((reason for trouble in troubles if (reason := trouble(call)) is not None), None)


def after(call: str, reason: int) -> Trouble:
    """Trouble at the next call of this name, and at every call that follows: nothing can be mended."""
    begun: list[str] = []

    def trouble(name: str) -> int | None:
        begun.extend([name] if name == call or begun else [])
        return reason if begun else None

    return trouble


def at(number: int, reason: int, *, lasting: bool) -> Trouble:
    """Trouble at one call, counted from 0, or at it and all that follow."""
    numbers = count()

    def trouble(call: str) -> int | None:
        now = next(numbers)
        return reason if now == number or (lasting and now > number) else None

    return trouble


def when(number: int, happens: Callable[[], None]) -> Trouble:
    """Something else happens before one call, counted from 0."""
    numbers = count()

    def trouble(call: str) -> int | None:
        if next(numbers) == number:
            happens()
        return None

    return trouble
