"""A token bucket. Pure: the time is passed in, in seconds; nothing is raised, and nothing waits."""

ROUNDING = 1e-6  # tokens: without it a burst could end one token early, because times are rounded


class TokenBucket:
    """`rate` tokens per second on average, and `burst` of them without a pause. A rate of 0 is no limit.

    The state is one number, as in GCRA, so there is nothing to refill. `now * rate` is the number of tokens that were
    produced up to now; the bucket is full when that number reaches `_full_at_count`:

        missing tokens = max(0, _full_at_count - now * rate)
    """

    __slots__ = ("_full_at_count", "_max_missing", "_rate")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._max_missing = burst - 1 + ROUNDING  # spending is allowed up to this many missing tokens
        self._full_at_count = 0.0  # counted in tokens, where one is exactly 1; in seconds one would be 1 / rate

    def consume(self, now: float, max_wait: float = 0.0) -> float:
        """Spend a token if it is there within `max_wait` seconds; returns the seconds until it is there.

        0.0: spent now. Up to `max_wait`: spent, and the caller waits that long. More: not spent.
        """
        if not (rate := self._rate):
            return 0.0
        produced, full_at, wait = now * rate, self._full_at_count, 0.0
        if full_at < produced:  # not max(): this is done four times for every message
            full_at = produced
        if full_at - produced > self._max_missing:
            wait = (full_at - produced - self._max_missing) / rate
            if wait > max_wait:
                return wait
        self._full_at_count = full_at + 1.0
        return wait

    def charge(self, tokens: float) -> None:
        """Spend that many more, which may leave the bucket in debt; right after `consume`. Down to -1: give back."""
        self._full_at_count += tokens

    def block(self, now: float, seconds: float) -> None:
        """Have no token for this many seconds, and then one."""
        self._full_at_count = max(self._full_at_count, (now + seconds) * self._rate + self._max_missing)

    def is_full(self, now: float) -> bool:
        """Whether it is as good as a new one."""
        return not self._rate or self._full_at_count <= now * self._rate
