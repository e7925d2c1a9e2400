"""A dictionary that computes what it lacks."""

from collections.abc import Callable
from typing import TypeVar

Key = TypeVar("Key")


class Computed(dict[Key, str]):
    """Texts that are computed when they are first asked for: then they are as fast as a dictionary."""

    def __init__(self, compute: Callable[[Key], str]) -> None:
        super().__init__()
        self._compute = compute

    def __missing__(self, key: Key) -> str:
        value = self[key] = self._compute(key)
        return value
