"""How much work one request does. Counted, not timed: the same request does the same work on every machine."""

from collections.abc import Callable

from chat.storage.yielding import let_others_run

MEBIBYTE, LINES, MESSAGES = 1, 1000, 100  # what counts as one: about a millisecond each
MAX_WORK = 300  # of one request: a room of three million messages, searched for a word that is nowhere


class Budget:
    """What is left of the work of one request. `pause` is called about once in a millisecond, in any thread."""

    def __init__(self, work: float = MAX_WORK, pause: Callable[[], None] = let_others_run) -> None:
        self.left = work
        self.pause = pause

    def spend(self, *, mebibytes: float = 0, lines: int = 0, messages: int = 0) -> None:
        """Count bytes of a cache that were searched, lines that were looked at, and messages that were read."""
        self.left -= mebibytes / MEBIBYTE + lines / LINES + messages / MESSAGES

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left."""
        return self.left <= 0
