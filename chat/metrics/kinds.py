"""Counters and histograms. Each is a plain number, or a few, until somebody reads /metrics."""

import time
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from threading import Lock
from typing import NamedTuple

Labels = tuple[tuple[str, str], ...]


class Sample(NamedTuple):
    """One line of the text format: what follows the name of the family, the labels, the value."""

    suffix: str
    labels: Labels
    value: float


class Family(NamedTuple):
    """One metric as it is exposed: name, type in Prometheus's words, what it means, and its samples."""

    name: str
    kind: str
    meaning: str
    samples: list[Sample]


def gauge(name: str, meaning: str, value: float) -> Family:
    """A number that goes up and down."""
    return Family(name, "gauge", meaning, [Sample("", (), value)])


class Counter:
    """A number that only grows. `value` is added to directly, and on the event loop only."""

    __slots__ = ("_meaning", "_name", "value")

    def __init__(self, name: str, meaning: str) -> None:
        self._name = name
        self._meaning = meaning
        self.value = 0

    def family(self) -> Family:
        """As it is now."""
        return Family(self._name, "counter", self._meaning, [Sample("", (), self.value)])


class LabelledCounter:
    """A number for each value of one label, which are few and known. On the event loop only."""

    __slots__ = ("_label", "_meaning", "_name", "_values")

    def __init__(self, name: str, meaning: str, label: str, values: Iterable[str] = ()) -> None:
        self._name = name
        self._meaning = meaning
        self._label = label
        self._values = dict.fromkeys(values, 0)

    def add(self, value: str, number: int = 1) -> None:
        """Count `number` more of a value."""
        self._values[value] = self._values.get(value, 0) + number

    def expect(self, values: Iterable[str]) -> None:
        """Expose these values from the start: Prometheus cannot see the first increase of a series that is new."""
        self._values = dict.fromkeys(values, 0) | self._values

    def __getitem__(self, value: str) -> int:
        return self._values.get(value, 0)

    def family(self) -> Family:
        """As it is now."""
        samples = [Sample("", ((self._label, value),), number) for value, number in self._values.items()]
        return Family(self._name, "counter", self._meaning, samples)


class Histogram:
    """How often a value was in each bucket. May be called in any thread.

    `bounds`: the upper bounds of the buckets, inclusive, in the metric's unit. A last one without a bound is added.
    """

    __slots__ = ("_bounds", "_counts", "_lock", "_meaning", "_name", "_sum")

    def __init__(self, name: str, meaning: str, bounds: Iterable[float]) -> None:
        self._name = name
        self._meaning = meaning
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self._sum = 0.0
        self._lock = Lock()

    def observe(self, value: float) -> None:
        """Count a value."""
        bucket = bisect_left(self._bounds, value)
        with self._lock:
            self._counts[bucket] += 1
            self._sum += value

    def timed(self) -> "_Timer":
        """Count the seconds that a `with` block takes, also if it raises."""
        return _Timer(self)

    @property
    def count(self) -> int:
        """How many values were counted."""
        return sum(self._counts)

    def samples(self, labels: Labels = ()) -> list[Sample]:
        """As it is now: cumulative buckets, sum and count."""
        with self._lock:
            counts, total = list(self._counts), self._sum
        samples, below = [], 0
        for bound, count in zip([*map(_number, self._bounds), "+Inf"], counts, strict=True):
            below += count
            samples.append(Sample("_bucket", (*labels, ("le", bound)), below))
        return [*samples, Sample("_sum", labels, total), Sample("_count", labels, below)]

    def family(self) -> Family:
        """As it is now."""
        return Family(self._name, "histogram", self._meaning, self.samples())


class _Timer:
    """A third of the cost of a `contextmanager`."""

    __slots__ = ("_begin", "_histogram")

    def __init__(self, histogram: Histogram) -> None:
        self._histogram = histogram

    def __enter__(self) -> None:
        self._begin = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._histogram.observe(time.perf_counter() - self._begin)


class LabelledHistogram:
    """A histogram for each value of one label."""

    __slots__ = ("_histograms", "_label", "_meaning", "_name")

    def __init__(self, name: str, meaning: str, bounds: Iterable[float], label: str, values: Iterable[str]) -> None:
        self._name = name
        self._meaning = meaning
        self._label = label
        self._histograms: Mapping[str, Histogram] = {value: Histogram(name, meaning, bounds) for value in values}

    def __getitem__(self, value: str) -> Histogram:
        return self._histograms[value]

    def family(self) -> Family:
        """As it is now."""
        samples = [sample for value, one in self._histograms.items() for sample in one.samples(((self._label, value),))]
        return Family(self._name, "histogram", self._meaning, samples)


def _number(value: float) -> str:
    return f"{value:g}"
