"""A deterministic simulation: several clients in one room, the owner's commands, and a server that restarts or crashes.

The disk is in memory, or there is a real database. The threads and the clock belong to the event loop: nothing depends
on timing. After every step the server is compared with the `EventModel`, and in full when nothing is in progress any
more.
"""

import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace

from channels.layers import channel_layers
from django.core import signing

from chat.conf import Conf
from chat.entrance.identity import COOKIE
from chat.history.clearing import plan_clear
from chat.rooms.hub import Hub
from chat.rooms.room import TYPING_INTERVAL_SECONDS
from chat.routing import build_application
from chat.wire.errors import CloseCode
from tests.support.core.checked_connection import RESUME_MAX, CheckedConnection, SentMessage
from tests.support.core.event_model import Event, EventModel
from tests.support.core.simulated_storage import SimulatedStorage
from tests.support.core.virtual_time_loop import ThreadlessLoop
from tests.support.storage.expected_history import said

COMPLETION_SECONDS = 1.0  # in which everything ends that is in progress
PRESENCE_SECONDS = 7.0  # in which all departures are announced


@dataclass
class SimulatedClient:
    """A client over all its connections. It resumes from its last position.

    A client without an author has no cookie: it is another guest on every connection.
    """

    username: str
    author: str = ""
    name_in_cookie: bool = True
    connection: CheckedConnection | None = None
    position: int | None = None
    epoch: str = ""
    sent_messages: list[SentMessage] = field(default_factory=list)  # that can be repeated

    @property
    def cookie(self) -> str | None:
        name = self.username if self.name_in_cookie else ""
        return f"{COOKIE}={signing.dumps((self.author, name), salt='chat.identity')}" if self.author else None


def all_clients() -> list[SimulatedClient]:
    """Two clients of Ada, two of Bea, Charlie who uses Ada's name, and a guest."""
    ada, bea = SimulatedClient("ada", "author-a"), SimulatedClient("bea", "author-b", name_in_cookie=False)
    second_ada, second_bea = (replace(client, sent_messages=client.sent_messages) for client in (ada, bea))
    return [ada, second_ada, bea, second_bea, SimulatedClient("Ada", "author-c"), SimulatedClient("guest")]


class Simulation:
    """The server, its storage, its clients, and the model."""

    def __init__(self, conf: Conf, storage: SimulatedStorage, rare_cases: Counter[str]) -> None:
        self._conf = replace(conf, rate=0.0, resume_max=RESUME_MAX)
        self._storage = storage
        self.model = EventModel(rare_cases)
        self.clients = all_clients()
        self.connections: list[CheckedConnection] = []  # those that are open or were not checked since they ended
        self.posted = 0  # messages, in all
        self._requested_names: dict[str, set[str]] = defaultdict(set)  # by author
        self._typed_at: dict[str | CheckedConnection, float] = {}  # by author; guests by connection
        self._start()

    def _start(self) -> None:
        channel_layers.backends.clear()
        self.loop = ThreadlessLoop()
        self._hub = Hub(self._storage.open_store(), self._conf)
        self._site = build_application(self._hub, None)

    # Clients

    def connect(self, client: SimulatedClient, expected_error: str = "", **query: object) -> CheckedConnection:
        """Connect; with the code of an `expected_error` the connection must be refused."""
        name = str(query.setdefault("username", client.username))
        connection = CheckedConnection(self.loop, self._site, self.model, self._storage, client.cookie, **query)
        connection.requested_names.add(client.username if client.author and client.name_in_cookie else name)
        self.connections.append(connection)
        if expected_error:
            connection.expected_replies.append(("error", expected_error, None))
            connection.end_reason = "refused"
        else:
            client.connection = connection
        return connection

    def resume(self, client: SimulatedClient) -> CheckedConnection:
        """The client's connection. A client that has none connects, and resumes from its position."""
        if client.connection is not None:
            return client.connection
        if client.position is None:
            return self.connect(client)
        return self.connect(client, since=client.position, epoch=client.epoch)

    def post(self, client: SimulatedClient, client_id: str | None, text: str = "", reply_to: int | None = None) -> None:
        """Post a message, or repeat one with its `client_id`, also with another text."""
        connection = self.resume(client)
        self.posted += 1
        known = self.model.find(client.author, client_id)
        sent = SentMessage(
            text or f"message {self.posted}",
            client_id,
            reply_to,
            known["id"] if known and known["id"] <= self.model.received_by_all_id else 0,
            is_refused=reply_to is not None and not 1 < reply_to <= self.model.received_by_all_id,
        )
        connection.post(sent)
        if client_id is not None and not sent.is_refused and client.author:
            client.sent_messages.append(sent)

    def amend(self, client: SimulatedClient, kind: str, tenth: int) -> None:
        """Edit, delete or react to the last own message, or to whatever has an id."""
        messages = [event for event in self.model.items_at(self.model.last_id) if event["type"] == "message"]
        own = [event["id"] for event in messages if event["author"] == client.author]
        target = 10**6 if tenth == 10 else self.model.last_id * tenth // 9
        target = own[-1] if own and tenth % 2 else target
        self.posted += 1
        client_id = f"a-{self.posted}"
        fields: dict[str, Event] = {
            "edit": {"message": f"edit {self.posted % 5}"},
            "react": {"emoji": "\N{WAVING HAND SIGN}", "on": self.posted % 3 > 0},
        }
        self.resume(client).amend(kind, client_id, id=target, **fields.get(kind, {}))

    def rename(self, client: SimulatedClient, username: str) -> None:
        connection = self.resume(client)
        connection.send_command("rename", username=username)
        connection.expected_replies.append(("renamed", username))
        connection.requested_names.add(username)
        connection.renames.append(username)

    def send_typing(self, client: SimulatedClient) -> None:
        connection = self.resume(client)
        connection.send_command("typing")
        connection.typing_sent += 1
        key, now = client.author or connection, self.loop.time()
        pause = now - self._typed_at.get(key, -math.inf)
        connection.typing_sent_after_pause += pause >= TYPING_INTERVAL_SECONDS + COMPLETION_SECONDS
        self._typed_at[key] = now

    def fetch_history(self, client: SimulatedClient, before: int | None, after: int | None, limit: int) -> None:
        fields = {"before": before, "after": after, "limit": limit}
        connection = self.resume(client)
        connection.send_command("history", **{name: value for name, value in fields.items() if value is not None})
        connection.expected_replies.append(("history", before, after, limit))

    def ping(self, client: SimulatedClient) -> None:
        connection = self.resume(client)
        connection.send_command("ping")
        connection.expected_replies.append(("pong",))

    def send_bad_frame(self, client: SimulatedClient, frame: str | bytes, code: str, client_id: str | None) -> None:
        connection = self.resume(client)
        connection.send_bad_frame(frame, code, client_id)
        if not connection.is_open:
            client.connection = None

    def disconnect(self, client: SimulatedClient, *, abort: bool) -> None:
        """Close the client's connection; `abort` cancels the server's task immediately."""
        if client.connection is None:
            return
        client.connection.end_reason = "aborted" if abort else "disconnected"
        client.connection.abort() if abort else client.connection.disconnect()
        client.connection = None

    # The owner's commands, which have a log of their own

    def clear(self, through: int | None) -> None:
        """Clear the history up to an id, or all of it."""
        self._update_model()
        log = self._storage.open_lobby()
        self._update_model()
        log.clear(plan_clear(log, None).through if through is None else through)
        log.close()
        self._update_model()

    def post_by_command(self, count: int) -> None:
        """Append messages in one batch."""
        self._update_model()
        log = self._storage.open_lobby()
        self._update_model()
        log.append([said(f"script {self.model.last_id + number}", author="script") for number in range(count)])
        log.close()
        self._update_model()

    # The server

    def restart(self) -> None:
        """Graceful shutdown, then a new server."""
        opened = self._end_connections("shutdown")
        self.loop.run_until_complete(self._hub.shut_down())
        self.loop.advance(COMPLETION_SECONDS)
        self.check_received()
        for connection in opened:
            assert connection.close_code == CloseCode.GOING_AWAY
            assert connection.position == self.model.last_id or not connection.up_to_date
        self.loop.run_until_complete(self._hub.close())
        self._start_again()

    def crash(self, after: int | None, state: int) -> None:
        """Kill the process in the next call of the storage but `after`, or immediately, and start a new server.

        `state` chooses one of the states of the storage after the crash.
        """
        self._end_connections("aborted")
        if after is not None:
            self._storage.kill_after(after)
            self.loop.advance(COMPLETION_SECONDS)
        self.loop.cancel_tasks()
        self.model.rare_cases["torn files"] += self._storage.crash(state)
        self.check_received()
        self._start_again()

    def _end_connections(self, reason: str) -> list[CheckedConnection]:
        opened = [connection for connection in self.connections if connection.is_open]
        for connection in opened:
            connection.end_reason = reason
        for client in self.clients:
            client.connection = None
        return opened

    def _start_again(self) -> None:
        self.loop.cancel_and_close()
        self.connections.clear()
        self._requested_names.clear()
        self._typed_at.clear()
        self.model.received_by_all_id = self.model.last_id
        self._start()

    # Checks

    def advance(self, seconds: float) -> None:
        """Let time pass, if any, and check everything that happened until then."""
        if seconds:
            self.loop.advance(seconds)
        self.check_received()
        if seconds >= COMPLETION_SECONDS:
            self._check_when_idle()
        if seconds >= PRESENCE_SECONDS:
            self._check_members()

    def check_received(self) -> None:
        """Check every new record and every new frame."""
        self._update_model()
        for connection in self.connections:
            connection.check_received()
            if connection.author is not None:
                self._requested_names[connection.author] |= connection.requested_names
        for client in self.clients:
            if client.connection is not None and client.connection.position is not None:
                client.position, client.epoch = client.connection.position, client.connection.epoch

    def _update_model(self) -> None:
        records = self._storage.records()
        assert records or not self.model.events
        for event in self.model.update(records) if records else []:
            if event["type"] == "message" and event["author"] != "script":
                self._mark_as_stored(event)

    def _mark_as_stored(self, event: Event) -> None:
        """Find the message that became this event. No later message of its connection is stored yet."""
        for connection in self.connections:
            sent_messages = connection.sent_messages
            for number, sent in enumerate(sent_messages):
                if (
                    sent.text != event["message"]
                    or sent.stored
                    or any(other.stored for other in sent_messages[number:])
                ):
                    continue
                assert (sent.client_id, sent.reply_to) == (event.get("client_id"), event.get("reply_to"))
                assert connection.author in {None, event["author"]}
                sent.stored = True
                return
        raise AssertionError(f"{event} was not sent, or is out of order")

    def _check_when_idle(self) -> None:
        self._check_typing()
        self._check_renames()
        if any(connection.is_open for connection in self.connections):
            self._storage.on_idle()
        for connection in self.connections:
            connection.check_when_idle()
        self.connections = [connection for connection in self.connections if connection.is_open]
        self.model.received_by_all_id = self.model.last_id

    def _check_typing(self) -> None:
        """The other people get typing frames; they need not if a person joined, left or typed shortly before."""
        for connection in self.connections:
            others = [other for other in self.connections if other.typing_sent and other.author != connection.author]
            up_to_date = [other for other in others if other.is_open and other.up_to_date]
            if connection.is_open and connection.up_to_date:
                assert sum(other.typing_sent_after_pause for other in up_to_date) <= connection.typing_received
            assert connection.typing_received <= sum(other.typing_sent for other in others)

    def _check_renames(self) -> None:
        """A person who was renamed on one connection only has the last of the requested names."""
        for connection in self.connections:
            others = [other for other in self.connections if other.author == connection.author and other != connection]
            if not connection.renames or not connection.is_open or not connection.up_to_date:
                continue
            if not any(other.renames for other in others):
                assert _is_numbered(connection.members[str(connection.author)], connection.renames[-1])

    def _check_members(self) -> None:
        """All clients show the same people, with unique names, and with the requested names unless those are taken."""
        opened = [connection for connection in self.connections if connection.is_open]
        authors = {str(connection.author) for connection in opened}
        for connection in opened:
            assert connection.members == opened[0].members
            assert (set(connection.members), connection.count) == (authors, len(authors))
        for author, name in opened[0].members.items() if opened else []:
            requested = self._requested_names[author]
            assert any(_is_numbered(name, wanted) for wanted in requested)
            by_others = set().union(*(names for other, names in self._requested_names.items() if other != author))
            assert name in requested or {_stem(wanted) for wanted in requested} & {
                _stem(wanted) for wanted in by_others
            }


def _is_numbered(name: str, wanted: str) -> bool:
    return name == wanted or re.fullmatch(re.escape(wanted) + r"-\d+", name) is not None


def _stem(name: str) -> str:
    return re.sub(r"-\d+$", "", name).casefold()
