"""Presence: who is in a room, and under which name. Pure: time is passed in, and nothing is sent from here.

Names in a room are unique, and not confusable: a name belongs to its author while they are connected. A person who
reconnects within `GRACE_SECONDS` never left. Their name is reserved for that long if a cookie has it: without one the
same person returns as a new author, and could not have it. A name in a cookie that was taken is given back when it is
free. The name of the owner's commands is never given to anybody.

People of other processes are here too, as their processes claim them (chat/rooms/rosters.py). Each process gives names
to its own people only. Two processes may give confusable names at the same moment: then the person who joined later
gets another one, from their own process. So all processes agree in the end, in whatever order they hear of it.
"""

import time
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator

from chat.rooms.person import Claim, Person
from chat.rooms.used_names import UsedNames, alternatives, is_reserved
from chat.wire.protocol import MAX_MEMBERS, Member, PresenceFrame

PAUSE_SECONDS = 0.1  # between two frames about arrivals; longer in a large room, so that a frame has many of them
GRACE_SECONDS = 5.0  # without a connection before a person has left
_Place = tuple[int, str, Person]


def microseconds() -> int:
    """The wall clock, which all processes have in common."""
    return time.time_ns() // 1000


class People:
    """The people in one room, and the changes that clients were not told of yet.

    `unpublished`: the authors of whom other processes do not know how they are now; None while there is no other
    process.
    """

    def __init__(self, clock: Callable[[], int] = microseconds) -> None:
        self.version = 0  # counts the changes that were taken
        self.unpublished: dict[str, None] | None = None
        self._clock = clock
        self._last_moment = 0
        self._by_author: dict[str, Person] = {}
        self._order: list[_Place] = []  # by `since`
        self._members: list[Member] | None = None  # the first of them; None: to be made anew
        self._names = UsedNames()
        self._here: dict[Person, None] = {}
        self._joined: dict[Person, None] = {}
        self._left: list[Member] = []
        self._away: dict[Person, None] = {}
        self._waiting: dict[Person, None] = {}  # whose cookie has a name that is taken
        self._renamed: list[Person] = []  # who were given a name and not told of it yet

    def __len__(self) -> int:
        return len(self._by_author)

    def __contains__(self, author: str) -> bool:
        """Whether the author is in the room."""
        return author in self._by_author

    def get(self, author: str) -> Person | None:
        """The person of an author, if they are in the room."""
        return self._by_author.get(author)

    def everybody(self) -> PresenceFrame:
        """All people, for a client that missed changes."""
        return PresenceFrame(joined=[], left=[], members=self.members(), count=len(self))

    def members(self) -> list[Member]:
        """The first `MAX_MEMBERS`, in the order in which they joined. The same list until it changes."""
        if self._members is None:
            self._members = [person.member for _, _, person in self._order[:MAX_MEMBERS]]
        return self._members

    def _member_changes(self, person: Person) -> None:
        """A person changes: before they leave their place in the order, and once they have one."""
        if bisect_left(self._order, _place(person)) < MAX_MEMBERS:
            self._members = None

    # The people of this process

    @property
    def number_here(self) -> int:
        """How many people are connected to this process, or were a moment ago."""
        return len(self._here)

    def members_here(self) -> Iterator[Member]:
        """The people of this process, in the order in which they came."""
        return (person.member for person in self._here)

    def claims(self) -> Iterator[Claim]:
        """What this process tells the others: all of it."""
        return (person.claim for person in self._here)

    def claim_of(self, author: str) -> Claim | None:
        """What this process tells the others of an author; None if they are not here."""
        person = self._by_author.get(author)
        return person.claim if person and person.here else None

    def arrive(self, author: str, wanted: str, *, has_cookie: bool = False) -> Person:
        """Add a connection of an author, who gets the wanted name, with a number if it is taken."""
        person = self._by_author.get(author) or self._add(author, wanted)
        if not person.connections and wanted != person.wanted:  # chosen while they had no connection
            self.rename(person, wanted)
        person.has_cookie = has_cookie
        self._wait_for_name(person)
        if not person.here or (person.gone_at is not None and not has_cookie):
            person.here = True
            self._here[person] = None
            self._note(person)
        person.connections += 1
        person.gone_at = None
        self._away.pop(person, None)
        return person

    def _add(self, author: str, wanted: str) -> Person:
        self._last_moment = moment = max(self._clock(), self._last_moment + 1)
        return self._enter(Person(self._claim_name(wanted), author, wanted, named_at=moment, since=moment))

    def _enter(self, person: Person) -> Person:
        self._by_author[person.author] = person
        insort(self._order, _place(person))
        self._member_changes(person)
        self._names.add(person)
        self._joined[person] = None
        return person

    def _note(self, person: Person) -> None:
        """Other processes are to be told how a person is now."""
        if self.unpublished is not None:
            self.unpublished[person.author] = None

    def name_for(self, author: str, wanted: str) -> str:
        """The name under which an author speaks without a connection: the wanted one unless it is another person's."""
        person = self._by_author.get(author)
        return person.username if person and person.wanted == wanted else self._claim_name(wanted, person)

    def _claim_name(self, wanted: str, person: Person | None = None) -> str:
        """The wanted name, or a numbered one if it is taken. A person without connection and cookie loses theirs."""
        for name in alternatives(wanted):
            holders = self._names.holders(name) - {person}
            if not is_reserved(name) and all(holder.yields for holder in holders):
                for holder in holders:
                    self._forget(holder)
                return name
        raise AssertionError("the alternatives do not end")

    def _wait_for_name(self, person: Person) -> None:
        """Note whether the person is to be given a name when it is free."""
        if person.has_cookie and person.username != person.wanted and not is_reserved(person.wanted):
            self._waiting[person] = None
        else:
            self._waiting.pop(person, None)

    def depart(self, person: Person, now: float) -> None:
        """Remove a connection. With the last one the grace period begins."""
        person.connections -= 1
        if not person.connections:
            person.gone_at = now
            self._away[person] = None
            if not person.has_cookie:
                self._note(person)

    def rename(self, person: Person, wanted: str) -> None:
        """Give a person the wanted name, with a number if it is taken."""
        person.wanted = wanted
        person.named_at = max(self._clock(), person.named_at + 1)
        self._change_name(person, self._claim_name(wanted, person))
        self._wait_for_name(person)
        self._note(person)

    def _change_name(self, person: Person, name: str) -> None:
        if name == person.username:
            return
        if person not in self._joined:
            self._left.append(person.member)
        self._member_changes(person)
        self._names.remove(person)
        person.username = name
        self._names.add(person)
        self._joined[person] = None

    def _forget(self, person: Person) -> None:
        """Remove a person of this process, who stays if another process claims them."""
        if not person.here:
            return
        person.here = False
        del self._here[person]
        self._away.pop(person, None)
        self._waiting.pop(person, None)
        self._note(person)
        self._stay_or_leave(person)

    def _stay_or_leave(self, person: Person) -> None:
        """Clients are told of who leaves, even if not of the arrival: a welcome may have named them."""
        if person.here or person.elsewhere:
            return self._merge(person)
        self._member_changes(person)
        self._names.remove(person)
        del self._by_author[person.author], self._order[bisect_left(self._order, _place(person))]
        self._joined.pop(person, None)
        self._left.append(person.member)

    # The people of other processes

    def set_claim(self, process: str, claim: Claim) -> None:
        """Another process has a person, under this name."""
        person = self._by_author.get(claim.author)
        if person is None:
            person = self._enter(Person(claim.username, claim.author, claim.wanted, claim.named_at, claim.since))
        person.elsewhere[process] = claim
        self._merge(person)

    def drop_claim(self, process: str, author: str) -> None:
        """Another process does not have a person any more."""
        person = self._by_author.get(author)
        if person is not None and person.elsewhere.pop(process, None) is not None:
            self._stay_or_leave(person)

    def _merge(self, person: Person) -> None:
        """Make of everything that processes say of one person the same as every other process."""
        before = person.username, person.wanted, person.named_at, person.since
        claims = [*person.elsewhere.values(), *([person.claim] if person.here else [])]
        _, username, person.wanted, person.named_at, *_ = max(claims, key=_newest_name)
        self._set_since(person, min(claim.since for claim in claims))
        self._change_name(person, username)
        if person.here and before != (person.username, person.wanted, person.named_at, person.since):
            self._on_changed_elsewhere(person, before[0])
        self._settle(person)

    def _set_since(self, person: Person, since: int) -> None:
        if since != person.since:
            self._member_changes(person)
            del self._order[bisect_left(self._order, _place(person))]
            person.since = since
            insort(self._order, _place(person))
            self._member_changes(person)

    def _on_changed_elsewhere(self, person: Person, old_name: str) -> None:
        self._wait_for_name(person)
        self._note(person)
        if person.username != old_name:
            self._renamed.append(person)

    def _settle(self, person: Person) -> None:
        """Take the name from whoever of this process has one that a person who joined before them has."""
        for other in self._names.holders(person.username) - {person}:
            loser = max(person, other, key=lambda one: one.rank)
            if loser.here and loser.yields:
                self._forget(loser)
            elif loser.here:
                self.rename(loser, loser.wanted)
                self._renamed.append(loser)
            if loser is person:
                break

    # Changes

    def pop_changes(self, now: float) -> PresenceFrame | None:
        """The changes since the last call; a full list if they are more than `MAX_MEMBERS`. None if there are none."""
        # The same sum as in `seconds_until_changes`: with another one, rounding could make the timer fire for ever.
        for person in [away for away in self._away if (away.gone_at or 0) + GRACE_SECONDS <= now]:
            self._forget(person)
        self._give_names_back()
        joined = [person.member for person in self._joined]
        left, self._left = self._left, []
        self._joined.clear()
        if not joined and not left:
            return None
        self.version += 1
        if len(joined) + len(left) > MAX_MEMBERS:
            return self.everybody()
        return PresenceFrame(joined=joined, left=left, count=len(self))

    def _give_names_back(self) -> None:
        """Give those who wait for a name that is free now, in the order in which they came."""
        for person in list(self._waiting):
            if self._names.holders(person.wanted) <= {person}:
                self.rename(person, person.wanted)
                self._renamed.append(person)

    def pop_renamed(self) -> list[Person]:
        """Who were given another name since the last call, without having asked."""
        renamed, self._renamed = self._renamed, []
        return renamed

    def seconds_until_changes(self, now: float) -> float | None:
        """When to call `pop_changes` next; None while nothing can change."""
        pause = min(PAUSE_SECONDS + len(self) / 1000, GRACE_SECONDS)
        if self._joined or self._left or self.unpublished:
            return pause
        oldest = next(iter(self._away), None)
        return None if oldest is None else max(pause, (oldest.gone_at or now) + GRACE_SECONDS - now)


def _place(person: Person) -> _Place:
    return person.since, person.author, person


def _newest_name(claim: Claim) -> tuple[int, str, str]:
    return claim.named_at, claim.username, claim.wanted
