"""A person in a room, and what a process tells the others of them. Pure data.

Times that processes tell each other are in microseconds since 1970; `gone_at` and `typed_at` are in seconds of the
event loop.
"""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from chat.wire.protocol import Member, You


class Claim(NamedTuple):
    """What a process says of a person who is connected to it.

    `named_at`: of two names of one author, the later one counts. `since`: of two people with confusable names, the one
    who joined first keeps it. `yields`: they have no connection, and no cookie to come back with; anybody may have
    their name.
    """

    author: str
    username: str
    wanted: str
    named_at: int
    since: int
    yields: bool = False


@dataclass(slots=True, eq=False)
class Person:
    """A person in the room, with connections to this process, to others, or to both.

    `here`: this process has a connection of theirs, or had one a moment ago. `gone_at` is set while it has none.
    """

    username: str
    author: str
    wanted: str  # the name they asked for; `username` may have a number behind it
    named_at: int = 0
    since: int = 0
    has_cookie: bool = False  # with their name in it: they come back as the same author
    here: bool = False
    connections: int = 0  # to this process
    gone_at: float | None = None
    typed_at: float = -math.inf  # when the last typing frame about them was sent
    elsewhere: dict[str, Claim] = field(default_factory=dict)  # by process

    @property
    def member(self) -> Member:
        """The person as frames show them."""
        return Member(self.username, self.author)

    @property
    def you(self) -> You:
        """The person as frames tell themselves: also the name that they asked for, if they have another."""
        return You(self.username, self.author, None if self.wanted == self.username else self.wanted)

    @property
    def claim(self) -> Claim:
        """The person as this process tells the others."""
        yields = not (self.connections or self.has_cookie)
        return Claim(self.author, self.username, self.wanted, self.named_at, self.since, yields)

    @property
    def yields(self) -> bool:
        """Whether anybody may have their name: they have no connection, and no cookie to come back with."""
        if self.connections or (self.here and self.has_cookie):
            return False
        return all(claim.yields for claim in self.elsewhere.values())

    @property
    def rank(self) -> tuple[bool, int, str]:
        """Of two people with confusable names, the one with the lower rank keeps theirs. The same in all processes."""
        return self.yields, self.since, self.author
