"""The events of a room as a plain dictionary: the model that simulation.py compares the server with."""

from collections import Counter, defaultdict
from typing import Any

from chat.text import markup
from chat.text.plain import plain_text

Event = dict[str, Any]


def comparable(event: Event) -> Event:
    """A frame or a record with the fields that both have: without the HTML, and without the checksum of a line."""
    return {name: value for name, value in event.items() if name not in {"html", "reply", "batch", "crc"}}


def _without_mine(event: Event) -> Event:
    """Without which reactions are the reader's."""
    if "reactions" not in event:
        return event
    reactions = [{name: reaction[name] for name in ("emoji", "count", "people")} for reaction in event["reactions"]]
    return {**event, "reactions": reactions}


def _blanked(event: Event) -> Event:
    """A record whose words were deleted."""
    return {name: value for name, value in event.items() if name not in {"username", "message"}}


def _spoken_id(event: Event) -> int:
    """The message whose words a record holds, or 0."""
    return int({"message": event["id"], "edit": event.get("target", 0)}.get(event["type"], 0))


def _is_removed_by_clear(event: Event, cleared_id: int) -> bool:
    amended = event.get("target", event["id"]) if event["type"] in {"edit", "delete", "reaction"} else event["id"]
    return min(event["id"], amended) <= cleared_id


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
            self.rare_cases["deletes"] += event["type"] == "delete"
            self.events[self.last_id] = event
        assert [comparable(record) for record in stored] == self.state_at(self.last_id)
        return new

    def state_at(self, last_id: int) -> list[Event]:
        """The events in the file when this was its last id."""
        cleared_id, deleted = self._cleared_id(last_id), self.deleted(last_id)
        present = [
            event
            for event in self.events.values()
            if event["id"] <= last_id and not _is_removed_by_clear(event, cleared_id)
        ]
        return [_blanked(event) if _spoken_id(event) in deleted else event for event in present]

    def deleted(self, last_id: int) -> set[int]:
        """The messages that were deleted when this was the last id."""
        return {
            event["target"] for event in self.events.values() if event["type"] == "delete" and event["id"] <= last_id
        }

    def is_same(self, frame: Event) -> bool:
        """Whether this is the stored event; its words may have been taken out since."""
        event, shown = self.events.get(frame["id"]), comparable(frame)
        return event is not None and (shown == event or (_blanked(event) == event == _blanked(shown)))

    def is_gone(self, event_id: int) -> bool:
        """Whether the event of this id was cleared, or its words were deleted."""
        return self.is_cleared(event_id) or _spoken_id(self.events[event_id]) in self.deleted(self.last_id)

    def _cleared_id(self, last_id: int) -> int:
        clears = [event for event in self.events.values() if event["type"] == "clear" and event["id"] <= last_id]
        return max([1, *(event["target"] for event in clears)])

    def is_cleared(self, event_id: int) -> bool:
        """Whether the event of this id was cleared, or the message that it amends."""
        return _is_removed_by_clear(self.events[event_id], self._cleared_id(self.last_id))

    def is_right_reply(self, frame: Event) -> bool:
        """Whether a message shows what it answers, in any state of the file since `received_by_all_id`."""
        if "reply_to" not in frame:
            return "reply" not in frame
        target, reply = self.events.get(frame["reply_to"]), frame["reply"]
        if reply == {"id": frame["reply_to"], "deleted": True}:
            return target is None or self.is_gone(target["id"])
        edits = [event for event in self.events.values() if event["type"] == "edit" and event["target"] == reply["id"]]
        texts = [event["message"][:200] for event in [target or {}, *edits] if "message" in event]
        excerpts = {plain_text(markup.render(text)) for text in texts}
        return target is not None and reply["id"] == target["id"] and reply["excerpt"] in excerpts

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
        shown = [_without_mine(comparable(event)) for event in frame["events"]]
        for last_id in range(self.last_id, self.received_by_all_id - 1, -1):
            page, complete = self._page(last_id, before, after, limit)
            lacking = page[len(shown) :]
            if lacking and after is not None:
                complete = False  # more follows behind the page
            if frame["complete"] == complete and shown == page[: len(shown)]:
                return all(event["id"] > self.received_by_all_id for event in lacking)
        return False

    def _page(self, last_id: int, before: int | None, after: int | None, limit: int) -> tuple[list[Event], bool]:
        if after is not None:
            newer = [event for event in self.items_at(last_id) if event["id"] > after]
            return newer[:limit], len(newer) <= limit
        older = [event for event in self.items_at(last_id) if before is None or event["id"] < before]
        return older[-limit:], len(older) <= limit

    def items_at(self, last_id: int) -> list[Event]:
        """What pages showed then: messages with their edits and reactions."""
        items: dict[int, Event] = {}
        people: dict[int, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
        for event in self.state_at(last_id):
            kind, target = event["type"], event.get("target", 0)
            if kind == "delete":
                items.pop(target, None)
            elif kind == "edit" and target in items and "message" in event:
                items[target] |= {"message": event["message"], "edited": event["timestamp"], "rev": event["id"]}
            elif kind == "reaction" and target in items:
                of_emoji = people[target][event["emoji"]]
                of_emoji.setdefault(event["author"], event["username"]) if event["on"] else of_emoji.pop(
                    event["author"]
                )
                if not of_emoji:
                    del people[target][event["emoji"]]
                items[target]["rev"] = event["id"]
            elif kind == "clear" or (kind == "message" and "message" in event):
                items[event["id"]] = dict(event)
        for target in people.keys() & items.keys():
            reactions = [
                {"emoji": emoji, "count": len(names), "people": list(names.values())}
                for emoji, names in people[target].items()
            ]
            items[target] |= {"reactions": reactions} if reactions else {}
        return list(items.values())
