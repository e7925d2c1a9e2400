"""A token bucket. Pure: the time is passed in, in seconds; nothing is raised, and nothing waits."""

ROUNDING = 1e-6  # tokens: without it a burst could end one token early, because times are rounded


class TokenBucket:
    """`rate` tokens per second on average, and `burst` of them without a pause. A rate of 0 is no limit.

    The state is one number, as in GCRA, so there is nothing to refill. `now * rate` is the number of tokens that were
    produced up to now; the bucket is full when that number reaches `spent + _offset`:

        missing tokens = max(0, spent + _offset - now * rate)

    `spent`: how many were ever spent here.
    """

    __slots__ = ("_max_missing", "_offset", "_rate", "burst", "spent")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self.burst = burst
        self._max_missing = burst - 1 + ROUNDING  # spending is allowed up to this many missing tokens
        self.spent = 0.0
        self._offset = 0.0  # counted in tokens, where one is exactly 1; in seconds one would be 1 / rate

    def consume(self, now: float, max_wait: float = 0.0) -> float:
        """Spend a token if it is there within `max_wait` seconds; returns the seconds until it is there.

        0.0: spent now. Up to `max_wait`: spent, and the caller waits that long. More: not spent.
        """
        if not (rate := self._rate):
            return 0.0
        missing, wait = self.spent + self._offset - now * rate, 0.0
        if missing < 0.0:  # not max(): this is done four times for every message
            self._offset -= missing
        elif missing > self._max_missing:
            wait = (missing - self._max_missing) / rate
            if wait > max_wait:
                return wait
        self.spent += 1.0
        return wait

    def charge(self, tokens: float) -> None:
        """Spend that many more, which may leave the bucket in debt; right after `consume`. Down to -1: give back."""
        self.spent += tokens

    def charge_elsewhere(self, tokens: float, now: float) -> None:
        """So many tokens were spent in another process."""
        self._missing(now)
        self._offset += tokens

    def _missing(self, now: float) -> float:
        """How many tokens are missing; none are produced in advance."""
        missing = self.spent + self._offset - now * self._rate
        self._offset -= min(0.0, missing)
        return max(0.0, missing)

    def block(self, now: float, seconds: float) -> None:
        """Have no token for this many seconds, and then one."""
        missing = self._missing(now)
        self.spent += max(0.0, seconds * self._rate + self._max_missing - missing)

    def is_full(self, now: float) -> bool:
        """Whether it is as good as a new one."""
        return not self._rate or self.spent + self._offset <= now * self._rate
