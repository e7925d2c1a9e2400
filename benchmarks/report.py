"""Medians of the repeats, ratios against chatsite, tables for people."""

import statistics
from collections.abc import Iterable, Mapping, Sequence

from benchmarks.plan import Column, Measurement

Medians = dict[tuple[str, str, str], dict[str, float]]  # by part, case and peer
ADDED_UP = {"lost", "doubled", "out_of_order", "failed", "closed_early"}  # one is one too many: no median hides it


def medians(measurements: Iterable[Measurement]) -> Medians:
    """Over the repeats of each case; losses and their like are added up instead."""
    gathered: dict[tuple[str, str, str], dict[str, list[float]]] = {}
    for measured in measurements:
        if measured.note:
            continue
        into = gathered.setdefault((measured.part, measured.case, measured.peer), {})
        for key, value in measured.values.items():
            into.setdefault(key, []).append(value)
    return {
        place: {key: sum(found) if key in ADDED_UP else statistics.median(found) for key, found in values.items()}
        for place, values in gathered.items()
    }


def table(part: str, columns: Sequence[Column], found: Medians) -> str:
    """One part as text: a line for each case and peer."""
    lines = [["", *(column.heading for column in columns)]]
    case_before = ""
    for (its_part, case, peer), values in sorted(found.items(), key=lambda item: _order(item[0], list(found))):
        if its_part != part:
            continue
        if case != case_before:
            lines.append([case])
            case_before = case
        lines.append([f"  {peer}", *(_shown(values, column) for column in columns)])
    return aligned(lines)


def _order(place: tuple[str, str, str], places: list[tuple[str, str, str]]) -> tuple[int, int]:
    """Cases, and peers in them, in the order in which they were measured first."""
    cases = list(dict.fromkeys((part, case) for part, case, _ in places))
    return cases.index(place[:2]), places.index(place)


def _shown(values: Mapping[str, float], column: Column) -> str:
    return format(values[column.key], column.format) if column.key in values else "-"


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """Columns side by side: the first to the left, numbers to the right."""
    widths = [max(len(line[at]) for line in lines if len(line) > max(at, 1)) for at in range(max(map(len, lines)))]
    return "\n".join(_line(line, widths) for line in lines)


def _line(line: Sequence[str], widths: Sequence[int]) -> str:
    if len(line) == 1:
        return line[0]
    first, *rest = zip(line, widths, strict=True)
    return "  ".join([f"{first[0]:{first[1]}}", *(f"{text:>{width}}" for text, width in rest)])
