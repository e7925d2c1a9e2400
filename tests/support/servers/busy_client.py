"""A client that keeps its connection, whatever the owner's commands do to the room: it begins anew when it is reset.

It edits, edits again and deletes its messages, and takes reactions back, so that there is something to compact.
"""

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import Mapping
from typing import Any

from websockets.exceptions import ConnectionClosed

from tests.support.servers.amending_client import EMOJI, AmendingClient
from tests.support.servers.client_view import ClientView
from tests.support.servers.history_checker import RESET, Event

RETRY_SECONDS = 0.1  # after a refusal that names no time
MAX_OWN = 3  # messages that wait for their first step; the others stay as they are
STEPS = ("edit", "edit", "delete")  # of one message


class BusyClient(AmendingClient):
    """`view` is what its user sees."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.view = ClientView()
        self.resets = 0
        self.refusals = 0
        self._steps_done: Counter[int] = Counter()  # by message
        self._begun: deque[int] = deque()  # messages whose next step may follow
        self._reacted: deque[int] = deque()  # messages
        self._retries: set[asyncio.Task[None]] = set()

    # What it sends

    def queue_next(self) -> None:
        number = next(self._numbers)
        match number % 9:
            case 2 | 4 | 6 if self._begun or self._own:
                self._take_step(self._begun.popleft() if self._begun else self._own.pop(), number)
            case 7 if self._newest:
                self._amend("reaction", self._newest, emoji=EMOJI, on=True)
                self._newest = 0
            case 8 if len(self._reacted) > 1:  # one of two stays
                self._reacted.popleft()
                self._amend("reaction", self._reacted.popleft(), emoji=EMOJI, on=False)
            case _:
                self.queue(f"{self.history.name} says {number} " + "€" * (1 + number % 50))

    def _take_step(self, target: int, number: int) -> None:
        step = STEPS[self._steps_done[target]]
        self._amend(step, target, **({"message": f"{self.history.name} edits {number}"} if step == "edit" else {}))

    # What it receives

    def handle(self, frame: dict[str, Any]) -> None:
        """As its base class, but it waits after a refusal, and connects again after none."""
        if frame["type"] == "error" and frame["retry"]:
            self.refusals += 1
            retry = asyncio.create_task(self._send_again(frame))
            self._retries.add(retry)
            retry.add_done_callback(self._retries.discard)
        elif frame["type"] == "history":
            self._on_page(frame["events"])
        else:
            super().handle(frame)

    async def _send_again(self, error: Mapping[str, Any]) -> None:
        await asyncio.sleep(error.get("retry_after") or RETRY_SECONDS)
        self._sent.discard(error.get("client_id", ""))
        if self._client is not None:
            with contextlib.suppress(ConnectionClosed):
                await self._send_pending(self._client)

    def _on_welcome(self, welcome: dict[str, Any]) -> None:
        if "reset" in welcome and welcome["epoch"] == self._epoch:
            self.resets += 1
            self.history.received.append(Event.of({"type": RESET, "id": welcome["last_id"]}))
        else:
            super()._on_welcome(welcome)
            self.view.first_id = max(self.view.first_id, self.history.start_id + 1)

    def _on_page(self, items: list[dict[str, Any]]) -> None:
        """The newest page, behind a welcome with `reset`. It acknowledges the own messages in it."""
        self.view.begin_anew(items, self.history.last_id)
        for item in items:
            if item.get("client_id") in self.unacknowledged:
                self._on_acknowledgement(Event.of(item))

    def _on_event(self, event: Event) -> None:
        is_own = event.client_id in self.history.sent
        if is_own and event.id > self.history.last_id + 1:  # answered alone: the room is to be reset
            self._on_acknowledgement(event)
            self.history.answers.append(event)
            return
        if event.id > self.history.last_id:
            self.view.take(event)
        super()._on_event(event)
        del self._own[:-MAX_OWN]
        if is_own and event.type == "edit":
            self._steps_done[event.target or 0] += 1
            self._begun.appendleft(event.target or 0)
        elif is_own and event.type == "reaction" and event.on:
            self._reacted.append(event.target or 0)

    def _on_acknowledgement(self, event: Event) -> None:
        self.history.acknowledged[event.client_id or ""] = event.id
        self.unacknowledged.pop(event.client_id or "", None)
