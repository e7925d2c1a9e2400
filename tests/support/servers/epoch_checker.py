"""What all clients of a room see, while their owner puts other files in the place of the room's file. Pure.

A pair of epoch and id means one event for ever, for all clients: otherwise a client that resumes with that pair would
keep one message and miss the other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.support.servers.history_checker import Event


class Acknowledgement(NamedTuple):
    """A message that its sender received: `asked_at` is when it was first posted, in seconds of the loop."""

    client_id: str
    epoch: str
    id: int
    asked_at: float


@dataclass
class EpochChecker:
    """Collects what the clients of one room receive. `violations` grows as they receive it."""

    violations: list[str] = field(default_factory=list)
    _events: dict[tuple[str, int], Event] = field(default_factory=dict)

    def saw(self, name: str, epoch: str, event: Event) -> None:
        """A client has received an event of this epoch."""
        first = self._events.setdefault((epoch, event.id), event)
        if first != event:
            self.violations.append(f"{name}: id {event.id} of one epoch is {first.message!r} and {event.message!r}")

    def resumed(self, name: str, position: Mapping[str, object], welcome: Mapping[str, Any]) -> None:
        """A client has resumed without a reset."""
        if welcome["epoch"] != position["epoch"]:
            self.violations.append(f"{name}: resumed into another epoch without a reset")


def lost(acknowledged: Iterable[Acknowledgement], records: Iterable[Mapping[str, Any]]) -> list[str]:
    """One sentence for each acknowledged message that is not among the records under its id."""
    stored = {(record["id"], record.get("client_id")) for record in records}
    return [
        f"{message.client_id} was acknowledged as {message.id}, and is not there"
        for message in acknowledged
        if (message.id, message.client_id) not in stored
    ]


def differences(name: str, view: Mapping[int, Event], records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Where a client's view, from its first event on, is not what the file holds."""
    first = min(view, default=records[-1]["id"] + 1 if records else 0)
    stored = {r["id"]: Event.of(r) for r in records if r["id"] >= first and r["type"] != "room"}
    wrong = [f"{name} does not have {event}" for number, event in stored.items() if number not in view]
    wrong += [f"{name} has {event}, which is not in the file" for event in view.values() if event.id not in stored]
    both = stored.keys() & view.keys()
    return wrong + [f"{name} has {view[n]}, and the file {stored[n]}" for n in both if view[n] != stored[n]]
