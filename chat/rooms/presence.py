"""Who is in a room and what they are called. Pure: time is passed in, nothing is sent from here.

No two people in a room show the same name, or two that a reader would take for one another: a name belongs to its
author while they are connected. Short absences are not news: who comes back within `GRACE` seconds never left. Their
name is not kept for them that long: without a cookie it would be themselves, as a new author, who could not have it.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from chat.text.confusables import skeletons
from chat.text.names import MAX_USERNAME
from chat.wire.protocol import MAX_MEMBERS, Member, PresenceEvent

GRACE_SECONDS = 5.0  # s that somebody may be away before it is told


@dataclass(slots=True, eq=False)
class Person:
    """Somebody in the room, on one or more connections. `gone_at` is set while there is none."""

    username: str
    author: str
    wanted: str  # the name they asked for, of which theirs is a variation
    connections: int = 0
    gone_at: float | None = None
    typed_at: float = -math.inf  # when it was told last that they are writing

    @property
    def member(self) -> Member:
        """How they appear in frames."""
        return Member(self.username, self.author)


class People:
    """Everybody in one room, and the news about them that has not been told yet."""

    def __init__(self) -> None:
        self.told = 0  # how often there was news
        self._by_author: dict[str, Person] = {}
        self._by_look: dict[str, Person] = {}  # every look of every name
        self._joined: dict[Person, None] = {}
        self._left: list[Member] = []
        self._away: dict[Person, None] = {}

    def __len__(self) -> int:
        return len(self._by_author)

    def everybody(self) -> PresenceEvent:
        """Who is here, for somebody who did not hear the news."""
        return PresenceEvent(joined=[], left=[], members=self.members(), count=len(self))

    def members(self) -> list[Member]:
        """The first hundred, in the order in which they came."""
        return [person.member for person, _ in zip(self._by_author.values(), range(MAX_MEMBERS), strict=False)]

    def arrive(self, author: str, wanted: str) -> Person:
        """One more connection of an author, who gets the wanted name or one like it."""
        person = self._by_author.get(author) or self._seat(author, wanted)
        if not person.connections and wanted != person.wanted:  # chosen while they were away
            self.rename(person, wanted)
        person.connections += 1
        person.gone_at = None
        self._away.pop(person, None)
        return person

    def _seat(self, author: str, wanted: str) -> Person:
        person = self._by_author[author] = Person(self._free_name(wanted), author, wanted)
        self._by_look.update(dict.fromkeys(skeletons(person.username), person))
        self._joined[person] = None
        return person

    def _free_name(self, wanted: str, person: Person | None = None) -> str:
        """The wanted name or, if it looks like another's, one like it. Who is away loses theirs to whoever comes."""
        for name in _alternatives(wanted):
            holders = {self._by_look[look] for look in skeletons(name) if look in self._by_look} - {person}
            if not any(holder.connections for holder in holders):
                for holder in holders:
                    self._forget(holder)
                return name
        raise AssertionError("there is always one more number")

    def depart(self, person: Person, now: float) -> None:
        """One connection less. With the last of them the absence begins."""
        person.connections -= 1
        if not person.connections:
            person.gone_at = now
            self._away[person] = None

    def rename(self, person: Person, wanted: str) -> None:
        """Give somebody the wanted name or, if it looks like another's, one like it."""
        person.wanted = wanted
        name = self._free_name(wanted, person)
        if name == person.username:
            return
        if person not in self._joined:
            self._left.append(person.member)
        self._let_go(person)
        person.username = name
        self._by_look.update(dict.fromkeys(skeletons(name), person))
        self._joined[person] = None

    def _let_go(self, person: Person) -> None:
        for look in skeletons(person.username):
            del self._by_look[look]

    def _forget(self, person: Person) -> None:
        """Somebody is gone for good. It is told even if their coming was not: who came in since has met them."""
        self._let_go(person)
        del self._by_author[person.author]
        self._away.pop(person, None)
        self._joined.pop(person, None)
        self._left.append(person.member)

    def news(self, now: float) -> PresenceEvent | None:
        """What happened since the last news. A crowd is not listed: its first hundred stand for it."""
        for person in [away for away in self._away if (away.gone_at or 0) + GRACE_SECONDS <= now]:  # as in `next_news`
            self._forget(person)
        joined = [person.member for person in self._joined]
        left, self._left = self._left, []
        self._joined.clear()
        if not joined and not left:
            return None
        self.told += 1
        if len(joined) + len(left) > MAX_MEMBERS:
            return self.everybody()
        return PresenceEvent(joined=joined, left=left, count=len(self))

    def next_news(self, now: float) -> float | None:
        """Seconds until there may be news to tell; None when there is nothing to wait for."""
        pause = min(0.1 + len(self) / 1000, GRACE_SECONDS)  # longer in a crowd, so that many are told at once
        if self._joined or self._left:
            return pause
        oldest = next(iter(self._away), None)
        return None if oldest is None else max(pause, (oldest.gone_at or now) + GRACE_SECONDS - now)


def _alternatives(name: str) -> Iterator[str]:
    """`ada`, `ada-2`, `ada-3` and so on, none longer than a name may be. Past twenty of them any number will do: a
    thousand guests would otherwise be asked whether they are the one who has it, at every arrival."""
    yield name
    for number in chain(range(2, 21), iter(lambda: random.randrange(100, 10**6), None)):  # noqa: S311 - no secret
        suffix = f"-{number}"
        yield name[: MAX_USERNAME - len(suffix)] + suffix
