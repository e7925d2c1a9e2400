"""Measure chatsite against its peers: python -m benchmarks

Without arguments everything is measured five times. This takes three quarters of an hour, and nothing else should run
on the machine. The results are written to benchmarks/results/, with a plot beside them and tables on standard output.
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
BUSY_LOAD_AVERAGE = 0.5  # above it other work disturbs the measurements
SATURATED_CORE = 0.9  # share of the load generator's core


def main() -> int:
    """Prepare, measure, write the results, print the tables."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))  # leaves all blocks, which ends the servers
    machine.raise_file_limit()
    machine.BUILD.mkdir(exist_ok=True)
    load.build()
    plan = Plan(_peers(options), options.repeats or (1 if options.quick else 5), options.quick, not options.no_curve)
    started, about_machine = datetime.now(UTC), machine.describe()
    _warn(about_machine)
    measurements = _measure(plan, options.parts)
    path = options.output or _results_file(started, quick=options.quick)
    _write_results(path, plan, measurements, {"date": started.isoformat(timespec="seconds"), "machine": about_machine})
    _print_tables(path, measurements)
    return 1 if any(measured.note for measured in measurements) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="what to measure")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS), help="the peers to compare with")
    parser.add_argument("--base", type=Path, help="another checkout of chatsite, such as the parent commit, as a peer")
    parser.add_argument("--server", choices=["daphne", "serve"], default="daphne", help="how chatsite is started")
    parser.add_argument("--repeats", type=int, help="number of repeats (5)")
    parser.add_argument("--no-curve", action="store_true", help="only the loads that the claims need")
    parser.add_argument("--quick", action="store_true", help="a few minutes, as a smoke test; the figures are rough")
    parser.add_argument("--output", type=Path, help="file for the results, as JSON (benchmarks/results/<date>.json)")
    return parser.parse_args()


def _peers(options: argparse.Namespace) -> tuple[Peer, ...]:
    """chatsite, and the chosen peers that are available on this machine."""
    peers = [chatsite(options.server)]
    if options.base:
        peers.append(chatsite(options.server, options.base))
    for name in options.peers:
        try:
            PEERS[name].prepare()
            peers.append(PEERS[name])
        except Unavailable as error:
            _log(f"{name} is omitted: {error}")
    return tuple(peers)


def _warn(about_machine: dict[str, object]) -> None:
    if machine.SERVER_CORE == machine.LOAD_CORE:
        _log("the machine has one core: server and load generator share it, and the figures are not reliable")
    load_average = float(str(about_machine["load_average"]))
    if load_average > BUSY_LOAD_AVERAGE:
        _log(f"the machine is busy (load average {load_average}): the figures are not reliable")


def _measure(plan: Plan, parts: list[str]) -> list[Measurement]:
    measurements = []
    for part in parts:
        for measured in PARTS[part].run(plan):
            label = f"{part}: {measured.case}, {measured.peer}, {measured.repeat + 1} of {plan.repeats}"
            _log(f"{label}{measured.note and ': ' + measured.note}")
            if measured.values.get("load_cpu_share", 0) > SATURATED_CORE:
                _log("  the load generator's core was saturated: the server may be faster than this")
            measurements.append(measured)
    return measurements


def _results_file(started: datetime, *, quick: bool) -> Path:
    return machine.BUILD / "quick.json" if quick else RESULTS / f"{started:%Y-%m-%d-%H%M}.json"


def _write_results(path: Path, plan: Plan, measurements: list[Measurement], about: dict[str, object]) -> None:
    """Write all measurements, their medians, the versions and options of the run, and the plot beside them."""
    found = report.medians(measurements)
    versions = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    for peer in plan.peers:
        versions |= peer.versions()
    options = {"repeats": plan.repeats, "quick": plan.quick, "peers": [peer.name for peer in plan.peers]}
    medians = [{"part": part, "case": case, "peer": peer, **values} for (part, case, peer), values in found.items()]
    runs = [dataclasses.asdict(measured) for measured in measurements]
    header = {**about, "commit": machine.commit(), "versions": versions, "options": options}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**header, "medians": medians, "runs": runs}, indent=1) + "\n")
    svg = plot.latency(found, {peer.name: peer.title for peer in plan.peers})
    if svg:
        path.with_suffix(".svg").write_text(svg)


def _print_tables(path: Path, measurements: list[Measurement]) -> None:
    found = report.medians(measurements)
    for part in dict.fromkeys(measured.part for measured in measurements):
        print(f"\n{part.upper()}\n{report.table(part, PARTS[part].COLUMNS, found)}")
    print(f"\nCLAIMS\n{claims.table(found)}\n\n{path}")


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
