"""Which calls of a disk in memory fail: each function makes one that is asked before every call."""

from collections.abc import Callable
from itertools import count

Fault = Callable[[str], int | None]  # the call's name -> an errno, or None if it goes well
SHORT = 0  # in the place of an errno: a write takes a part, and returns its size


def no_fault(call: str) -> int | None:
    """No call fails."""
    return None


def always(*calls: str, reason: int) -> Fault:
    """Every call of these names fails."""
    return lambda call: reason if call in calls else None


def once(call: str, reason: int) -> Fault:
    """The next call of this name fails."""
    left = [reason]
    return lambda name: left.pop() if name == call and left else None


def both(*faults: Fault) -> Fault:
    """Several faults together."""
    return lambda call: next((reason for fault in faults if (reason := fault(call)) is not None), None)


def after(call: str, reason: int) -> Fault:
    """The next call of this name fails, and so does every call after it: nothing can be repaired."""
    begun: list[str] = []

    def fault(name: str) -> int | None:
        begun.extend([name] if name == call or begun else [])
        return reason if begun else None

    return fault


def at(number: int, reason: int, *, lasting: bool) -> Fault:
    """One call fails, counted from 0; if `lasting`, so does every call after it."""
    numbers = count()

    def fault(call: str) -> int | None:
        now = next(numbers)
        return reason if now == number or (lasting and now > number) else None

    return fault


def when(number: int, happens: Callable[[], None]) -> Fault:
    """No call fails, and `happens` is called before one of them, counted from 0."""
    numbers = count()

    def fault(call: str) -> int | None:
        if next(numbers) == number:
            happens()
        return None

    return fault
