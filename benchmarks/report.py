"""Medians of the repeats, and tables of them."""

import statistics
from collections.abc import Iterable, Mapping, Sequence

from benchmarks.plan import Column, Measurement

Key = tuple[str, str, str]  # part, case and peer
Medians = dict[Key, dict[str, float]]
SUMMED = {"lost", "doubled", "out_of_order", "failed", "closed_early"}  # a median would hide a single loss


def medians(measurements: Iterable[Measurement]) -> Medians:
    """The median of each value over the repeats of each case; the values in SUMMED are summed instead."""
    gathered: dict[Key, dict[str, list[float]]] = {}
    for measured in measurements:
        if measured.note:
            continue
        values = gathered.setdefault((measured.part, measured.case, measured.peer), {})
        for name, value in measured.values.items():
            values.setdefault(name, []).append(value)
    return {
        key: {name: sum(repeats) if name in SUMMED else statistics.median(repeats) for name, repeats in values.items()}
        for key, values in gathered.items()
    }


def table(part: str, columns: Sequence[Column], found: Medians) -> str:
    """One part as text: a line for each case and peer."""
    lines = [["", *(column.heading for column in columns)]]
    previous_case = ""
    for (its_part, case, peer), values in sorted(found.items(), key=lambda item: _order(item[0], list(found))):
        if its_part != part:
            continue
        if case != previous_case:
            lines.append([case])
            previous_case = case
        lines.append([f"  {peer}", *(_format(values, column) for column in columns)])
    return align_columns(lines)


def _order(key: Key, keys: list[Key]) -> tuple[int, int]:
    """Cases, and the peers in each case, in the order in which they were measured first."""
    cases = list(dict.fromkeys((part, case) for part, case, _ in keys))
    return cases.index(key[:2]), keys.index(key)


def _format(values: Mapping[str, float], column: Column) -> str:
    return format(values[column.key], column.format) if column.key in values else "-"


def align_columns(lines: Sequence[Sequence[str]]) -> str:
    """Lines of cells as text: the first column aligned left, the others right. A single cell is a heading."""
    widths = [max(len(line[at]) for line in lines if len(line) > max(at, 1)) for at in range(max(map(len, lines)))]
    return "\n".join(_align(line, widths) for line in lines)


def _align(line: Sequence[str], widths: Sequence[int]) -> str:
    if len(line) == 1:
        return line[0]
    first, *others = zip(line, widths, strict=True)
    return "  ".join([f"{first[0]:{first[1]}}", *(f"{text:>{width}}" for text, width in others)])
