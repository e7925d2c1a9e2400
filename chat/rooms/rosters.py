"""What processes tell each other of the people in one room. Pure: messages go in and come out, and nothing is sent.

Each process has a roster: the claims about its own people, with a version that grows. There are three messages, all
with the id of their process:

- `hello`: the first person has come, or comes next, or something was missed. Those in `to` answer with a snapshot; if
  it is empty, all that have people in the room, but for those whose version is in `known`.
- `changes` from the version `after` to `version`: new claims, and the authors who `left`. After 0 they are the whole
  roster.
- `snapshot`: the whole roster at `version`, in `parts`.

A message may be lost, repeated, late or out of order. Changes that do not follow the known version are ignored, and a
snapshot is asked for; so is one when a lease (chat/rooms/processes.py) names a newer version than the known one. The
cost is that of the changes: nothing but a snapshot names all people, and a process tells nothing while no other one has
people in the room.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from chat.rooms.person import Claim
from chat.rooms.presence import People

MAX_CLAIMS = 40  # in one message: 13 KB at most
MAX_KNOWN = 200  # processes in a hello: 5 KB
ASK_SECONDS = 2.0  # between two requests for the snapshot of one process
Message = dict[str, Any]


@dataclass(slots=True)
class _Roster:
    """The roster of another process, as far as it is known."""

    version: int = 0
    claims: dict[str, Claim] = field(default_factory=dict)  # by author
    greeted: bool = False  # it said hello, so it has people, and nothing more is known
    asked_at: float = float("-inf")
    parts_version: int = 0  # of the snapshot that is coming in
    parts: dict[int, list[Claim]] = field(default_factory=dict)


class Rosters:
    """The own roster of one room, and those of the other processes. `versions`: rising numbers, one for all rooms."""

    def __init__(self, process: str, people: People, versions: Iterator[int]) -> None:
        self.version = 0  # of the own roster
        self.process = process
        self._people = people
        self._versions = versions
        self._rosters: dict[str, _Roster] = {}
        self._had_people = False
        self._snapshot_wanted = False
        self._to_ask: dict[str, None] = {}
        self._to_answer: set[str] = set()  # asked by `ask`, and not heard of since

    @property
    def sharing(self) -> bool:
        """Whether there are other processes to tell."""
        return self._people.unpublished is not None

    def start_sharing(self) -> None:
        """Another process has appeared. It asks for the roster when it needs it."""
        if not self.sharing:
            self._people.unpublished = {}
            self.version = next(self._versions) if self._people.number_here else 0
            self._had_people = bool(self._people.number_here)

    def stop_sharing(self) -> None:
        """This process is the only one again."""
        self.drop_all()
        self._people.unpublished = None
        self._snapshot_wanted, self._to_ask = False, {}

    @property
    def has_listeners(self) -> bool:
        """Whether another process has people in this room."""
        return any(roster.greeted or roster.claims for roster in self._rosters.values())

    @property
    def is_urgent(self) -> bool:
        """Whether another process waits for something, or must hear that people are here now."""
        return self.is_new or (self.sharing and bool(self._snapshot_wanted or self._to_ask))

    @property
    def is_new(self) -> bool:
        """Whether people are here now, of whom other processes have not been told that there are any."""
        return self.sharing and not self._had_people and self._people.number_here > 0

    # What is told

    def take_messages(self) -> list[Message]:
        """What other processes are to be told now, in order."""
        if not self.sharing:
            return []
        is_new = self.is_new
        self._had_people = self._people.number_here > 0
        messages = self._take_changes() if self.has_listeners else self._skip_changes()
        if self._snapshot_wanted or (is_new and not messages and self._people.number_here <= MAX_CLAIMS):
            messages += self._snapshot()
        if is_new or self._to_ask:
            known = {process: each.version for process, each in self._rosters.items() if each.version}
            to = [] if is_new else list(self._to_ask)
            messages.append(
                self._message("hello", version=self.version, to=to, known=dict(islice(known.items(), MAX_KNOWN)))
            )
        self._snapshot_wanted, self._to_ask = False, {}
        return messages

    def _message(self, kind: str, **fields: Any) -> Message:
        return {"process": self.process, "kind": kind, **fields}

    def _skip_changes(self) -> list[Message]:
        """Nobody listens: who comes later asks for a snapshot."""
        if self._people.unpublished:
            self._people.unpublished = {}
            self.version = next(self._versions)
        return []

    def _take_changes(self) -> list[Message]:
        authors, self._people.unpublished = list(self._people.unpublished or ()), {}
        return [self._changes(authors[start : start + MAX_CLAIMS]) for start in range(0, len(authors), MAX_CLAIMS)]

    def _changes(self, authors: list[str]) -> Message:
        claims = {author: self._people.claim_of(author) for author in authors}
        after, self.version = self.version, next(self._versions)
        return self._message(
            "changes",
            after=after,
            version=self.version,
            claims=[claim for claim in claims.values() if claim],
            left=[author for author, claim in claims.items() if not claim],
        )

    def _snapshot(self) -> list[Message]:
        """All claims. `take_messages` has told the changes before, so this is the current version."""
        claims = self._people.claims()
        parts = [part for part in iter(lambda: list(islice(claims, MAX_CLAIMS)), [])] or [[]]
        version = self.version = self.version or next(self._versions)
        return [
            self._message("snapshot", version=version, part=part, parts=len(parts), claims=content)
            for part, content in enumerate(parts)
        ]

    # What is heard

    def receive(self, message: Message, now: float) -> None:
        """Take in a message of another process. What there is to answer is in `take_messages` then."""
        process = message["process"]
        if process == self.process:
            return
        roster = self._rosters.setdefault(process, _Roster())
        if message["kind"] == "hello":
            self._on_hello(process, roster, message, now)
        elif message["version"] > roster.version:
            claims = [Claim(*claim) for claim in message["claims"]]
            if message["kind"] == "snapshot":
                self._on_part(process, roster, message, claims)
            else:
                self._on_changes(process, roster, message, claims, now)
        if message["kind"] == "snapshot" and message["version"] <= roster.version:
            self._to_answer.discard(process)

    def _on_hello(self, process: str, roster: _Roster, message: Message, now: float) -> None:
        to, roster.greeted = message["to"], True
        is_known = message.get("known", {}).get(self.process) == self.version  # an older process does not say it
        if self.process in to or (not to and not is_known and self._people.number_here):
            self._snapshot_wanted = True
        if message["version"] > roster.version and self._people.number_here:
            self._ask(process, roster, now)

    def _on_changes(self, process: str, roster: _Roster, message: Message, claims: list[Claim], now: float) -> None:
        if message["after"] not in (0, roster.version):
            return self._ask(process, roster, now)
        if message["after"] == 0:
            return self._replace(process, roster, message["version"], claims)
        self._update(process, roster, message["version"], claims, message["left"])

    def _on_part(self, process: str, roster: _Roster, message: Message, claims: list[Claim]) -> None:
        if message["version"] > roster.parts_version:
            roster.parts_version, roster.parts = message["version"], {}
        if message["version"] < roster.parts_version:
            return
        roster.parts[message["part"]] = claims
        if len(roster.parts) == message["parts"]:
            claims = [claim for part in roster.parts.values() for claim in part]
            roster.parts = {}
            self._replace(process, roster, message["version"], claims)

    def _replace(self, process: str, roster: _Roster, version: int, claims: list[Claim]) -> None:
        left = roster.claims.keys() - {claim.author for claim in claims}
        self._update(process, roster, version, claims, sorted(left))

    def _update(self, process: str, roster: _Roster, version: int, claims: list[Claim], left: list[str]) -> None:
        roster.version = version
        for claim in claims:
            if roster.claims.get(claim.author) != claim:
                roster.claims[claim.author] = claim
                self._people.set_claim(process, claim)
        for author in left:
            if roster.claims.pop(author, None):
                self._people.drop_claim(process, author)
        roster.greeted = False

    def compare(self, process: str, version: int, number: int, now: float) -> None:
        """Another process has said which version its roster has, and how many people are in it."""
        roster = self._rosters.get(process) or _Roster()
        if version > roster.version and (number or roster.claims):
            self._rosters[process] = roster
            if number:
                self._ask(process, roster, now)
            else:
                self._replace(process, roster, version, [])

    def has_claims_of(self, process: str) -> bool:
        """Whether people of a process are here."""
        return process in self._rosters and bool(self._rosters[process].claims)

    def drop(self, process: str) -> None:
        """A process has ended, and so have its connections; or it has nobody here any more."""
        roster = self._rosters.pop(process, None)
        for author in roster.claims if roster else ():
            self._people.drop_claim(process, author)

    def drop_all(self) -> None:
        """Messages of other processes do not come in any more."""
        for process in list(self._rosters):
            self.drop(process)

    def ask(self, processes: list[str], now: float) -> None:
        """Ask for the rosters of these processes, also if they are known: what is known may be old."""
        self._to_answer = set(processes)
        for process in processes:
            self._rosters.setdefault(process, _Roster()).asked_at = now
            self._to_ask[process] = None

    @property
    def is_answered(self) -> bool:
        """Whether all that were asked by `ask` have answered."""
        return not self._to_answer

    def _ask(self, process: str, roster: _Roster, now: float) -> None:
        if now - roster.asked_at >= ASK_SECONDS:
            roster.asked_at = now
            self._to_ask[process] = None
