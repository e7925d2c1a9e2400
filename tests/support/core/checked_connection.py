"""One connection of a client: what it sent, what it is owed, and whether each frame that it hears is right."""

import json
from collections import Counter, deque
from dataclasses import dataclass
from typing import Any

from chat.wire import protocol
from chat.wire.protocol import ERRORS, CloseCode
from tests.support.core.event_model import Event, Ledger, bare
from tests.support.core.virtual_time_loop import SteppedLoop, Wire
from tests.support.storage.disks import MemoryDisk
from tests.support.storage.expected_history import LOBBY

RESUME_MAX = 8


@dataclass
class Sent:
    """A message on its way. `known` is the id under which everybody had heard it by then, or 0."""

    text: str
    client_id: str | None
    reply_to: int | None
    known: int
    wrong: bool  # it replies to what cannot be replied to
    stored: bool = False


class Visit(Wire):
    """A connection, from the client's side."""

    def __init__(
        self, loop: SteppedLoop, site: Any, ledger: Ledger, disk: MemoryDisk, cookie: str | None, **query: Any
    ) -> None:
        super().__init__(loop, site, cookie, **query)
        self.ledger, self._disk = ledger, disk
        self._since: int | None = int(query["since"]) if str(query.get("since", "")).isdigit() else None
        self._query_epoch: str | None = query.get("epoch") or None
        self.author: str | None = None  # as the welcome says
        self.epoch = ""
        self.position: int | None = None  # everything up to this id was heard
        self.end = ""  # why it is over: refused, left, cut, broken or sent off
        self.settled = False  # whether it was here, and had heard everything, when this was looked at last
        self.owed: deque[tuple[Any, ...]] = deque()  # answers, in their order
        self.sent: list[Sent] = []
        self.bad = 0  # frames in a row
        self.view: dict[str, str] = {}  # who is here, by author
        self.count = 0
        self.wants: set[str] = set()  # names that were asked for
        self.renames: list[str] = []
        self.typed = self.typed_anew = 0  # in all, and when nothing was typed just before
        self.heard_typing = 0
        self._answers: Counter[str] = Counter()  # own messages that were heard, by client_id
        self._repeats: Counter[str] = Counter()  # and those of them that were not new
        self._page_due = False
        self._faults: list[object] = []

    @property
    def is_open(self) -> bool:
        return not self.end

    async def _take(self, message: dict[str, Any]) -> None:
        """A frame arrives: whatever is heard is on the disk by then."""
        if message["type"] == "websocket.send":
            frame = json.loads(message["text"])
            if self.closed is not None:
                self._faults.append(("behind the close", frame))
            if "id" in frame and frame["id"] not in self.ledger.events and not self._is_durable(frame):
                self._faults.append(("not on the disk", frame))
        await super()._take(message)

    def _is_durable(self, frame: Event) -> bool:
        start = {"id": frame["id"], "type": frame["type"]}
        return self._disk.is_durable(LOBBY, json.dumps(start, separators=(",", ":")).encode()[:-1])

    # What is sent

    def say(self, sent: Sent) -> None:
        fields = {"message": sent.text, "client_id": sent.client_id, "reply_to": sent.reply_to}
        self.command("message", **{name: value for name, value in fields.items() if value is not None})
        if sent.wrong:
            self.owed.append(("error", "not_found", sent.client_id))
        self.sent.append(sent)

    def command(self, kind: str, **fields: Any) -> None:
        """A frame that is as it should be."""
        self.bad = 0
        self.send(json.dumps({"type": kind, **fields}))

    def nonsense(self, frame: str | bytes, code: str, client_id: str | None) -> None:
        self.send(frame)
        self.owed.append(("error", code, client_id))
        self.bad += 1
        if self.bad == protocol.MAX_BAD_FRAMES:
            self.owed.append(("error", "too_many_bad_frames", None))
            self.end = "broken"

    # What is heard

    def listen(self) -> None:
        """Everything that arrived since the last time is as it should be."""
        assert not self._faults
        frames, self.frames = self.frames, []
        for frame in frames:
            kind = frame["type"]
            assert self.position is not None or kind in {"welcome", "error"}, "the welcome comes first"
            assert not self._page_due or kind == "history", "the newest page follows at once"
            getattr(self, f"_hear_{kind}")(frame)

    def _hear_welcome(self, frame: Event) -> None:
        ledger, last_id, reset = self.ledger, frame["last_id"], frame.get("reset", False)
        assert (frame["protocol"], frame["room"]) == (protocol.VERSION, "lobby")
        assert ledger.settled <= last_id <= ledger.last
        assert frame["epoch"] == ledger.epoch or ledger.settled == 1
        first = self.position is None
        assert self._is_begun_rightly(frame) if first else self._has_to_begin_anew(frame)
        self.position = last_id if reset or self._since is None else max(1, self._since)
        self._page_due = reset
        ledger.met["resets when somebody came" if first else "resets of who was there"] += reset
        self.epoch = frame["epoch"]
        self._meet(frame)
        assert frame["limits"]["resume"] == RESUME_MAX
        assert first or frame["you"]["author"] == self.author
        self.author = frame["you"]["author"]

    def _is_begun_rightly(self, frame: Event) -> bool:
        """`reset` if, and only if, the client cannot go on from where it was at the moment of the welcome or before."""
        last_id = frame["last_id"]
        if self._since is None:
            return "reset" not in frame
        of_another = self._query_epoch not in {None, frame["epoch"]}
        if "reset" not in frame:
            return not of_another and 0 <= last_id - self._since <= RESUME_MAX
        return of_another or any(
            not 0 <= at - self._since <= RESUME_MAX for at in range(self.ledger.settled, last_id + 1)
        )

    def _has_to_begin_anew(self, frame: Event) -> bool:
        """The room's file was made by another process, or holds more than the client can be brought."""
        begun = self.position if self.settled else self.ledger.settled
        is_another = frame["epoch"] != self.epoch
        return "reset" in frame and (is_another or frame["last_id"] - (begun or 1) > RESUME_MAX)

    def _meet(self, frame: Event) -> None:
        self.view = {member["author"]: member["username"] for member in frame["members"]}
        self.count = frame["count"]
        assert self.count == len(self.view) == len(frame["members"])
        assert len({name.casefold() for name in self.view.values()}) == self.count
        assert self.view.get(frame["you"]["author"]) == frame["you"]["username"]

    def _hear_message(self, frame: Event) -> None:
        assert bare(frame) == self.ledger.events.get(frame["id"])
        assert frame["type"] != "message" or frame["html"]
        assert self.position is not None
        self._note(frame)
        if frame["id"] <= self.position:
            assert frame.get("author") == self.author, "a repeat is for its author alone"
            self._repeats[frame["client_id"]] += 1
            self.ledger.met["repeats"] += 1
            return
        skipped = range(self.position + 1, frame["id"])
        assert all(self.ledger.is_gone(identity) for identity in skipped)
        self.ledger.met["skipped events"] += len(skipped)
        self.position = frame["id"]

    _hear_clear = _hear_message

    def _note(self, event: Event) -> None:
        if event.get("author") == self.author and "client_id" in event:
            self._answers[event["client_id"]] += 1

    def _hear_history(self, frame: Event) -> None:
        if self._page_due:
            asked: tuple[Any, ...] = (None, None, protocol.DEFAULT_HISTORY_EVENTS)
            assert self.position is not None
            assert self.ledger.is_page(frame, self.position + 1, None, protocol.DEFAULT_HISTORY_EVENTS)
            self._page_due = False
            for event in frame["events"]:
                self._note(event)
        else:
            kind, *asked = self.owed.popleft()
            assert kind == "history"
            assert self.ledger.is_page(frame, *asked)
        assert (frame.get("before"), frame.get("after")) == tuple(asked[:2])

    def _hear_error(self, frame: Event) -> None:
        assert frame["retry"] == ERRORS[frame["code"]].retry
        assert frame["detail"]
        if frame["code"] == "going_away":
            assert self.end == "sent off"
        else:
            assert ("error", frame["code"], frame.get("client_id")) == self.owed.popleft()

    def _hear_pong(self, frame: Event) -> None:
        assert self.owed.popleft() == ("pong",)

    def _hear_presence(self, frame: Event) -> None:
        for member in frame["left"]:
            if self.view.get(member["author"]) == member["username"]:
                del self.view[member["author"]]
        self.view.update({member["author"]: member["username"] for member in frame["joined"]})
        if "members" in frame:
            self.view = {member["author"]: member["username"] for member in frame["members"]}
        self.count = frame["count"]

    def _hear_typing(self, frame: Event) -> None:
        self.heard_typing += 1

    # When nothing is under way any more

    def settle(self) -> None:
        """Everything that it is owed has come."""
        self.ledger.met[f"visits that were {self.end}"] += bool(self.end)
        if self.end == "refused":
            assert (self.closed, self.position) == (CloseCode.REFUSED, None)
        elif self.end in {"", "broken"}:
            assert self.closed == (CloseCode.TOO_MANY_BAD_FRAMES if self.end else None)
            assert not self._page_due
            for sent in self.sent:
                self._settle_sent(sent)
        if self.end in {"", "broken", "refused"}:
            assert not self.owed
        if self.end in {"", "left", "broken"}:
            assert all(sent.stored or sent.wrong or self._was_stored(sent) for sent in self.sent)
        if self.is_open:
            assert self.position == self.ledger.last
            assert self.epoch == self.ledger.epoch or not self.ledger.epoch
        self._forget()

    def _settle_sent(self, sent: Sent) -> None:
        """Told to everybody once, and again to its author as often as they repeat it."""
        assert not sent.wrong or not sent.stored
        if sent.client_id is None or sent.wrong:
            return
        again = sum(other.client_id == sent.client_id for other in self.sent)
        assert self._repeats[sent.client_id] <= again
        if self.is_open:
            kept = self.ledger.find(self.author, sent.client_id)
            assert self._answers[sent.client_id] or not kept, f"nobody told {self.author} what became of {sent}"
            assert self._repeats[sent.client_id] == again or not kept or kept["id"] != sent.known

    def _was_stored(self, sent: Sent) -> bool:
        """Under its client_id, before or a moment ago, and perhaps cleared since."""
        mine = [event for event in self.ledger.events.values() if event.get("client_id") == sent.client_id]
        return sent.client_id is not None and any(event["author"] == self.author for event in mine)

    def _forget(self) -> None:
        self.settled = self.is_open
        self.sent, self.renames = [], []
        self.typed = self.typed_anew = self.heard_typing = 0
        self._answers.clear()
        self._repeats.clear()
