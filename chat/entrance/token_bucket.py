"""A token bucket. Pure: the time is passed in, in seconds; nothing is raised, and nothing waits."""

ROUNDING = 1e-6  # tokens: without it a burst could end one token early, because times are rounded


class TokenBucket:
    """`rate` tokens per second on average, and `burst` of them without a pause. A rate of 0 is no limit.

    The state is one number, as in GCRA: the time at which the bucket is full again. So there is nothing to refill.
    """

    __slots__ = ("_full_at", "_max_debt", "_rate")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._max_debt = burst - 1 + ROUNDING  # tokens that may be missing from a full bucket when one is spent
        self._full_at = 0.0  # in tokens (seconds x rate), where a token is exactly 1; in seconds it would be 1 / rate

    def consume(self, now: float, max_wait: float = 0.0) -> float:
        """Spend a token, and return the seconds until it is there.

        If that is more than `max_wait`, nothing is spent; without `max_wait`, a token was spent if the result is 0.0.
        """
        if not (rate := self._rate):
            return 0.0
        at, full_at, wait = now * rate, self._full_at, 0.0
        if full_at < at:  # not max(): this is done four times for every message
            full_at = at
        if full_at - at > self._max_debt:
            wait = (full_at - at - self._max_debt) / rate
            if wait > max_wait:
                return wait
        self._full_at = full_at + 1.0
        return wait

    def charge(self, tokens: int) -> None:
        """Spend that many, which may leave the bucket in debt; right after `consume`."""
        self._full_at += tokens

    def block(self, now: float, seconds: float) -> None:
        """Have no token for so long, and then one."""
        self._full_at = max(self._full_at, (now + seconds) * self._rate + self._max_debt)

    def is_full(self, now: float) -> bool:
        """Whether it is as good as a new one."""
        return not self._rate or self._full_at <= now * self._rate
