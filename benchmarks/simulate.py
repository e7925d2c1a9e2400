"""How far a plan carries, from what a message costs: python -m benchmarks.simulate [PLAN ...]

A discrete simulation. Messages arrive at random; each takes the way that docs/architecture.md describes, through
stations with a number of servers and a queue: the core of its process, a storage thread, the row of its room and
PostgreSQL, Redis, the cores of the other processes. The costs are measured CPU times; the network has no limit and no
delay. docs/scaling.md has where they come from, the results, and how far they are right.
"""

import argparse
import random
import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import NamedTuple

from benchmarks.report import align_columns
from benchmarks.stations import Clock, Station, Steps

MAX_DELAY_MS = 250  # a plan that carries delivers 99 of 100 messages faster
MESSAGES, SECONDS = 5_000, (1.0, 60.0)  # of one simulation; at least and at most so many seconds


@dataclass(frozen=True)
class Costs:
    """CPU microseconds on one core of the processes, of PostgreSQL and of Redis; and waits in milliseconds."""

    event: float = 24  # a command: received, numbered, encoded, rendered
    batch: float = 1230  # to a storage thread and back, system calls, event loop: once for all its events
    write: float = 7.7  # a batch to one connection
    copy: float = 0.1  # an event to one connection
    connection: float = 2  # a second, of which nothing comes
    commit_ms: float = 0.2  # until it is durable: no CPU
    sql_batch: float = 0  # in PostgreSQL
    sql_event: float = 0
    look: float = 0  # for each open room of a process, once a second: in the process, and in PostgreSQL
    sql_look: float = 0
    publish: float = 0  # a batch to other processes
    receive: float = 0  # a batch of another process, without its writes
    redis: float = 0  # a batch in Redis, and for each process that it is sent to
    redis_receiver: float = 0


JSON = Costs()
POSTGRESQL = replace(JSON, sql_batch=400, sql_event=8, look=1.5, sql_look=2.5)
BOTH = replace(POSTGRESQL, publish=150, receive=250, redis=20, redis_receiver=8)


class Rooms(NamedTuple):
    """So many rooms, with so many connections and messages per second in each."""

    count: int
    people: int
    rate: float


@dataclass(frozen=True)
class Plan:
    """What is to be carried, and by what. Connections go to processes at random, or each room to one process."""

    rooms: tuple[Rooms, ...]
    costs: Costs = JSON
    processes: int = 1
    threads: int = 32  # of a process: storage calls at once; with a database 16 connections
    shards: int = 1  # Redis servers, and as many PostgreSQL servers, each with a part of the rooms
    sql_cores: int = 4
    by_room: bool = False

    @property
    def connections(self) -> int:
        """Of all rooms."""
        return sum(each.count * each.people for each in self.rooms)

    @property
    def rate(self) -> float:
        """Messages per second, of all rooms."""
        return sum(each.count * each.rate for each in self.rooms)

    @property
    def open_rooms(self) -> float:
        """How many rooms have somebody in one process."""
        if self.by_room:
            return sum(each.count for each in self.rooms) / self.processes
        return sum(each.count * (1 - (1 - 1 / self.processes) ** each.people) for each in self.rooms)

    def times(self, factor: float) -> "Plan":
        """The same with more messages."""
        return replace(self, rooms=tuple(each._replace(rate=each.rate * factor) for each in self.rooms))


@dataclass
class Writer:
    """The group commit of a room in one process: when the messages that wait for the next batch arrived."""

    waiting: list[float] = field(default_factory=list)
    is_busy: bool = False


class Simulation:
    """`delays`: milliseconds of each message, until everybody in its own process has it, and in the others."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.costs = plan, plan.costs
        self.delays: dict[str, list[float]] = {"same process": [], "others": []}
        self.batches: list[int] = []  # events of each
        self.undelivered = 0  # messages times the processes that have people of the room
        self._random = random.Random(1)  # noqa: S311 - no secret
        self._clock = clock = Clock()
        idle = plan.connections / plan.processes * self.costs.connection + plan.open_rooms * self.costs.look
        looks = plan.processes * plan.open_rooms * self.costs.sql_look / plan.shards / plan.sql_cores
        self.stations = {
            "process": [Station(clock, 1, idle / 1e6) for _ in range(plan.processes)],
            "storage threads": [Station(clock, plan.threads) for _ in range(plan.processes)],
            "PostgreSQL": [Station(clock, plan.sql_cores, looks / 1e6) for _ in range(plan.shards)],
            "Redis": [Station(clock) for _ in range(plan.shards)],
        }
        self._rows: dict[tuple[int, int], Station] = defaultdict(partial(Station, clock))
        self._writers: dict[tuple[tuple[int, int], int], Writer] = defaultdict(Writer)
        self._people = cache(self._placed)
        clock.start(self._arrivals())
        clock.run_until(min(max(MESSAGES / plan.rate, SECONDS[0]), SECONDS[1]))

    def _placed(self, room: tuple[int, int]) -> Counter[int]:
        """How many people of a room are in each process."""
        if self.plan.by_room:
            return Counter({room[1] % self.plan.processes: self.plan.rooms[room[0]].people})
        return Counter(self._random.choices(range(self.plan.processes), k=self.plan.rooms[room[0]].people))

    def _arrivals(self) -> Steps:
        weights = [each.count * each.rate for each in self.plan.rooms]
        while True:
            yield self._random.expovariate(self.plan.rate)
            [kind] = self._random.choices(range(len(weights)), weights)
            room = kind, self._random.randrange(self.plan.rooms[kind].count)
            [home] = self._random.choices(*zip(*self._people(room).items(), strict=True))
            self._clock.start(self._message(room, home))

    def _message(self, room: tuple[int, int], home: int) -> Steps:
        writer, arrived = self._writers[room, home], self._clock.now
        self.undelivered += len(self._people(room)) if self.costs.redis else 1
        yield from self.stations["process"][home].use(self.costs.event)
        writer.waiting.append(arrived)
        if not writer.is_busy:
            writer.is_busy = True
            while writer.waiting:
                batch, writer.waiting = writer.waiting, []
                yield from self._commit(room, home, batch)
            writer.is_busy = False

    def _commit(self, room: tuple[int, int], home: int, batch: list[float]) -> Steps:
        costs, people = self.costs, self._people(room)
        self.batches.append(len(batch))
        yield from self.stations["process"][home].use(costs.batch)
        yield from self.stations["storage threads"][home].use(self._stored(room, len(batch)))
        yield from self._delivered(home, "same process", costs.publish, people[home], batch)
        if costs.redis:
            others = [process for process in people if process != home]
            self._clock.start(self._carried(room, others, batch))

    def _stored(self, room: tuple[int, int], events: int) -> Steps:
        commit = self._waited(self.costs.commit_ms)
        if not self.costs.sql_batch:
            yield from commit
            return
        work = self.costs.sql_batch + events * self.costs.sql_event
        server = self.stations["PostgreSQL"][room[1] % self.plan.shards]
        yield from self._rows[room].use(server.use(work), commit)

    def _waited(self, milliseconds: float) -> Steps:
        yield milliseconds / 1e3

    def _carried(self, room: tuple[int, int], others: list[int], batch: list[float]) -> Steps:
        work = self.costs.redis + self.costs.redis_receiver * (1 + len(others))  # its sender hears it too
        yield from self.stations["Redis"][room[1] % self.plan.shards].use(work)
        for process in others:
            here = self._people(room)[process]
            self._clock.start(self._delivered(process, "others", self.costs.receive, here, batch))

    def _delivered(self, process: int, who: str, cost: float, people: int, batch: list[float]) -> Steps:
        writes = people * (self.costs.write + len(batch) * self.costs.copy)
        yield from self.stations["process"][process].use(cost + writes)
        self.delays[who] += [1000 * (self._clock.now - arrived) for arrived in batch]
        self.undelivered -= len(batch)

    # Results

    def busiest(self) -> dict[str, Station]:
        """The station of each kind that has the most to do; kinds that nobody used are left out."""
        rows = {"a room's row": list(self._rows.values())}
        used = {name: stations for name, stations in (self.stations | rows).items() if any(s.visits for s in stations)}
        return {name: max(stations, key=lambda s: s.utilisation) for name, stations in used.items()}

    @property
    def carries(self) -> bool:
        """Whether the messages arrive in time, and not fewer than are sent."""
        delays = [delay for each in self.delays.values() for delay in each]
        return self.undelivered < len(delays) / 9 and quantile(delays, 99) < MAX_DELAY_MS


def headroom(plan: Plan) -> tuple[float, str]:
    """How many times its messages a plan carries, within a tenth; and what has the most to do at that load."""
    low, high = 0.0, 1.0
    while high < 1000 and Simulation(plan.times(high)).carries:
        low, high = high, 2 * high
    while high / max(low, 1e-3) > 1.1:
        middle = (low + high) / 2
        low, high = (middle, high) if Simulation(plan.times(middle)).carries else (low, middle)
    stations = Simulation(plan.times(max(low, 1e-3))).busiest()
    return low, max(stations, key=lambda name: stations[name].utilisation)


def quantile(values: list[float], percent: int) -> float:
    """The value below which so many percent are; infinite without values."""
    return statistics.quantiles(values, n=100)[percent - 1] if len(values) > 1 else float("inf")


_MACHINE = Plan((Rooms(2000, 10, 0.2),), BOTH, processes=8, threads=16, sql_cores=2)
_MILLION = Plan((Rooms(50_000, 20, 0.1),), BOTH, processes=200, threads=16, sql_cores=16)
PLANS = {
    "one-room": Plan((Rooms(1, 1000, 100),)),
    "small-rooms": Plan((Rooms(1000, 5, 0.2),)),
    "one-machine": _MACHINE,
    "hot-room": replace(_MACHINE, rooms=(*_MACHINE.rooms, Rooms(1, 4000, 20))),
    "million": _MILLION,
    "million-sharded": replace(_MILLION, shards=4, sql_cores=4),
    "million-by-room": replace(_MILLION, by_room=True),
}


def report(plan: Plan) -> str:
    """Tables of what is used, and for how long messages wait."""
    simulation = Simulation(plan)
    lines = [["", "utilisation", "wait ms"]]
    for name, station in simulation.busiest().items():
        lines.append([name, f"{station.utilisation:.0%}", f"{1000 * station.waited / station.visits:.1f}"])
    delays = [["delay ms", "median", "99 of 100"]]
    for who, found in simulation.delays.items():
        if found:
            delays.append([who, f"{quantile(found, 50):.1f}", f"{quantile(found, 99):.1f}"])
    factor, full = headroom(plan)
    about = f"{plan.connections:,} connections, {plan.rate:,.0f} messages/s, {plan.processes} processes"
    batches = f"{statistics.mean(simulation.batches):.1f} events in a batch"
    tables = f"{align_columns(lines)}\n{align_columns(delays)}"
    return f"{about}; {batches}\n{tables}\ncarries {factor:.2g} times these messages; then most is to do for: {full}"


def main() -> None:
    """Print what each plan needs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulate", description=__doc__)
    parser.add_argument("plans", nargs="*", choices=[*PLANS, "all"], default="all", help="of PLANS in the source")
    plans = parser.parse_args().plans
    for name in PLANS if "all" in plans else plans:
        print(f"{name}: {report(PLANS[name])}\n")


if __name__ == "__main__":
    main()
