"""Puts off the reset of all clients while another process writes many events, such as an import.

Without this an import of a million messages would reset every screen twice a second. Pure but for the clock.
"""

from chat.entrance.loop_clock import loop_time

QUIET_SECONDS = 2.0  # without an event of another process; then the clients are reset
MAX_SECONDS = 10.0  # from the first one: another server, which this one could not follow, may never be quiet


class ResetDelay:
    """Whether the reset of one room's clients is to wait."""

    def __init__(self) -> None:
        self._began: float | None = None
        self._grew_at = 0.0
        self._last_id = 0

    @property
    def is_running(self) -> bool:
        """Whether a reset is put off."""
        return self._began is not None

    def must_wait(self, last_id: int) -> bool:
        """Begin, or go on. `last_id`: of the log, without the events of this process: only its growth counts."""
        now = loop_time()
        if self._began is None:
            self._began, self._last_id, self._grew_at = now, last_id, now
        elif last_id > self._last_id:
            self._last_id, self._grew_at = last_id, now
        return now - self._grew_at < QUIET_SECONDS and now - self._began < MAX_SECONDS

    def end(self) -> None:
        """The clients were reset, or do not need it any more."""
        self._began = None
