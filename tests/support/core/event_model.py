"""The events of a room as a plain dictionary: the model that simulation.py compares the server with."""

from collections import Counter
from typing import Any

Event = dict[str, Any]


def comparable(event: Event) -> Event:
    """A frame or a record with the fields that both have: without the HTML, and without the checksum of a line."""
    return {name: value for name, value in event.items() if name not in {"html", "reply", "batch", "crc"}}


class EventModel:
    """Every event that the room ever had. The file was in one state after each of them, and each can be computed.

    `rare_cases` counts how often each rare situation occurred: a test in which one never occurs does not test it.
    """

    def __init__(self, rare_cases: Counter[str]) -> None:
        self.rare_cases = rare_cases
        self.events: dict[int, Event] = {}
        self.epoch = ""  # while there is no file
        self.last_id = 1
        self.received_by_all_id = 1  # every connected client has received all events up to this id

    def update(self, records: list[Event]) -> list[Event]:
        """Compare the file with the model, and add its new events, which are returned.

        Ids rise by one, a client_id of an author is stored once, and the earlier events have not changed.
        """
        room, *stored = records
        assert (room["id"], room["type"], room["epoch"]) == (1, "room", self.epoch or room["epoch"])
        self.epoch = room["epoch"]
        new = [comparable(record) for record in stored if record["id"] > self.last_id]
        for event in new:
            assert event["id"] == self.last_id + 1
            assert not self.find(event.get("author"), event.get("client_id")), f"stored twice: {event}"
            self.last_id = event["id"]
            self.events[self.last_id] = event
        assert [comparable(record) for record in stored] == self.state_at(self.last_id)
        return new

    def state_at(self, last_id: int) -> list[Event]:
        """The events in the file when this was its last id."""
        cleared_id = self._cleared_id(last_id)
        return [event for event in self.events.values() if cleared_id < event["id"] <= last_id]

    def _cleared_id(self, last_id: int) -> int:
        clears = [event for event in self.events.values() if event["type"] == "clear" and event["id"] <= last_id]
        return max([1, *(event["target"] for event in clears)])

    def is_cleared(self, event_id: int) -> bool:
        """Whether the event of this id was cleared."""
        return event_id <= self._cleared_id(self.last_id)

    def is_right_reply(self, frame: Event) -> bool:
        """Whether a message shows what it answers, in any state of the file since `received_by_all_id`."""
        if "reply_to" not in frame:
            return "reply" not in frame
        target, reply = self.events.get(frame["reply_to"]), frame["reply"]
        is_gone = target is None or self.is_cleared(target["id"])
        gone = {"id": frame["reply_to"], "deleted": True}
        return (is_gone and reply == gone) or (
            target is not None
            and reply == {"id": target["id"], "username": target["username"], "excerpt": target["message"][:200]}
        )

    def find(self, author: str | None, client_id: str | None) -> Event | None:
        """The message of an author that is stored under a client_id."""
        if client_id is None:
            return None
        stored = [event for event in self.state_at(self.last_id) if event.get("client_id") == client_id]
        return next((event for event in stored if event["author"] == author), None)

    def is_page(self, frame: Event, before: int | None, after: int | None, limit: int) -> bool:
        """Whether a frame is the requested page, in any state of the file since `received_by_all_id`.

        It may lack events at its end that were stored in that state but not delivered.
        """
        shown = [comparable(event) for event in frame["events"]]
        for last_id in range(self.last_id, self.received_by_all_id - 1, -1):
            page, complete = self._page(last_id, before, after, limit)
            if frame["complete"] == complete and shown == page[: len(shown)]:
                return all(event["id"] > self.received_by_all_id for event in page[len(shown) :])
        return False

    def _page(self, last_id: int, before: int | None, after: int | None, limit: int) -> tuple[list[Event], bool]:
        if after is not None:
            newer = [event for event in self.state_at(last_id) if event["id"] > after]
            return newer[:limit], len(newer) <= limit
        older = [event for event in self.state_at(last_id) if before is None or event["id"] < before]
        return older[-limit:], len(older) <= limit
