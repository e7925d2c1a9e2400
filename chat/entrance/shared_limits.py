"""The limits of addresses over several processes: each tells the others what an address has used of its budgets.

Attack: an address spreads its connections over all processes, and so gets as many budgets as there are processes. So
what it spends in one process is missing in the others a second later. Until then it can have one burst in each; over a
longer time it gets what one process alone would give it, and per process what is too little to be told: a tenth of the
burst, and a tenth of the connections.

An address that uses little costs nothing. One message a second names `MAX_ADDRESSES` addresses at most.
"""

from collections.abc import Iterable, Mapping
from itertools import islice

from chat.entrance.limits import LIMITS, AddressRegistry

TOLD_SHARE = 0.1  # of a burst or of the connections: what is told at once, because less is too little
MAX_ADDRESSES = 100  # in one message: 12 KB at most; the others are in the next one
MAX_CROWDS = 50  # addresses with many connections: 3 KB
Usage = dict[str, dict[str, float]]  # tokens by address, and by position in LIMITS (as text, because it becomes JSON)


class SharedLimits:
    """What this process tells others of its addresses, and what they have told."""

    def __init__(self, registry: AddressRegistry) -> None:
        self._registry = registry
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
        """What addresses have spent since the last call, of those that have spent much."""
        return dict(islice(self._usages(), MAX_ADDRESSES))

    def _usages(self) -> Iterable[tuple[str, dict[str, float]]]:
        for limiter in self._registry.limiters():
            if limiter.seen == (activity := limiter.activity):
                continue
            limiter.seen, spent = activity, {}
            for position, limit in enumerate(LIMITS):
                bucket = limiter.buckets[limit]
                new = bucket.spent - limiter.told.get(limit, 0.0)
                if new >= bucket.burst * TOLD_SHARE:
                    spent[str(position)] = round(new, 1)
                    limiter.told[limit] = bucket.spent
            if spent:
                yield limiter.address, spent

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
        least = self._registry.most_connections * TOLD_SHARE
        return any(abs(told.get(each, 0) - crowds.get(each, 0)) >= least for each in {**told, **crowds})

    def take_crowds(self) -> dict[str, int]:
        """The addresses with many connections, and how many; the largest ones."""
        self._told_crowds = self._crowds()
        return self._told_crowds

    def _crowds(self) -> dict[str, int]:
        least = self._registry.most_connections * TOLD_SHARE
        if not least:
            return {}
        large = {one.address: one.connections for one in self._registry.limiters() if one.connections >= least}
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
