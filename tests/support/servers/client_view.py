"""What a client shows of a room: the messages with their newest text, and how many people reacted with each emoji."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.support.servers.history_checker import Event


@dataclass
class ShownMessage:
    """`rev`: the last event that is in it."""

    text: str
    rev: int
    reactions: Counter[str] = field(default_factory=Counter)

    def amend(self, event: Event) -> None:
        """Take in an edit or a reaction, unless it is in already."""
        if event.id <= self.rev:
            return
        if event.type == "edit":
            self.text = event.message or ""
        else:
            self.reactions[event.emoji or ""] += 1 if event.on else -1


@dataclass
class ClientView:
    """`first_id`: of the events from which on it is complete."""

    first_id: int = 0
    messages: dict[int, ShownMessage] = field(default_factory=dict)

    def begin_anew(self, page: Sequence[Mapping[str, Any]], last_id: int) -> None:
        """Show a page that was the newest one when the room had this last id, and nothing else."""
        self.first_id = page[0]["id"] if page else last_id + 1
        self.messages = {item["id"]: _shown(item) for item in page if item["type"] == "message"}

    def take(self, event: Event) -> None:
        """Show an event that follows."""
        target = event.target or 0
        match event.type:
            case "message":
                self.messages[event.id] = ShownMessage(event.message or "", event.id)
            case "edit" | "reaction" if target in self.messages:
                self.messages[target].amend(event)
            case "delete":
                self.messages.pop(target, None)
            case "clear":
                self.messages = {number: shown for number, shown in self.messages.items() if number > target}

    def differences(self, exported: Iterable[Mapping[str, Any]]) -> list[str]:
        """Where it is not what an export has."""
        items = [item for item in exported if item["type"] == "message" and item["id"] >= self.first_id]
        right = {item["id"]: _text(_shown(item)) for item in items}
        shown = {number: _text(message) for number, message in self.messages.items()}
        return [
            f"{number} is shown as {shown.get(number)}, and is {right.get(number)}"
            for number in sorted({*right, *shown})
            if shown.get(number) != right.get(number)
        ]


def _shown(item: Mapping[str, Any]) -> ShownMessage:
    """From a page or an export."""
    reactions = {each["emoji"]: each.get("count", len(each["people"])) for each in item.get("reactions", [])}
    return ShownMessage(item["message"], item.get("rev", item["id"]), Counter(reactions))


def _text(message: ShownMessage) -> str:
    reactions = sorted((emoji, count) for emoji, count in message.reactions.items() if count)
    return f"{message.text!r} {reactions}"
