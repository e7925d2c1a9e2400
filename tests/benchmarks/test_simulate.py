"""The simulation agrees with runs that were measured, and its stations with the theory of queues."""

import json
import random
import re
import shutil
import sys
from dataclasses import replace
from typing import Any

import pytest

from benchmarks import costs, load
from benchmarks.costs import Case
from benchmarks.machine import HERE
from benchmarks.simulate import BOTH, JSON, PLANS, Plan, Rooms, Simulation, headroom, main, quantile, report
from benchmarks.stations import Clock, Station, Steps

RECORDED = json.loads((HERE / "results/2026-11-25-2255.json").read_text())["medians"]  # an idle machine
FANOUT = [run for run in RECORDED if run["part"] == "fanout" and run["peer"] == "chatsite"]


ENGINES = (HERE / "results/2026-12-01-costs.txt").read_text()  # another machine, idle
FILES, SCALED = (part.splitlines() for part in ENGINES.split("PostgreSQL and Redis"))
COSTED = [
    (kind, *map(int, found.groups()))
    for kind, lines in (("files", FILES), ("scaled", SCALED))
    for line in lines
    if (found := re.match(r"(\d+) x (\d+), (\d+)/s +(\d+) +0 +(\d+) ", line))
]


def agree(predicted: float, measured: float, factor: float) -> bool:
    return measured / factor < predicted < measured * factor


# What was measured


@pytest.mark.parametrize("run", FANOUT, ids=lambda run: run["case"])
def test_utilisation_and_delay_of_one_room_are_as_measured(run: dict[str, Any]) -> None:
    people, rate = (float(word) for word in run["case"].removesuffix("/s").split(" clients, "))
    simulation = Simulation(Plan((Rooms(1, int(people), rate),)))
    assert agree(simulation.busiest()["process"].utilisation, run["server_cpu_share"], 1.2)
    assert agree(quantile(simulation.delays["same process"], 50), run["p50_ms"], 1.35)


@pytest.mark.parametrize(("kind", "rooms", "people", "rate", "process", "sql"), COSTED)
def test_cpu_of_a_process_and_of_postgresql_is_as_measured(
    kind: str, rooms: int, people: int, rate: int, process: int, sql: int
) -> None:
    is_scaled = kind == "scaled"
    simulation = Simulation(Plan((Rooms(rooms, people, rate / rooms),), BOTH if is_scaled else JSON, sql_cores=1))
    busiest = simulation.busiest()
    assert agree(busiest["process"].utilisation, process * rate / 1e6, 1.6)
    assert ("PostgreSQL" in busiest) == is_scaled
    assert not is_scaled or agree(busiest["PostgreSQL"].utilisation, sql * rate / 1e6, 2)


def test_cpu_of_two_processes_and_of_redis_is_as_measured() -> None:
    [(process, other, redis)] = re.findall(r"^100 x 5, 100/s, twice +(\d+) +(\d+) +\d+ +(\d+)$", ENGINES, re.MULTILINE)
    [idle] = [line.split()[-1] for line in FILES if line.startswith("100 x 5, 100/s ")]
    stations = Simulation(Plan((Rooms(100, 10, 1),), BOTH, processes=2)).stations
    together = sum(station.utilisation for station in stations["process"])
    assert agree(together, (int(process) + int(other)) * 100 / 1e6, 1.5)
    assert agree(stations["Redis"][0].utilisation, (int(redis) - int(idle)) * 100 / 1e6, 2)


@pytest.mark.skipif(sys.platform != "linux" or shutil.which("cc") is None, reason="the load generator needs both")
def test_a_run_on_this_machine_takes_what_is_predicted_within_a_factor_of_three() -> None:
    case = Case(rooms=40, people=5, rate=80)  # small rooms: what else runs here does not make the batches larger
    with costs.Server(costs.chatsite_in({})) as server:
        clients = {"clients": case.rooms * case.people, "senders": case.rooms * case.people, "rooms": case.rooms}
        found = load.run("fanout", **server.load_options, **clients, rate=case.rate, duration=3, warmup=1)
    simulation = Simulation(Plan((Rooms(case.rooms, case.people, case.rate / case.rooms),)))
    assert found["lost"] == 0
    measured = found["cpu_us_per_delivery"] * case.people * case.rate / 1e6
    assert agree(simulation.busiest()["process"].utilisation, measured, 3)


# The stations


@pytest.mark.parametrize("servers", [1, 2])
def test_utilisation_and_waiting_are_those_of_the_theory(servers: int) -> None:
    clock, rng = Clock(), random.Random(1)  # noqa: S311 - no secret
    station = Station(clock, servers)

    def arrivals() -> Steps:
        while True:
            yield rng.expovariate(servers * 50)
            clock.start(station.use(10_000))

    clock.start(arrivals())
    clock.run_until(400)
    wait_ms = {1: 5.0, 2: 1.76}[servers]  # M/D/1: half the service time at half the load; M/D/2 from tables
    assert station.utilisation == pytest.approx(0.5, rel=0.03)
    assert 1000 * station.waited / station.visits == pytest.approx(wait_ms, rel=0.1)


def test_work_in_the_background_slows_the_rest_down() -> None:
    clock = Clock()
    station = Station(clock, background=0.5)
    clock.start(station.use(100_000))
    clock.run_until(1)
    assert station.utilisation == pytest.approx(0.6)  # 0.1 s of work took 0.2 s


# Plans


def test_batches_grow_with_the_load_instead_of_the_delays() -> None:
    slow, fast = (Simulation(Plan((Rooms(1, 1000, rate),))) for rate in (100, 4000))
    assert max(fast.batches) > 10 * max(slow.batches)
    assert fast.carries
    assert not Simulation(Plan((Rooms(1, 1000, 12_000),))).carries


def test_a_plan_that_falls_behind_does_not_carry_although_the_delays_are_short_so_far() -> None:
    assert Simulation(PLANS["million"]).carries
    assert not Simulation(PLANS["million"].times(1.35)).carries


def test_a_message_to_two_processes_is_carried_and_delivered_once_in_each() -> None:
    simulation = Simulation(Plan((Rooms(1, 100, 10),), BOTH, processes=2))
    assert abs(len(simulation.delays["same process"]) - len(simulation.delays["others"])) <= 1
    assert simulation.undelivered <= 4
    assert set(simulation.busiest()) == {"process", "storage threads", "PostgreSQL", "Redis", "a room's row"}


@pytest.mark.parametrize(
    ("plan", "full"),
    [
        (Plan((Rooms(1000, 5, 0.2),)), "process"),
        (PLANS["million"], "Redis"),
        (replace(PLANS["one-machine"], costs=replace(BOTH, sql_batch=20_000)), "PostgreSQL"),
        (Plan((Rooms(1, 16, 100),), replace(BOTH, commit_ms=10), processes=8), "a room's row"),
        (Plan((Rooms(5000, 2, 0.1),), replace(JSON, commit_ms=50), threads=4), "storage threads"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_full_first_is_named(plan: Plan, full: str) -> None:
    stations = Simulation(plan).busiest()
    assert max(stations, key=lambda name: stations[name].utilisation) == full


def test_rooms_that_keep_to_one_process_cross_redis_to_nobody() -> None:
    spread = Plan((Rooms(100, 20, 1),), BOTH, processes=10)
    at_random, by_room = (Simulation(plan) for plan in (spread, replace(spread, by_room=True)))
    assert at_random.delays["others"]
    assert not by_room.delays["others"]
    assert by_room.stations["Redis"][0].utilisation < at_random.stations["Redis"][0].utilisation / 2
    assert by_room.stations["process"][0].utilisation < at_random.stations["process"][0].utilisation


def test_headroom_is_where_the_busiest_station_is_full() -> None:
    plan = Plan((Rooms(1000, 5, 0.2),))
    used = Simulation(plan).busiest()["process"].utilisation
    factor, full = headroom(plan)
    assert full == "process"
    assert 0.85 < factor * used < 1.15


@pytest.mark.parametrize(("arguments", "names"), [([], ["small-rooms", "hot-room"]), (["hot-room"], ["hot-room"])])
def test_plans_are_named_and_without_a_name_all_are_reported(
    arguments: list[str],
    names: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Regression: without a name the program ended with an error of argparse."""
    monkeypatch.setattr("sys.argv", ["simulate", *arguments])
    for name in [*PLANS]:
        if name not in {"small-rooms", "hot-room"}:
            monkeypatch.delitem(PLANS, name)
    monkeypatch.setattr("benchmarks.simulate.report", lambda plan: f"{plan.connections} connections")
    main()
    assert [line.partition(":")[0] for line in capsys.readouterr().out.splitlines() if line] == names


def test_a_report_says_what_is_used_and_how_far_it_carries() -> None:
    text = report(PLANS["small-rooms"])
    assert "5,000 connections, 200 messages/s" in text
    assert "carries" in text
