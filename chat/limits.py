"""How fast one connection may speak."""

from chat.protocol import ErrorCode, ProtocolError


class TokenBucket:
    """`rate` frames per second on average, `burst` at once; a rate of 0 is no limit."""

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = float(burst)
        self._at = 0.0

    def take(self, now: float, client_id: str | None = None) -> None:
        """Spend one frame at a moment in seconds. Raises `ProtocolError` with the time to wait when there is none."""
        if not self._rate:
            return
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            wait = (1 - self._tokens) / self._rate
            raise ProtocolError(
                ErrorCode.RATE_LIMITED, seconds=wait, retry_after=round(wait, 3) + 0.001, client_id=client_id
            )
        self._tokens -= 1
