"""The plot of docs/speed.md: latency against load, as an SVG that follows the light or dark colour scheme."""

import math
import re
from collections.abc import Iterable, Mapping
from html import escape

from benchmarks.report import Medians

CLIENTS = 1000
WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 76, 124, 68, 56  # margins for the axes and the names
STYLE = """
  svg { --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --back: #ffffff; --a: #2a78d6; --b: #d9561f; --c: #128a5e }
  @media (prefers-color-scheme: dark) {
    svg { --ink: #f0f6fc; --soft: #9198a1; --line: #3d444d; --back: #0d1117; --a: #58a6ff; --b: #f0883e; --c: #3fb98a }
  }
  text { font: 13px system-ui, sans-serif; fill: var(--soft) }
  .title { font-size: 16px; font-weight: 600; fill: var(--ink) }
  .grid { stroke: var(--line); stroke-width: 1 }
  .back { fill: var(--back) }
  .line { fill: none; stroke-width: 2.25; stroke-linejoin: round; stroke-linecap: round }
  .tail { stroke-dasharray: 2 6 }
  .a { stroke: var(--a) } .b { stroke: var(--b) } .c { stroke: var(--c) }
  circle { stroke: var(--back); stroke-width: 1.5 }
  circle.a, text.a { fill: var(--a) } circle.b, text.b { fill: var(--b) } circle.c, text.c { fill: var(--c) }
  circle.a, circle.b, circle.c { stroke: var(--back) } text.a, text.b, text.c { stroke: none; font-weight: 600 }
"""
COLOURS = "abc"
Point = tuple[float, float]  # messages per second, milliseconds
Series = dict[str, tuple[list[Point], list[Point]]]  # by title: p50 and p99


def latency(found: Medians, titles: Mapping[str, str]) -> str | None:
    """p50 and p99 of each peer at 1000 clients; None if fewer than two loads were measured."""
    series = dict(list(_series(found, titles))[: len(COLOURS)])
    points = [point for pair in series.values() for line in pair for point in line]
    if len({rate for rate, _ in points}) < 2:
        return None
    return _svg(series, _Scale(points))


def _series(found: Medians, titles: Mapping[str, str]) -> Iterable[tuple[str, tuple[list[Point], list[Point]]]]:
    for name, title in titles.items():
        measured = sorted(
            (float(match[1]), values["p50_ms"], values["p99_ms"])
            for (part, case, peer), values in found.items()
            if part == "fanout" and peer == name and (match := re.fullmatch(rf"{CLIENTS} clients, (\d+)/s", case))
        )
        if measured:
            yield title, ([(rate, p50) for rate, p50, _ in measured], [(rate, p99) for rate, _, p99 in measured])


class _Scale:
    """Maps messages per second and milliseconds to coordinates in the plot. Both axes are logarithmic."""

    def __init__(self, points: list[Point]) -> None:
        rates, times = zip(*points, strict=True)
        self.rates = math.log10(min(rates)) - 0.05, math.log10(max(rates)) + 0.05
        self.times = math.floor(math.log10(max(min(times), 0.001))), math.ceil(math.log10(max(times)))

    def x(self, rate: float) -> float:
        low, high = self.rates
        return LEFT + (math.log10(rate) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(self, time: float) -> float:
        low, high = self.times
        return HEIGHT - BOTTOM - (math.log10(max(time, 0.001)) - low) / (high - low) * (HEIGHT - TOP - BOTTOM)


def _svg(series: Series, scale: _Scale) -> str:
    rates = sorted({rate for pair in series.values() for line in pair for rate, _ in line})
    names = ", ".join(series)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>Latency against load at {CLIENTS} clients: {escape(names)}</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="back" width="{WIDTH}" height="{HEIGHT}" rx="8"/>',
        _text(20, 28, f"Latency from send to delivery, {CLIENTS} clients in one room", "title"),
        _text(20, 48, "solid: p50; dotted: p99. Above 10 s a server falls behind and does not catch up"),
        *_time_axis(scale),
        *_rate_axis(scale, rates),
        *_lines(series, scale),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _time_axis(scale: _Scale) -> Iterable[str]:
    low, high = scale.times
    for power in range(low, high + 1):
        y = scale.y(10.0**power)
        yield f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
        yield _text(LEFT - 8, y + 4, _duration(power), anchor="end")


def _duration(power: int) -> str:
    """10**power milliseconds, as text."""
    return f"{10.0**power / 1000:g} s" if power >= 3 else f"{10.0**power:g} ms"


def _rate_axis(scale: _Scale, rates: list[float]) -> Iterable[str]:
    for rate in rates:
        yield f'<path class="grid" d="M{scale.x(rate):.1f} {HEIGHT - BOTTOM}v5"/>'
        yield _text(scale.x(rate), HEIGHT - BOTTOM + 20, f"{rate:g}", anchor="middle")
    yield _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, "messages per second, each to all clients", anchor="middle")


def _lines(series: Series, scale: _Scale) -> Iterable[str]:
    names: list[tuple[float, str, str]] = []
    for colour, (title, (p50, p99)) in zip(COLOURS, series.items(), strict=False):
        for points, kind in ((p99, "tail"), (p50, "middle")):
            path = "L".join(f"{scale.x(rate):.1f} {scale.y(time):.1f}" for rate, time in points)
            yield f'<path class="line {kind} {colour}" d="M{path}"/>'
        for rate, time in p50:
            yield f'<circle class="{colour}" cx="{scale.x(rate):.1f}" cy="{scale.y(time):.1f}" r="4"/>'
        names.append((scale.y(p50[-1][1]), title, colour))
    for y, title, colour in _spread(names):
        yield _text(WIDTH - RIGHT + 10, y + 4, title, colour)


def _spread(names: list[tuple[float, str, str]], min_distance: float = 18) -> Iterable[tuple[float, str, str]]:
    """Names at the ends of their lines, moved down where they would overlap."""
    previous = -math.inf
    for y, title, colour in sorted(names):
        previous = max(y, previous + min_distance)
        yield previous, title, colour


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    style = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{style}>{escape(text)}</text>'
