"""Step 3 on the path of a message: who may say what, and the next batch. Then step 5, when the batch is on disk.

A `Room` is one room as this process sees it: its people, its connections, its feed. A `Hub` is all of them.
"""

import asyncio
import contextlib
import logging
import math
from concurrent.futures import Executor
from typing import NamedTuple

from channels.layers import BaseChannelLayer

from chat.conf import Conf
from chat.entrance.identity import Identity
from chat.entrance.limits import loop_time
from chat.rooms.batch_priority import BatchPriority
from chat.rooms.feed import Batch, Feed, ResumePosition
from chat.rooms.group_commit import GroupCommit
from chat.rooms.presence import People, Person
from chat.rooms.renderer import Renderer, RenderKey
from chat.storage import (
    Draft,
    RoomDamaged,
    RoomLog,
    RoomUnavailable,
    StorageError,
    StorageFull,
    StorageUnavailable,
    Stored,
)
from chat.wire import events, protocol
from chat.wire.fanout import Frames, Writer, broadcast
from chat.wire.protocol import CloseCode, ErrorCode, Event, ProtocolError

TYPING_INTERVAL_SECONDS = 1.0  # between two times that the others are told; it is shown for five
logger = logging.getLogger(__name__)


class Connection:
    """One connection in a room: the way to it, and the person at its other end; `live` once it missed nothing."""

    __slots__ = ("address", "live", "person", "writer")

    def __init__(self, writer: Writer, person: Person, address: str) -> None:
        self.writer = writer
        self.person = person
        self.address = address
        self.live = False

    def send(self, event: Event) -> None:
        """A frame for this connection alone."""
        self.writer.write(Frames([protocol.encode(event)]))


class PendingMessage(NamedTuple):
    """A message on its way to the disk, and who is to hear if it does not arrive."""

    draft: Draft
    sender: Connection


class CommitResult(NamedTuple):
    """A stored batch: what became of each draft, and the new events as they go out."""

    stored: list[Stored]
    batch: Batch


class Room:
    """One room in this process; `Hub.room` makes it."""

    def __init__(
        self,
        log: RoomLog,
        worker: Executor,
        renderer: Renderer,
        layer: BaseChannelLayer,
        conf: Conf,
        batch_priority: BatchPriority,
    ) -> None:
        self.log = log
        self.people = People()
        self.connections: dict[Connection, None] = {}
        self.feed = Feed(
            log,
            worker,
            layer,
            resume_max=conf.resume_max,
            send_buffer=conf.send_buffer,
            renderer=renderer,
            batch_priority=batch_priority,
            writers=self._live_writers,
            on_reset=self._begin_anew,
        )
        self.limits = protocol.Limits(
            message=conf.max_message, rate=conf.rate, burst=conf.rate_burst, resume=conf.resume_max
        )
        self._commit: GroupCommit[PendingMessage, CommitResult] = GroupCommit(
            self._write, self._durable, worker, conf.send_buffer // 2, batch_priority
        )
        self._news: asyncio.TimerHandle | None = None
        self._telling: set[asyncio.Task[None]] = set()
        self.closing = False  # set by the hub when the server ends
        self.trouble = ""  # what the hub's last look met

    # Coming and going

    async def join(
        self, writer: Writer, identity: Identity, position: ResumePosition | None, address: str = ""
    ) -> Connection:
        """Welcome a connection, send it what it missed, and make it live. Raises `StorageError`."""
        with contextlib.suppress(StorageUnavailable):  # a disk that cannot be written can still be read
            await self.look()
        connection = Connection(writer, self.people.arrive(identity.author, identity.username), address)
        self.connections[connection] = None
        self._plan_news()
        told = self.people.told
        try:
            await self._bring(connection, position)
        except BaseException:  # also when it closes meanwhile
            self.leave(connection)
            raise
        # Nothing gave way since the last event was sent, so the next one finds the connection live.
        connection.live = True
        if self.people.told != told:  # while it was brought up to date
            connection.send(self.people.everybody())
        return connection

    async def _bring(self, connection: Connection, position: ResumePosition | None) -> None:
        if position is None:
            return self._welcome(connection, self.feed.delivered)
        if self.feed.can_continue(position):
            self._welcome(connection, self.feed.delivered)
            if await self.feed.bring(connection.writer, position.since, connection.address):
                return
        while True:
            page, mark = await self.feed.newest(connection.address)
            self._welcome(connection, mark, reset=True)
            connection.send(page)
            if await self.feed.bring(connection.writer, mark, connection.address):
                return

    def _live_writers(self, but: Person | None = None) -> list[Writer]:
        return [one.writer for one in self.connections if one.live and one.person is not but]

    def leave(self, connection: Connection) -> None:
        """The connection is gone. At the end of the server everybody stays, to be told goodbye."""
        if not self.closing and connection in self.connections:
            del self.connections[connection]
            self.people.depart(connection.person, loop_time())
            self._plan_news()

    def _welcome(self, connection: Connection, last_id: int, *, reset: bool = False) -> None:
        connection.send(
            protocol.WelcomeEvent(
                protocol=protocol.VERSION,
                room=self.log.room,
                epoch=self.feed.epoch,
                you=connection.person.member,
                last_id=last_id,
                members=self.people.members(),
                count=len(self.people),
                limits=self.limits,
                reset=reset,
            )
        )

    def _begin_anew(self, page: str) -> None:
        frames = Frames([page])
        for connection in self.connections:
            if connection.live:
                self._welcome(connection, self.feed.delivered, reset=True)
                connection.writer.write(frames)

    # What people do

    def publish(self, sender: Connection, post: protocol.PostMessage) -> None:
        """Put a message into the next batch; the sender hears of it as everybody does. Raises `ProtocolError`."""
        if self.closing:
            raise ProtocolError(ErrorCode.GOING_AWAY, client_id=post.client_id, retry_after=1.0)
        if post.reply_to is not None and not 1 < post.reply_to <= self.feed.delivered:
            raise ProtocolError(ErrorCode.NOT_FOUND, id=post.reply_to, client_id=post.client_id)
        draft = Draft(
            author=sender.person.author,
            username=sender.person.username,
            message=post.message,
            client_id=post.client_id,
            reply_to=post.reply_to,
        )
        if not self._commit.put(PendingMessage(draft, sender), _event_size_estimate(draft)):
            raise ProtocolError(ErrorCode.STORAGE_UNAVAILABLE, client_id=post.client_id, retry_after=1.0)
        sender.person.typed_at = -math.inf  # what they write next is another message

    @property
    def is_new(self) -> bool:
        """Whether the next message makes the room's file."""
        return not self.log.size and not self._commit.busy

    def typing(self, sender: Connection) -> None:
        """Tell the others that somebody is writing, if they have not been told just now."""
        if loop_time() - sender.person.typed_at < TYPING_INTERVAL_SECONDS:
            return
        sender.person.typed_at = loop_time()
        self._tell(self._live_writers(but=sender.person), protocol.TypingEvent(username=sender.person.username))

    def rename(self, sender: Connection, username: str) -> None:
        """Call somebody by another name, on all their connections."""
        self.people.rename(sender.person, username)
        self._plan_news()

    async def history(self, sender: Connection, asked: protocol.FetchHistory) -> None:
        """Answer with a page. Raises `StorageError`."""
        sender.send(await self.page(asked, sender.address))

    async def page(self, asked: protocol.FetchHistory, address: str) -> protocol.HistoryEvent:
        """What somebody at an address asks for. Raises `StorageError`."""
        return await self.feed.delivered_page(
            before=asked.before, after=asked.after, limit=asked.limit, reader=RenderKey(address)
        )

    # News of people

    def _plan_news(self) -> None:
        """Tell them when they are due: once for all that happened until then."""
        delay = self.people.next_news(loop_time())
        if delay is None or (self._news is not None and self._news.when() <= loop_time() + delay):
            return
        if self._news is not None:
            self._news.cancel()
        self._news = asyncio.get_running_loop().call_later(delay, self._tell_news)

    def _tell_news(self) -> None:
        self._news = None
        news = self.people.news(loop_time())
        if news is not None:
            self._tell(self._live_writers(), news)
        self._plan_news()

    def _tell(self, writers: list[Writer], event: Event) -> None:
        """Something that is not stored: soon, in no order with what is."""
        task = asyncio.create_task(broadcast(writers, Frames([protocol.encode(event)])))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    # The batch

    def _write(self, waiting: list[PendingMessage]) -> CommitResult:
        """In the storage thread: on disk first, then rendered and encoded, once for everybody."""
        stored = self.log.append([item.draft for item in waiting])
        records = [outcome.record for outcome in stored if not outcome.repeated]
        texts = [protocol.encode(events.event_from_record(record)) for record in records]
        return CommitResult(stored, Batch(self.log.epoch, records[0].id if records else 0, texts))

    async def _durable(self, waiting: list[PendingMessage], outcome: CommitResult | Exception) -> None:
        """The batch is on disk, or was refused: everybody in it hears which."""
        if isinstance(outcome, Exception):
            return self._refuse(waiting, outcome)
        if outcome.batch.texts:
            await self.feed.announce(outcome.batch)
        for item, stored in zip(waiting, outcome.stored, strict=True):
            if stored.repeated and await self.feed.has_delivered(stored.record.id):  # a later one comes to everybody
                item.sender.send(events.event_from_record(stored.record))

    def _refuse(self, waiting: list[PendingMessage], error: Exception) -> None:
        logger.error("a batch of %d messages was not stored: %s", len(waiting), error, exc_info=traceback_of(error))
        for item in waiting:
            item.sender.send(protocol.error_event(error_for(error, item.draft.client_id)))

    # The end

    @property
    def busy(self) -> bool:
        """Whether somebody is here, or a batch is on its way."""
        return bool(self.connections) or self._commit.busy

    async def look(self) -> None:
        """Hand out what others wrote into the file, if they did. Raises `StorageError`."""
        if not self._commit.busy and self.feed.stale:
            await self.feed.look()

    async def finish(self) -> None:
        """The server ends: store and hand out what is on its way. Raises `StorageError`."""
        await self._commit.drained()
        await self.feed.look()

    def send_off(self) -> None:
        """Tell everybody to come back later."""
        for connection in self.connections:
            connection.writer.close(CloseCode.GOING_AWAY)

    async def stop(self) -> None:
        """Nobody is here: let go of the group and of the file."""
        if self._news is not None:
            self._news.cancel()
        await self.feed.stop()

    def take_apart(self) -> None:
        """Nobody uses this room again: let it go, and with it the index of its file and its newest events.

        The parts refer to each other in circles, in which they would stay until the garbage collector has looked at
        everything: a long time from now.
        """
        del self.log, self.feed, self._commit


def _event_size_estimate(draft: Draft) -> int:
    """Bytes of the event that a message becomes: its text twice, as typed and as HTML, and the rest; seldom more."""
    return 8 * len(draft.message) + 300


def error_for(error: Exception, client_id: str | None = None) -> ProtocolError:
    """The answer to somebody whose message was not stored, or whose page could not be read."""
    if isinstance(error, RoomDamaged):
        return ProtocolError(ErrorCode.ROOM_DAMAGED, reason=error.why, client_id=client_id)
    if isinstance(error, StorageFull):
        return ProtocolError(ErrorCode.STORAGE_FULL, reason=error.why, client_id=client_id)
    if isinstance(error, RoomUnavailable):
        return ProtocolError(ErrorCode.REFUSED, reason=error.why, client_id=client_id)
    return ProtocolError(ErrorCode.STORAGE_UNAVAILABLE, client_id=client_id, retry_after=1.0)


def traceback_of(error: Exception) -> Exception | None:
    """What the log is to show whole; the troubles of a disk say all there is to say in one line."""
    return None if isinstance(error, StorageError) else error
