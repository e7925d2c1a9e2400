"""Presence: who is in a room, and under which name. Pure: time is passed in, and nothing is sent from here.

Names in a room are unique, and not confusable: a name belongs to its author while they are connected. A person who
reconnects within `GRACE_SECONDS` never left. Their name is reserved for that long if a cookie has it: without one the
same person returns as a new author, and could not have it. A name in a cookie that was taken is given back when it is
free. The name of the owner's commands is never given to anybody.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

from chat.text.confusables import skeletons
from chat.text.names import COMMAND_USERNAME, MAX_USERNAME
from chat.wire.protocol import MAX_MEMBERS, Member, PresenceFrame, You

GRACE_SECONDS = 5.0  # without a connection before a person has left


@dataclass(slots=True, eq=False)
class Person:
    """A person in the room, with one or more connections. `gone_at` is set while there is none."""

    username: str
    author: str
    wanted: str  # the name they asked for; `username` may have a number behind it
    has_cookie: bool = False  # with their name in it: they come back as the same author
    connections: int = 0
    gone_at: float | None = None
    typed_at: float = -math.inf  # when the last typing frame about them was sent

    @property
    def member(self) -> Member:
        """The person as frames show them."""
        return Member(self.username, self.author)

    @property
    def you(self) -> You:
        """The person as frames tell themselves: also the name that they asked for, if they have another."""
        return You(self.username, self.author, None if self.wanted == self.username else self.wanted)


class People:
    """The people in one room, and the changes that clients were not told of yet."""

    def __init__(self) -> None:
        self.version = 0  # counts the changes that were taken
        self._by_author: dict[str, Person] = {}
        self._by_skeleton: dict[str, Person] = {}  # every skeleton of every name
        self._joined: dict[Person, None] = {}
        self._left: list[Member] = []
        self._away: dict[Person, None] = {}
        self._waiting: dict[Person, None] = {}  # whose cookie has a name that is taken
        self._renamed: list[Person] = []  # who were given their name and not told of it yet

    def __len__(self) -> int:
        return len(self._by_author)

    def __contains__(self, author: str) -> bool:
        """Whether the author is in the room."""
        return author in self._by_author

    def everybody(self) -> PresenceFrame:
        """All people, for a client that missed changes."""
        return PresenceFrame(joined=[], left=[], members=self.members(), count=len(self))

    def members(self) -> list[Member]:
        """The first `MAX_MEMBERS`, in the order in which they joined."""
        return [person.member for person in islice(self._by_author.values(), MAX_MEMBERS)]

    def arrive(self, author: str, wanted: str, *, has_cookie: bool = False) -> Person:
        """Add a connection of an author, who gets the wanted name, with a number if it is taken."""
        person = self._by_author.get(author) or self._add(author, wanted)
        if not person.connections and wanted != person.wanted:  # chosen while they had no connection
            self.rename(person, wanted)
        person.has_cookie = has_cookie
        self._wait_for_name(person)
        person.connections += 1
        person.gone_at = None
        self._away.pop(person, None)
        return person

    def _add(self, author: str, wanted: str) -> Person:
        person = self._by_author[author] = Person(self._claim_name(wanted), author, wanted)
        self._by_skeleton.update(dict.fromkeys(skeletons(person.username), person))
        self._joined[person] = None
        return person

    def name_for(self, author: str, wanted: str) -> str:
        """The name under which an author speaks without a connection: the wanted one unless it is another person's."""
        person = self._by_author.get(author)
        return person.username if person and person.wanted == wanted else self._claim_name(wanted, person)

    def _claim_name(self, wanted: str, person: Person | None = None) -> str:
        """The wanted name, or a numbered one if it is taken. A person without connection and cookie loses theirs."""
        for name in _alternatives(wanted):
            holders = self._holders(name) - {person}
            if not skeletons(name) & _reserved and not any(one.connections or one.has_cookie for one in holders):
                for holder in holders:
                    self._forget(holder)
                return name
        raise AssertionError("the alternatives do not end")

    def _holders(self, name: str) -> set[Person]:
        """Whose names can be mistaken for this one."""
        return {self._by_skeleton[skeleton] for skeleton in self._by_skeleton.keys() & skeletons(name)}

    def _wait_for_name(self, person: Person) -> None:
        """Note whether the person is to be given a name when it is free."""
        if person.has_cookie and person.username != person.wanted and not skeletons(person.wanted) & _reserved:
            self._waiting[person] = None
        else:
            self._waiting.pop(person, None)

    def depart(self, person: Person, now: float) -> None:
        """Remove a connection. With the last one the grace period begins."""
        person.connections -= 1
        if not person.connections:
            person.gone_at = now
            self._away[person] = None

    def rename(self, person: Person, wanted: str) -> None:
        """Give a person the wanted name, with a number if it is taken."""
        person.wanted = wanted
        name = self._claim_name(wanted, person)
        if name != person.username:
            self._change_name(person, name)
        self._wait_for_name(person)

    def _change_name(self, person: Person, name: str) -> None:
        if person not in self._joined:
            self._left.append(person.member)
        self._release_name(person)
        person.username = name
        self._by_skeleton.update(dict.fromkeys(skeletons(name), person))
        self._joined[person] = None

    def _release_name(self, person: Person) -> None:
        for skeleton in skeletons(person.username):
            del self._by_skeleton[skeleton]

    def _forget(self, person: Person) -> None:
        """Remove a person. Clients are told, even if not of the arrival: a welcome may have named them."""
        self._release_name(person)
        del self._by_author[person.author]
        self._away.pop(person, None)
        self._waiting.pop(person, None)
        self._joined.pop(person, None)
        self._left.append(person.member)

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
            if self._holders(person.wanted) <= {person}:
                self.rename(person, person.wanted)
                self._renamed.append(person)

    def pop_renamed(self) -> list[Person]:
        """Who were given their name since the last call."""
        renamed, self._renamed = self._renamed, []
        return renamed

    def seconds_until_changes(self, now: float) -> float | None:
        """When to call `pop_changes` next; None while nothing can change."""
        pause = min(0.1 + len(self) / 1000, GRACE_SECONDS)  # longer in a large room, so that a frame has many changes
        if self._joined or self._left:
            return pause
        oldest = next(iter(self._away), None)
        return None if oldest is None else max(pause, (oldest.gone_at or now) + GRACE_SECONDS - now)


_reserved = skeletons(COMMAND_USERNAME)


def _alternatives(name: str) -> Iterator[str]:
    """`ada`, `ada-2`, `ada-3` and so on, none longer than MAX_USERNAME. After `-20` the numbers are random: a thousand
    guests would otherwise cost a thousand lookups at every arrival."""
    yield name
    for number in chain(range(2, 21), iter(lambda: random.randrange(100, 10**6), None)):  # noqa: S311 - no secret
        suffix = f"-{number}"
        yield name[: MAX_USERNAME - len(suffix)] + suffix
