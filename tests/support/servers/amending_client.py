"""A client that also edits, deletes and reacts, whatever happens to its connection."""

import uuid
from itertools import count
from typing import Any

from tests.support.servers.history_checker import Content, Event
from tests.support.servers.reconnecting_client import ReconnectingClient

EMOJI = "👋"


class AmendingClient(ReconnectingClient):
    """Amends its own messages, each once, and reacts to what it receives; two of three commands are messages."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._numbers = count()
        self._own: list[int] = []  # ids of messages that it has not amended yet
        self._newest_own = 0
        self._newest = 0  # id of a message of anybody that it has not reacted to; 0: none

    def queue_next(self) -> None:
        number = next(self._numbers)
        match number % 9:
            case 2 if self._own:
                self._amend("edit", self._own.pop(0), message=f"{self.history.name} edits {number}")
            case 5 if self._own:
                self._amend("delete", self._own.pop(0))
            case 8 if self._newest:
                self._amend("reaction", self._newest, emoji=EMOJI, on=True)
                self._newest = 0
            case _:
                super().queue_next()

    def handle(self, frame: dict[str, Any]) -> None:
        """As messages, but nothing is stored of a reaction to what was deleted meanwhile."""
        if frame["type"] == "error" and frame["code"] == "not_found":
            self.unacknowledged.pop(frame["client_id"])
            self.history.sent.pop(frame["client_id"])
        else:
            super().handle(frame)

    def _on_event(self, event: Event) -> None:
        super()._on_event(event)
        if event.type == "message":
            self._newest = event.id
            if event.client_id in self.history.sent and event.id > self._newest_own:  # it may be answered twice
                self._newest_own = event.id
                self._own.append(event.id)

    def _amend(self, kind: str, target: int, **fields: Any) -> None:
        client_id = uuid.uuid4().hex
        content: Content = (fields.get("message"), target, fields.get("emoji"), fields.get("on"))
        self.history.sent[client_id] = content
        type_ = "react" if kind == "reaction" else kind
        self.unacknowledged[client_id] = {"type": type_, "id": target, "client_id": client_id, **fields}
