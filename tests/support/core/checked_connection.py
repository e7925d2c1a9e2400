"""One connection of the simulation: what it sent, which replies it expects, and a check of each frame it receives."""

import json
from collections import Counter, deque
from dataclasses import dataclass
from typing import Any

from chat.wire import protocol
from chat.wire.errors import ERRORS, CloseCode
from tests.support.core.client_connection import ClientConnection
from tests.support.core.event_model import Event, EventModel
from tests.support.core.simulated_storage import SimulatedStorage
from tests.support.core.virtual_time_loop import VirtualTimeLoop

RESUME_MAX = 8


@dataclass
class SentMessage:
    """A message that was sent. `known_id` is the id under which all clients had received it before, or 0."""

    text: str
    client_id: str | None
    reply_to: int | None
    known_id: int
    is_refused: bool  # it replies to an id that was not assigned
    stored: bool = False


class CheckedConnection(ClientConnection):
    """A connection that compares every frame with the model."""

    def __init__(
        self,
        loop: VirtualTimeLoop,
        site: Any,
        model: EventModel,
        storage: SimulatedStorage,
        cookie: str | None,
        **query: Any,
    ) -> None:
        super().__init__(loop, site, cookie, **query)
        self.model, self._storage = model, storage
        self._since: int | None = int(query["since"]) if str(query.get("since", "")).isdigit() else None
        self._query_epoch: str | None = query.get("epoch") or None
        self.author: str | None = None  # of the welcome
        self.epoch = ""
        self.position: int | None = None  # every event up to this id was received
        self.end_reason = ""  # refused, disconnected, aborted, bad frames or shutdown
        self.up_to_date = False  # whether it was open and had received everything at the last check
        self.expected_replies: deque[tuple[Any, ...]] = deque()  # in order
        self.sent_messages: list[SentMessage] = []
        self.bad_frames = 0  # in a row
        self.members: dict[str, str] = {}  # usernames by author
        self.count = 0
        self.requested_names: set[str] = set()
        self.renames: list[str] = []
        self.typing_sent = 0
        self.typing_sent_after_pause = 0  # those of them that must be sent to the others
        self.typing_received = 0
        self._own_messages: Counter[str] = Counter()  # received, by client_id
        self._repeats: Counter[str] = Counter()  # those of them that were received before
        self._page_due = False
        self.sent_amendments: set[str] = set()  # client_ids of edits, deletes and reactions
        self._answered_amendments: set[str] = set()
        self._forgotten = model.deleted(model.received_by_all_id)  # nothing of these may be sent any more
        self._violations: list[object] = []

    @property
    def is_open(self) -> bool:
        return not self.end_reason

    async def _receive(self, message: dict[str, Any]) -> None:
        """Check at the moment of delivery that the frame is not sent after a close, and that its event is durable."""
        if message["type"] == "websocket.send":
            frame = json.loads(message["text"])
            if self.close_code is not None:
                self._violations.append(("after the close", frame))
            if "id" in frame and frame["id"] not in self.model.events and not self._is_durable(frame):
                self._violations.append(("not durable", frame))
        await super()._receive(message)

    def _is_durable(self, frame: Event) -> bool:
        """Whether the event is. A placeholder, and the answer to a command that changes nothing, have another type."""
        start = {"id": frame["id"]}
        if frame["type"] != "unknown" and frame.get("client_id") not in self.sent_amendments:
            start["type"] = frame["type"]
        return self._storage.is_durable(start)

    # Sending

    def post(self, sent: SentMessage) -> None:
        fields = {"message": sent.text, "client_id": sent.client_id, "reply_to": sent.reply_to}
        self.send_command("message", **{name: value for name, value in fields.items() if value is not None})
        if sent.is_refused:
            self.expected_replies.append(("error", "not_found", sent.client_id))
        self.sent_messages.append(sent)

    def amend(self, kind: str, client_id: str, **fields: Any) -> None:
        """Send an edit, a delete or a reaction. Whether it is stored or refused, it is answered."""
        self.send_command(kind, client_id=client_id, **fields)
        self.sent_amendments.add(client_id)
        self._answered_amendments.discard(client_id)

    def send_command(self, kind: str, **fields: Any) -> None:
        """Send a valid frame."""
        self.bad_frames = 0
        self.send(json.dumps({"type": kind, **fields}))

    def send_bad_frame(self, frame: str | bytes, code: str, client_id: str | None) -> None:
        self.send(frame)
        self.expected_replies.append(("error", code, client_id))
        self.bad_frames += 1
        if self.bad_frames == protocol.MAX_BAD_FRAMES:
            self.expected_replies.append(("error", "too_many_bad_frames", None))
            self.end_reason = "bad frames"

    # Receiving

    def check_received(self) -> None:
        """Check every frame that was received since the last call."""
        assert not self._violations
        frames, self.frames = self.frames, []
        for frame in frames:
            kind = frame["type"]
            assert self.position is not None or kind in {"welcome", "error"}, "the welcome is the first frame"
            assert not self._page_due or kind == "history", "the newest page follows a reset"
            getattr(self, f"_check_{kind}")(frame)

    def _check_welcome(self, frame: Event) -> None:
        model, last_id, reset = self.model, frame["last_id"], frame.get("reset", False)
        assert (frame["protocol"], frame["room"]) == (protocol.VERSION, "lobby")
        assert model.received_by_all_id <= last_id <= model.last_id
        assert frame["epoch"] == model.epoch or model.received_by_all_id == 1
        first = self.position is None
        assert self._is_right_first_welcome(frame) if first else self._is_right_reset(frame)
        self.position = last_id if reset or self._since is None else max(1, self._since)
        self._page_due = reset
        model.rare_cases["resets on join" if first else "resets while connected"] += reset
        self.epoch = frame["epoch"]
        self._check_members(frame)
        assert frame["limits"]["resume"] == RESUME_MAX
        assert first or frame["you"]["author"] == self.author
        self.author = frame["you"]["author"]
        assert frame["you"].get("asked") != frame["you"]["username"]

    def _is_right_first_welcome(self, frame: Event) -> bool:
        """Whether it has `reset` if and only if the client could not resume at some moment up to the welcome."""
        last_id = frame["last_id"]
        if self._since is None:
            return "reset" not in frame
        other_epoch = self._query_epoch not in {None, frame["epoch"]}
        if "reset" not in frame:
            return not other_epoch and 0 <= last_id - self._since <= RESUME_MAX
        return other_epoch or any(
            not 0 <= newest - self._since <= RESUME_MAX for newest in range(self.model.received_by_all_id, last_id + 1)
        )

    def _is_right_reset(self, frame: Event) -> bool:
        """Whether another process created the room's file, or the client is too far behind for a replay."""
        position = self.position if self.up_to_date else self.model.received_by_all_id
        other_epoch = frame["epoch"] != self.epoch
        return "reset" in frame and (other_epoch or frame["last_id"] - (position or 1) > RESUME_MAX)

    def _check_members(self, frame: Event) -> None:
        self.members = {member["author"]: member["username"] for member in frame["members"]}
        self.count = frame["count"]
        assert self.count == len(self.members) == len(frame["members"])
        assert len({name.casefold() for name in self.members.values()}) == self.count
        assert self.members.get(frame["you"]["author"]) == frame["you"]["username"]

    def _check_message(self, frame: Event) -> None:
        if frame.get("author") == self.author and frame.get("client_id") in self.sent_amendments:
            self._answered_amendments.add(frame["client_id"])
        if not self.model.is_same(frame):
            return self._check_other_answer(frame)
        assert self._spoken_ids(frame).isdisjoint(self._forgotten), "words that everybody knows to be deleted"
        assert frame["type"] != "message" or (frame["html"] and self.model.is_right_reply(frame))
        assert self.position is not None
        self._count_own_message(frame)
        if frame["id"] <= self.position:
            assert frame.get("author") == self.author, "a repeat is answered to its author alone"
            if "client_id" in frame:
                self._repeats[frame["client_id"]] += 1
            else:
                assert self.model.is_gone(frame["id"]), "cleared before it was shown: an answer by itself"
            self.model.rare_cases["repeats"] += 1
            return
        skipped = range(self.position + 1, frame["id"])
        if self.end_reason == "disconnected" and not all(map(self.model.is_gone, skipped)):
            assert frame["client_id"] in self.sent_amendments | {sent.client_id for sent in self.sent_messages}
            return  # it has left: it gets its own answers, and nothing else
        assert all(map(self.model.is_gone, skipped))
        self.model.rare_cases["skipped events"] += len(skipped)
        self.position = frame["id"]

    _check_edit = _check_delete = _check_reaction = _check_topic = _check_room_name = _check_message
    _check_clear = _check_message

    def _check_other_answer(self, frame: Event) -> None:
        """The answer to an own command that stored nothing: to one that changes nothing, or to a deleted message."""
        assert frame["author"] == self.author
        assert frame["id"] <= (self.position or 0), "it follows the event that it stands for"
        known = self.model.events[frame["id"]]
        if frame["client_id"] in self.sent_amendments:
            self.model.rare_cases["answers without an event"] += 1
            return
        assert (frame["type"], known["type"], frame["target"]) == ("delete", "delete", known["target"])
        self._count_own_message(frame)
        self._repeats[frame["client_id"]] += 1
        self.model.rare_cases["repeats of deleted messages"] += 1

    def _spoken_ids(self, frame: Event) -> set[int]:
        """The messages of which a frame has words."""
        of_reply = {frame["reply"]["id"]} if "excerpt" in frame.get("reply", {}) else set()
        return of_reply | ({frame.get("target", frame["id"])} if "message" in frame else set())

    def _check_unknown(self, frame: Event) -> None:
        """It stands for an event that was removed before it was delivered."""
        assert self.position is not None
        assert frame["id"] == self.position + 1
        assert self.model.is_gone(frame["id"])
        self.model.rare_cases["placeholders"] += 1
        self.position = frame["id"]

    def _count_own_message(self, event: Event) -> None:
        if event.get("author") == self.author and "client_id" in event:
            self._own_messages[event["client_id"]] += 1

    def _check_history(self, frame: Event) -> None:
        if self._page_due:
            requested: tuple[Any, ...] = (None, None, protocol.DEFAULT_HISTORY_EVENTS)
            assert self.position is not None
            assert self.model.is_page(frame, self.position + 1, None, protocol.DEFAULT_HISTORY_EVENTS)
            self._page_due = False
            for event in frame["events"]:
                self._count_own_message(event)
        else:
            kind, *requested = self.expected_replies.popleft()
            assert kind == "history"
            assert self.model.is_page(frame, *requested)
        assert (frame.get("before"), frame.get("after")) == tuple(requested[:2])

    def _check_error(self, frame: Event) -> None:
        assert frame["retry"] == ERRORS[frame["code"]].retry
        assert frame["detail"]
        if frame.get("client_id") in self.sent_amendments:
            assert frame["code"] in {"not_found", "not_allowed", "going_away"}
            self._answered_amendments.add(frame["client_id"])
        elif frame["code"] == "going_away":
            assert self.end_reason == "shutdown"
        else:
            assert ("error", frame["code"], frame.get("client_id")) == self.expected_replies.popleft()

    def _check_pong(self, frame: Event) -> None:
        assert self.expected_replies.popleft() == ("pong",)

    def _check_presence(self, frame: Event) -> None:
        for member in frame["left"]:
            if self.members.get(member["author"]) == member["username"]:
                del self.members[member["author"]]
        self.members.update({member["author"]: member["username"] for member in frame["joined"]})
        if "members" in frame:
            self.members = {member["author"]: member["username"] for member in frame["members"]}
        self.count = frame["count"]

    def _check_renamed(self, frame: Event) -> None:
        you = frame["you"]
        answer = ("renamed", you.get("asked", you["username"]))
        if self.expected_replies and self.expected_replies[0] == answer:
            self.expected_replies.popleft()
        else:  # a name that was taken is given back
            assert (
                "asked" not in you
            )  # which name it is, `Simulation` checks: it may be asked for on another connection
        assert you["author"] == self.author

    def _check_rooms(self, frame: Event) -> None:
        raise AssertionError("there is one room, and nobody is told of their own")

    def _check_typing(self, frame: Event) -> None:
        self.typing_received += 1

    # When nothing is in progress any more

    def check_when_idle(self) -> None:
        """Check that every expected frame was received."""
        self.model.rare_cases[f"connections with end: {self.end_reason}"] += bool(self.end_reason)
        if self.end_reason == "refused":
            assert (self.close_code, self.position) == (CloseCode.JOIN_REFUSED, None)
        elif self.end_reason in {"", "bad frames"}:
            assert self.close_code == (CloseCode.TOO_MANY_BAD_FRAMES if self.end_reason else None)
            assert not self._page_due
            if self.is_open:
                assert self.sent_amendments == self._answered_amendments
            for sent in self.sent_messages:
                self._check_sent_message(sent)
        if self.end_reason in {"", "bad frames", "refused"}:
            assert not self.expected_replies
        if self.end_reason in {"", "disconnected", "bad frames"}:
            assert all(sent.stored or sent.is_refused or self._was_stored(sent) for sent in self.sent_messages)
        if self.is_open:
            assert self.position == self.model.last_id
            assert self.epoch == self.model.epoch or not self.model.epoch
        self._forget()

    def _check_sent_message(self, sent: SentMessage) -> None:
        """It is delivered to all clients once, and to its author again for every repeat."""
        assert not sent.is_refused or not sent.stored
        if sent.client_id is None or sent.is_refused:
            return
        times_sent = sum(other.client_id == sent.client_id for other in self.sent_messages)
        assert self._repeats[sent.client_id] <= times_sent
        if self.is_open:
            stored = self.model.find(self.author, sent.client_id)
            assert self._own_messages[sent.client_id] or not stored, f"{self.author} got no answer to {sent}"
            assert self._repeats[sent.client_id] == times_sent or not stored or stored["id"] != sent.known_id

    def _was_stored(self, sent: SentMessage) -> bool:
        """Whether it is stored under its client_id, or was before it was cleared."""
        stored = [event for event in self.model.events.values() if event.get("client_id") == sent.client_id]
        return sent.client_id is not None and any(event["author"] == self.author for event in stored)

    def _forget(self) -> None:
        self.up_to_date = self.is_open
        self.sent_messages, self.renames = [], []
        self.typing_sent = self.typing_sent_after_pause = self.typing_received = 0
        self.sent_amendments.clear()
        self._answered_amendments.clear()
        self._own_messages.clear()
        self._repeats.clear()
