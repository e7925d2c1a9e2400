"""Measure chatsite against its peers: python -m benchmarks

Without arguments everything is measured five times, which takes three quarters of an hour: nothing else should run
meanwhile.
Results go to benchmarks/results/, with a table on standard output and a plot beside it.
"""

import argparse
import dataclasses
import json
import platform
import signal
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import claims, load, machine, plot, report
from benchmarks.parts import PARTS
from benchmarks.peers import PEERS, Peer, Unavailable, chatsite
from benchmarks.plan import Measurement, Plan

RESULTS = machine.HERE / "results"
BUSY = 0.5  # load average from which a measurement is disturbed
FULL = 0.9  # of the load's core


def main() -> int:
    """Prepare, measure, write down, show."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))  # blocks are left, servers with them
    machine.raise_file_limit()
    machine.BUILD.mkdir(exist_ok=True)
    load.build()
    plan = Plan(_peers(options), options.repeats or (1 if options.quick else 5), options.quick, not options.no_curve)
    begun, about = datetime.now(UTC), machine.describe()
    _warn(about)
    measurements = _measure(plan, options.parts)
    path = options.output or _results_file(begun, quick=options.quick)
    _write(path, plan, measurements, {"date": begun.isoformat(timespec="seconds"), "machine": about})
    _show(path, measurements)
    return 1 if any(measured.note for measured in measurements) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="what to measure")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS), help="against whom")
    parser.add_argument("--server", choices=["daphne", "serve"], default="daphne", help="how chatsite is started")
    parser.add_argument("--repeats", type=int, help="how often (5)")
    parser.add_argument("--no-curve", action="store_true", help="only the loads that claims are made about")
    parser.add_argument(
        "--quick", action="store_true", help="a few minutes, to see that it works; the figures are rough"
    )
    parser.add_argument("--output", type=Path, help="where the results go, as JSON (benchmarks/results/<date>.json)")
    return parser.parse_args()


def _peers(options: argparse.Namespace) -> tuple[Peer, ...]:
    """chatsite, and those of the others that can be had."""
    found = [chatsite(options.server)]
    for name in options.peers:
        try:
            PEERS[name].prepare()
            found.append(PEERS[name])
        except Unavailable as error:
            _say(f"{name} is left out: {error}")
    return tuple(found)


def _warn(about: dict[str, object]) -> None:
    if machine.SERVER_CORE == machine.LOAD_CORE:
        _say("there is one core only: server and load share it, and the figures say little")
    if float(str(about["load_average"])) > BUSY:
        _say(f"the machine is busy (load average {about['load_average']}): the figures say little")


def _measure(plan: Plan, parts: list[str]) -> list[Measurement]:
    measurements = []
    for part in parts:
        for measured in PARTS[part].run(plan):
            place = f"{part}: {measured.case}, {measured.peer}, {measured.repeat + 1} of {plan.repeats}"
            _say(f"{place}{measured.note and ': ' + measured.note}")
            if measured.values.get("load_cpu_share", 0) > FULL:
                _say("  the load had no core to spare: the server may be faster than this")
            measurements.append(measured)
    return measurements


def _results_file(begun: datetime, *, quick: bool) -> Path:
    return machine.BUILD / "quick.json" if quick else RESULTS / f"{begun:%Y-%m-%d-%H%M}.json"


def _write(path: Path, plan: Plan, measurements: list[Measurement], about: dict[str, object]) -> None:
    """Everything that was measured, and what it was measured with; the plot lies beside it."""
    found = report.medians(measurements)
    versions = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    for peer in plan.peers:
        versions |= peer.versions()
    options = {"repeats": plan.repeats, "quick": plan.quick, "peers": [peer.name for peer in plan.peers]}
    medians = [{"part": part, "case": case, "peer": peer, **values} for (part, case, peer), values in found.items()]
    runs = [dataclasses.asdict(measured) for measured in measurements]
    whole = {**about, "commit": machine.commit(), "versions": versions, "options": options}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**whole, "medians": medians, "runs": runs}, indent=1) + "\n")
    picture = plot.latency(found, {peer.name: peer.title for peer in plan.peers})
    if picture:
        path.with_suffix(".svg").write_text(picture)


def _show(path: Path, measurements: list[Measurement]) -> None:
    found = report.medians(measurements)
    for part in dict.fromkeys(measured.part for measured in measurements):
        print(f"\n{part.upper()}\n{report.table(part, PARTS[part].COLUMNS, found)}")
    print(f"\nCLAIMS\n{claims.judged(found)}\n\n{path}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
