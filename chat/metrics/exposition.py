"""Prometheus's text format, version 0.0.4. docs/decisions/0021 says why it is written here."""

import math
from collections.abc import Iterable

from chat.metrics.kinds import Family, Labels

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def encode(families: Iterable[Family]) -> str:
    """The body of an answer of /metrics."""
    return "".join(line for family in families for line in _lines(family))


def _lines(family: Family) -> Iterable[str]:
    yield f"# HELP {family.name} {_escaped(family.meaning)}\n"
    yield f"# TYPE {family.name} {family.kind}\n"
    for suffix, labels, value in family.samples:
        yield f"{family.name}{suffix}{_labels(labels)} {_value(value)}\n"


def _labels(labels: Labels) -> str:
    pairs = ",".join('{}="{}"'.format(name, _escaped(text).replace('"', '\\"')) for name, text in labels)
    return f"{{{pairs}}}" if pairs else ""


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _value(value: float) -> str:
    if math.isfinite(value):
        return repr(value + 0)  # a bool is a number
    return "NaN" if math.isnan(value) else ("+Inf" if value > 0 else "-Inf")
