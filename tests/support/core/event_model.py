"""What a room holds, as a plain list of events: the model that tests/support/core/simulation.py compares with."""

from collections import Counter
from typing import Any

Event = dict[str, Any]


def bare(event: Event) -> Event:
    """A frame or a record as both have it: without HTML, and without what guards a line of the file."""
    return {name: value for name, value in event.items() if name not in {"html", "batch", "crc"}}


class Ledger:
    """Every event that there ever was. The file has been in as many states: one after each of them."""

    def __init__(self, met: Counter[str]) -> None:
        self.met = met  # how often there was what is rare: a test that never meets it says nothing
        self.events: dict[int, Event] = {}
        self.epoch = ""  # while there is no file
        self.last = 1
        self.settled = 1  # everybody who is here has heard everything up to this id

    def take_in(self, records: list[Event]) -> list[Event]:
        """The file grew: ids rise by one, of one client_id there is one message, and nothing else has changed."""
        room, *stored = records
        assert (room["id"], room["type"], room["epoch"]) == (1, "room", self.epoch or room["epoch"])
        self.epoch = room["epoch"]
        fresh = [bare(record) for record in stored if record["id"] > self.last]
        for event in fresh:
            assert event["id"] == self.last + 1
            assert not self.find(event.get("author"), event.get("client_id")), f"stored twice: {event}"
            self.last = event["id"]
            self.events[self.last] = event
        assert [bare(record) for record in stored] == self.kept(self.last)
        return fresh

    def kept(self, at: int) -> list[Event]:
        """What the file held when this was its last id."""
        cleared = self._cleared(at)
        return [event for event in self.events.values() if cleared < event["id"] <= at]

    def _cleared(self, at: int) -> int:
        targets = [event["target"] for event in self.events.values() if event["type"] == "clear" and event["id"] <= at]
        return max([1, *targets])

    def is_gone(self, identity: int) -> bool:
        """Whether there is no event of this id any more."""
        return identity <= self._cleared(self.last)

    def find(self, author: str | None, client_id: str | None) -> Event | None:
        """The message of an author that is kept under a client_id."""
        if client_id is None:
            return None
        mine = [event for event in self.kept(self.last) if event.get("client_id") == client_id]
        return next((event for event in mine if event["author"] == author), None)

    def is_page(self, frame: Event, before: int | None, after: int | None, limit: int) -> bool:
        """Whether this is the page that was asked for, at any moment since everybody had heard everything.

        What was stored by then but not handed out yet is left out.
        """
        shown = [bare(event) for event in frame["events"]]
        for at in range(self.last, self.settled - 1, -1):
            page, complete = self._page(at, before, after, limit)
            if frame["complete"] == complete and shown == page[: len(shown)]:
                return all(event["id"] > self.settled for event in page[len(shown) :])
        return False

    def _page(self, at: int, before: int | None, after: int | None, limit: int) -> tuple[list[Event], bool]:
        if after is not None:
            newer = [event for event in self.kept(at) if event["id"] > after]
            return newer[:limit], len(newer) <= limit
        older = [event for event in self.kept(at) if before is None or event["id"] < before]
        return older[-limit:], len(older) <= limit
