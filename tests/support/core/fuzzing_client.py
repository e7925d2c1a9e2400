"""Somebody who sends anything at all, somebody else in the room, and what each of them must hear of it."""

from collections import Counter
from typing import Any

from chat.wire import protocol
from chat.wire.protocol import CloseCode, ProtocolError
from tests.support.core.reference_decoder import MOST
from tests.support.core.virtual_time_loop import SteppedLoop, Wire

Frame = dict[str, Any]


class Stranger:
    """Sends bursts of frames and compares what comes of them with the protocol. Comes again when it is closed."""

    def __init__(self, loop: SteppedLoop, site: Any) -> None:
        self._loop, self._site = loop, site
        self.sent = self.closed = 0
        self.last_id = 1  # of the room
        self._bystander = Wire(loop, site, username="bystander")
        self._arrive()
        self.send(['{"type":"message","message":"hi"}'] * 20)  # something to reply to

    def _arrive(self) -> None:
        self._wire = Wire(self._loop, self._site)
        self._bad = 0  # frames in a row
        self._said: set[str] = set()  # client_ids
        self._listen()

    def send(self, frames: list[str | bytes]) -> None:
        """Frames at once, up to the one that is one too many."""
        answers: list[str] = []
        posts: list[protocol.PostMessage] = []
        for frame in frames:
            self._wire.send(frame)
            self.sent += 1
            answers += self._expect(frame, posts)
            if self._bad == protocol.MAX_BAD_FRAMES:
                break
        self._compare(answers, posts)
        assert self._wire.closed == (CloseCode.TOO_MANY_BAD_FRAMES if self._bad == protocol.MAX_BAD_FRAMES else None)
        if self._wire.closed:
            self.closed += 1
            self._arrive()

    def _expect(self, frame: str | bytes, posts: list[protocol.PostMessage]) -> list[str]:
        """What is answered at once; messages are told later, to everybody."""
        try:
            command = protocol.decode(frame, MOST) if isinstance(frame, str) else None
        except ProtocolError as error:
            return self._expect_error(error.code)
        if command is None:
            return self._expect_error("invalid_frame")
        self._bad = 0
        match command:
            case protocol.Ping():
                return ["pong"]
            case protocol.FetchHistory():
                return ["history"]
            case protocol.PostMessage(reply_to=int(target)) if not 1 < target <= self.last_id:
                return ["not_found"]
            case protocol.PostMessage():
                posts.append(command)
        return []

    def _expect_error(self, code: str) -> list[str]:
        self._bad += 1
        return [code] if self._bad < protocol.MAX_BAD_FRAMES else [code, "too_many_bad_frames"]

    def _compare(self, answers: list[str], posts: list[protocol.PostMessage]) -> None:
        heard, overheard = self._listen()
        assert [frame.get("code", frame["type"]) for frame in heard if frame["type"] != "message"] == answers
        due = Counter(post.client_id for post in posts if post.client_id in self._said)
        fresh = [post for post in posts if self._is_new(post)]
        new = [frame for frame in overheard if frame["type"] != "typing"]
        assert [_said(frame) for frame in new] == [(post.message, post.client_id, post.reply_to) for post in fresh]
        assert [frame["id"] for frame in new] == list(range(self.last_id + 1, self.last_id + 1 + len(new)))
        self._compare_told([frame for frame in heard if frame["type"] == "message"], new, due)
        self.last_id += len(new)

    def _compare_told(self, messages: list[Frame], new: list[Frame], due: Counter[str | None]) -> None:
        """The stranger hears what is new once, as everybody does, and alone, again, what they repeated."""
        again: list[str] = []
        told: list[Frame] = []
        for frame in messages:
            if frame["id"] <= max(self.last_id, *(other["id"] for other in told), 0):
                again.append(frame["client_id"])
            else:
                told.append(frame)
        if self._wire.closed:  # before all of it was on the disk, perhaps
            assert told == new[: len(told)]
        else:
            assert told == new
            assert due <= Counter(again)

    def _is_new(self, post: protocol.PostMessage) -> bool:
        if post.client_id is None:
            return True
        new = post.client_id not in self._said
        self._said.add(post.client_id)
        return new

    def _listen(self) -> tuple[list[Frame], list[Frame]]:
        """What both heard since the last time, but for who came, who left and who is called something else."""
        self._loop.let_pass(1)
        heard = []
        for wire in (self._wire, self._bystander):
            heard.append([frame for frame in wire.frames if frame["type"] not in {"welcome", "presence"}])
            wire.frames.clear()
        return heard[0], heard[1]


def _said(frame: Frame) -> tuple[str, str | None, int | None]:
    return frame["message"], frame.get("client_id"), frame.get("reply_to")
