"""The limits of addresses over several processes: each tells the others what an address has used of its budgets.

Attack: an address spreads its connections over all processes, and so gets as many budgets as there are processes. So
what it spends in one process is missing in the others a second later. Until then it can have one burst in each; over a
longer time it gets what one process alone would give it, and per process what is too little to be told: a tenth of the
burst, and a tenth of the connections.

An address that uses little costs nothing. One message a second names `MAX_ADDRESSES` addresses at most. Of more than
`MAX_LOOKS` addresses each comes in its turn, so they are told some seconds later and not at a higher cost.
"""

from collections.abc import Mapping
from itertools import islice

from chat.entrance.limits import CROWD_SHARE, LIMITS, AddressLimiter, AddressRegistry

TOLD_SHARE = 0.1  # of a burst: what is told at once, because less is too little
MAX_LOOKS = 1000  # addresses a second: 2 ms if all are active, half a millisecond if none is
MAX_ADDRESSES = 100  # in one message: 12 KB at most; the others are in the next one
MAX_CROWDS = 50  # addresses with many connections: 3 KB
Usage = dict[str, dict[str, float]]  # tokens by address, and by position in LIMITS (as text, because it becomes JSON)


class SharedLimits:
    """What this process tells others of its addresses, and what they have told."""

    def __init__(self, registry: AddressRegistry) -> None:
        self._registry = registry
        self._round: list[AddressLimiter] = []  # those whose turn is still to come
        self._connections: dict[str, dict[str, int]] = {}  # of each other process, by address
        self._told_crowds: dict[str, int] = {}

    def skip_usage(self) -> None:
        """There is nobody to tell of what was spent up to now."""
        for limiter in self._registry.limiters():
            limiter.told.clear()
            for limit, bucket in limiter.buckets.items():
                if bucket.spent:
                    limiter.told[limit] = bucket.spent

    def take_usage(self) -> Usage:
        """What addresses have spent since they were looked at last, of those that have spent much."""
        usage: Usage = {}
        if not self._round:
            self._round = list(self._registry.limiters())
        for _ in range(min(len(self._round), MAX_LOOKS)):
            limiter = self._round.pop()
            if limiter.seen != (activity := limiter.activity):
                limiter.seen = activity
                if spent := self._take_spent(limiter):
                    usage[limiter.address] = spent
                    if len(usage) == MAX_ADDRESSES:
                        break
        return usage

    def _take_spent(self, limiter: AddressLimiter) -> dict[str, float]:
        spent: dict[str, float] = {}
        for position, limit in enumerate(LIMITS):
            bucket = limiter.buckets[limit]
            new = bucket.spent - limiter.told.get(limit, 0.0)
            if new >= bucket.burst * TOLD_SHARE:
                spent[str(position)] = round(new, 1)
                limiter.told[limit] = bucket.spent
        return spent

    def charge(self, usage: Usage, now: float) -> None:
        """Another process has told what addresses have spent there."""
        for address, spent in islice(usage.items(), MAX_ADDRESSES):
            buckets = self._registry.get(address, now).buckets
            for position, tokens in spent.items():
                if int(position) < len(LIMITS):  # a newer version may have more
                    buckets[LIMITS[int(position)]].charge_elsewhere(tokens, now)

    @property
    def have_crowds_changed(self) -> bool:
        """Whether the connections of an address are much more, or much fewer, than others were told."""
        told, crowds = self._told_crowds, self._crowds()
        least = self._registry.most_connections * CROWD_SHARE
        return any(abs(told.get(each, 0) - crowds.get(each, 0)) >= least for each in {**told, **crowds})

    def take_crowds(self) -> dict[str, int]:
        """The addresses with many connections, and how many; the largest ones."""
        self._told_crowds = self._crowds()
        return self._told_crowds

    def _crowds(self) -> dict[str, int]:
        large = {address: limiter.connections for address, limiter in self._registry.crowds.items()}
        return dict(sorted(large.items(), key=lambda pair: -pair[1])[:MAX_CROWDS])

    def set_crowds(self, process: str, crowds: Mapping[str, int]) -> None:
        """Another process has so many connections of these addresses, and few of all others."""
        self._registry.elsewhere.subtract(self._connections.pop(process, {}))
        self._connections[process] = dict(crowds)
        self._registry.elsewhere.update(crowds)
        self._registry.elsewhere = +self._registry.elsewhere  # without those that are 0

    def drop(self, process: str) -> None:
        """Another process has ended, and its connections with it."""
        self.set_crowds(process, {})
        del self._connections[process]
