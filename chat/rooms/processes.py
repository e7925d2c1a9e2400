"""The other processes that serve the same rooms, as far as they have told of themselves. Pure: time is passed in.

Each process renews its lease every `LEASE_SECONDS`. One that was not heard of for `LEASE_ENDS_SECONDS` has ended, and
so have its connections; the same goes for one that told of its people and then never sent a lease. A lease also names
rooms in which the process has people, with the version of its roster (chat/rooms/rosters.py) and their number: those
that changed lately, and the others in turn, so a whole cycle names all.
"""

import itertools
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

LEASE_SECONDS = 7.0  # between two leases of a process
LEASE_ENDS_SECONDS = 23.0  # three leases were lost, or the process has ended
MAX_ROOMS = 80  # that one lease names: 7 KB at most


class RoomState(NamedTuple):
    """What a lease says of a room. `number`: how many people of the process are in it."""

    room: str
    version: int
    number: int


class PersonElsewhere(NamedTuple):
    """A person in a room of another process."""

    room: str
    name: str
    author: str
    username: str


@dataclass(slots=True)
class _Process:
    ends_at: float
    leases: int = -1  # how many it has sent
    cycle: int = -1
    is_cycle_whole: bool = False  # no lease of this cycle was lost
    rooms: dict[str, tuple[int, int]] = field(default_factory=dict)  # number of people, and cycle, by slug
    absent: set[str] = field(default_factory=set)  # rooms that the last whole cycle did not name
    people: list[PersonElsewhere] = field(default_factory=list)


class Processes:
    """This process, with an id of its own, and the others. `versions`: rising numbers for all its rosters."""

    def __init__(self) -> None:
        self.id = secrets.token_hex(6)
        self.versions = itertools.count(1)
        self.have_news = False  # somebody came into a room where this process had nobody: a lease is to say it soon
        self._others: dict[str, _Process] = {}
        self._mentioned: dict[str, float] = {}  # those without a lease yet, and when they count as ended

    def __len__(self) -> int:
        """How many others have told of themselves."""
        return len(self._others)

    def hear(self, process: str, seconds: float, now: float) -> bool:
        """Another process has renewed its lease for so many seconds; whether it is a new one."""
        self._mentioned.pop(process, None)
        known = self._others.get(process)
        if known is None:
            self._others[process] = _Process(now + seconds)
            return True
        known.ends_at = now + seconds
        return False

    def mention(self, process: str, now: float) -> None:
        """A process has told of its people. Its first lease was lost, is on its way, or will never come."""
        if process != self.id and process not in self._others:
            self._mentioned.setdefault(process, now + LEASE_ENDS_SECONDS)

    def postpone(self, seconds: float) -> None:
        """This process could not hear of others for so long: no lease may end because of it."""
        for process in self._others.values():
            process.ends_at += seconds
        self._mentioned = {name: ends_at + seconds for name, ends_at in self._mentioned.items()}

    def expire(self, now: float) -> list[str]:
        """Forget the processes whose lease has ended, or never came, and return them."""
        ends = {**self._mentioned, **{name: process.ends_at for name, process in self._others.items()}}
        ended = [name for name, ends_at in ends.items() if ends_at <= now]
        for name in ended:
            self._others.pop(name, None)
            self._mentioned.pop(name, None)
        return ended

    def take_rooms(self, name: str, lease: int, cycle: int, states: Iterable[RoomState]) -> bool:
        """Note what lease number `lease` of a process says of its rooms; whether a whole cycle has ended before it."""
        process = self._others[name]
        is_next = lease == process.leases + 1
        has_ended = is_next and cycle != process.cycle and process.is_cycle_whole
        if has_ended:
            oldest = process.cycle - 1
            process.rooms = {slug: kept for slug, kept in process.rooms.items() if kept[1] >= oldest}
        process.is_cycle_whole = is_next and (process.is_cycle_whole or cycle != process.cycle)
        process.leases, process.cycle = lease, cycle
        for state in states:
            if state.number:
                process.rooms[state.room] = state.number, cycle
            else:
                process.rooms.pop(state.room, None)
        return has_ended

    def left_rooms(self, name: str, rooms: Collection[str]) -> list[str]:
        """Of the rooms where people of a process are known: those that its last two whole cycles did not name."""
        process = self._others[name]
        absent = {slug for slug in rooms if slug not in process.rooms}
        left, process.absent = absent & process.absent, absent
        return sorted(left)

    def with_people_in(self, slug: str) -> list[str]:
        """The processes that have people in a room, by their leases."""
        return [name for name, process in self._others.items() if process.rooms.get(slug, (0, 0))[0]]

    def number_in(self, slug: str) -> int:
        """How many people other processes have in a room. Who is in two of them counts twice."""
        return sum(process.rooms.get(slug, (0, 0))[0] for process in self._others.values())

    def take_people(self, name: str, people: list[PersonElsewhere]) -> None:
        """Note the first people of a process."""
        if name in self._others:
            self._others[name].people = people

    def people(self) -> list[PersonElsewhere]:
        """The first people of every other process."""
        return [person for process in self._others.values() for person in process.people]


class Digest:
    """What the leases of this process say of its rooms: changed ones first, and the others in turn."""

    def __init__(self) -> None:
        self.cycle = 0
        self._remaining: dict[str, None] = {}  # to be named in this cycle
        self._told: dict[str, int] = {}  # the version that was named last

    @property
    def is_cycle_done(self) -> bool:
        """Whether every room was named in this cycle."""
        return not self._remaining

    def take(self, states: dict[str, RoomState]) -> list[RoomState]:
        """The states for the next lease. A new cycle begins when all rooms were named."""
        if not self._remaining:
            self.cycle += 1
            self._remaining = dict.fromkeys(slug for slug, state in states.items() if state.number)
        changed = (slug for slug, state in states.items() if state.version != self._told.get(slug, 0))
        chosen = list(itertools.islice(changed, MAX_ROOMS // 2))
        chosen += itertools.islice((slug for slug in self._remaining if slug not in chosen), MAX_ROOMS - len(chosen))
        for slug in chosen:
            self._remaining.pop(slug, None)
        self._told = {slug: version for slug, version in self._told.items() if slug in states}
        found = [states[slug] for slug in chosen if slug in states]
        self._told.update((state.room, state.version) for state in found)
        return found
