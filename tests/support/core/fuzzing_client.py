"""A client that sends any frames at all, a second client in the room, and what each of them must get."""

from collections import Counter
from typing import Any

import msgspec

from chat.wire import commands, protocol
from chat.wire.errors import CloseCode, ProtocolError
from tests.support.core.client_connection import ClientConnection
from tests.support.core.reference_decoder import MAX_MESSAGE
from tests.support.core.virtual_time_loop import VirtualTimeLoop

Frame = dict[str, Any]
MARK = "amendment-"  # begins the client_id of each
_encoder = msgspec.json.Encoder()


class FuzzingClient:
    """Sends bursts of frames and compares the replies with the protocol. Reconnects when it was closed."""

    def __init__(self, loop: VirtualTimeLoop, site: Any) -> None:
        self._loop, self._site = loop, site
        self.sent = self.times_closed = 0
        self.last_id = 1  # of the room
        self._amendments = 0  # sent
        self.other_ids: set[int] = set()  # of events that are no messages
        self._observer = ClientConnection(loop, site, username="observer")
        self._connect()
        self.send(['{"type":"message","message":"hi"}'] * 20)  # for replies

    def _connect(self) -> None:
        self._connection = ClientConnection(self._loop, self._site)
        self._bad_frames = 0  # in a row
        self._known_client_ids: set[str] = set()
        self._unanswered: set[str] = set()  # client_ids of amendments
        self._receive()

    def send(self, frames: list[str | bytes]) -> None:
        """Send frames in one burst, up to the bad frame that closes the connection, and check the replies."""
        replies: list[str] = []
        posts: list[commands.PostMessage] = []
        for frame in frames:
            frame = self._marked(frame)
            self._connection.send(frame)
            self.sent += 1
            replies += self._expected_replies(frame, posts)
            if self._bad_frames == protocol.MAX_BAD_FRAMES:
                break
        self._check(replies, posts)
        too_many = self._bad_frames == protocol.MAX_BAD_FRAMES
        assert self._connection.close_code == (CloseCode.TOO_MANY_BAD_FRAMES if too_many else None)
        if self._connection.close_code:
            self.times_closed += 1
            self._connect()

    def _expected_replies(self, frame: str | bytes, posts: list[commands.PostMessage]) -> list[str]:
        """The immediate replies to a frame. A message is added to `posts`: its event follows later, to all clients."""
        try:
            command = commands.decode(frame, MAX_MESSAGE) if isinstance(frame, str) else None
        except ProtocolError as error:
            return self._expected_errors(error.code)
        if command is None:
            return self._expected_errors("invalid_frame")
        self._bad_frames = 0
        match command:
            case commands.Ping():
                return ["pong"]
            case commands.Rename():
                return ["renamed"]
            case commands.FetchHistory():
                return ["history"]
            case commands.PostMessage(reply_to=int(target)) if not 1 < target <= self.last_id:
                return ["not_found"]
            case commands.PostMessage(reply_to=int(target)) if target in self.other_ids and self._is_new(command):
                return ["not_found"]
            case commands.PostMessage():
                posts.append(command)
        return []

    def _expected_errors(self, code: str) -> list[str]:
        self._bad_frames += 1
        return [code] if self._bad_frames < protocol.MAX_BAD_FRAMES else [code, "too_many_bad_frames"]

    def _check(self, replies: list[str], posts: list[commands.PostMessage]) -> None:
        own, observed = self._without_amendments(*self._receive())
        answers = [frame.get("code", frame["type"]) for frame in own if frame["type"] not in {"message", "delete"}]
        assert sorted(answers) == sorted(replies), "storage refuses later than the protocol"
        repeats = Counter(post.client_id for post in posts if post.client_id in self._known_client_ids)
        new_posts = [post for post in posts if self._is_new(post)]
        new = [frame for frame in observed if frame["type"] != "typing"]
        assert [_content(frame) for frame in new] == [
            (post.message, post.client_id, post.reply_to) for post in new_posts
        ]
        self._check_own_messages([frame for frame in own if frame["type"] in {"message", "delete"}], new, repeats)
        count = len(new) + len(self._stored_amendments)
        assert sorted([*self._stored_amendments, *(frame["id"] for frame in new)]) == list(
            range(self.last_id + 1, self.last_id + 1 + count)
        )
        self.other_ids |= self._stored_amendments
        self.last_id += count

    def _marked(self, frame: str | bytes) -> str | bytes:
        """The frame, with a client_id of its own if it is a command that stores something other than a message."""
        try:
            command = commands.decode(frame, MAX_MESSAGE) if isinstance(frame, str) else None
        except ProtocolError:
            return frame
        if not isinstance(command, commands.StoredCommand) or isinstance(command, commands.PostMessage):
            return frame
        self._amendments += 1
        self._unanswered.add(f"{MARK}{self._amendments}")
        return _encoder.encode(msgspec.structs.replace(command, client_id=f"{MARK}{self._amendments}")).decode()

    def _without_amendments(self, own: list[Frame], observed: list[Frame]) -> tuple[list[Frame], list[Frame]]:
        """The other frames. Each amendment is answered: with its event, which all get, or with an error."""
        self._unanswered -= {frame["client_id"] for frame in own if _is_marked(frame)}
        assert self._connection.close_code or not self._unanswered
        self._stored_amendments = {frame["id"] for frame in observed if _is_marked(frame)}
        return [frame for frame in own if not _is_marked(frame)], [frame for frame in observed if not _is_marked(frame)]

    def _check_own_messages(self, messages: list[Frame], new: list[Frame], repeats: Counter[str | None]) -> None:
        """The client gets each new event once, as all clients do, and the events of its repeats again."""
        answers_to_repeats: list[str] = []
        delivered: list[Frame] = []
        for frame in messages:
            if frame["id"] <= max(self.last_id, *(other["id"] for other in delivered), 0):
                answers_to_repeats.append(frame["client_id"])
            else:
                delivered.append(frame)
        if self._connection.close_code:  # perhaps before all events were durable
            assert delivered == new[: len(delivered)]
        else:
            assert delivered == new
            assert repeats <= Counter(answers_to_repeats)

    def _is_new(self, post: commands.PostMessage) -> bool:
        if post.client_id is None:
            return True
        new = post.client_id not in self._known_client_ids
        self._known_client_ids.add(post.client_id)
        return new

    def _receive(self) -> tuple[list[Frame], list[Frame]]:
        """The frames of both clients since the last call, without welcome and presence frames."""
        self._loop.advance(1)
        received = []
        for connection in (self._connection, self._observer):
            received.append([frame for frame in connection.frames if frame["type"] not in {"welcome", "presence"}])
            connection.frames.clear()
        return received[0], received[1]


def _is_marked(frame: Frame) -> bool:
    return str(frame.get("client_id", "")).startswith(MARK)


def _content(frame: Frame) -> tuple[str, str | None, int | None]:
    return frame["message"], frame.get("client_id"), frame.get("reply_to")
