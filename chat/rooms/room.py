"""One room of this process: its people, connections and events, put together. `OpenRooms` makes it.

The path of a message through the parts: `Publisher` queues it, `GroupCommit` carries the batch to a storage thread,
`BatchWriter` stores and encodes it there, `BatchAnnouncer` hands the outcome to `ChannelGroup`, the channel layer
brings it to the `Feed` of every process, and that broadcasts it to the `Connections`.
"""

import contextlib
import math
from collections.abc import Callable

from channels.layers import BaseChannelLayer

from chat.conf import Conf
from chat.entrance.identity import Identity
from chat.entrance.loop_clock import loop_time
from chat.metrics import counted
from chat.rooms.batch_announcer import BatchAnnouncer
from chat.rooms.batch_priority import BatchPriority
from chat.rooms.batch_writer import BatchWriter
from chat.rooms.carrier import Carrier
from chat.rooms.channel_group import BATCH, ChannelGroup
from chat.rooms.connections import Connection, Connections
from chat.rooms.feed import Feed
from chat.rooms.group_commit import GroupCommit
from chat.rooms.history_reader import HistoryReader, MessageAndTexts, Reader
from chat.rooms.history_renderer import HistoryRenderer, QueueKey
from chat.rooms.presence import People
from chat.rooms.presence_announcer import PresenceAnnouncer
from chat.rooms.processes import Processes
from chat.rooms.publisher import Publisher
from chat.rooms.replay import Replay, ResumePosition
from chat.rooms.rosters import Rosters
from chat.rooms.shared_call import SharedCall
from chat.rooms.single_post import SinglePost
from chat.rooms.storage_errors import RETRY_AFTER_SECONDS
from chat.rooms.storage_pool import SerialExecutor
from chat.rooms.welcome import Welcome
from chat.search.room_search import RoomSearch
from chat.storage import RoomLog, StorageUnavailable, Tally
from chat.text.names import LOBBY
from chat.wire import commands, protocol
from chat.wire.errors import ErrorCode, ProtocolError
from chat.wire.fanout import Writer

TYPING_INTERVAL_SECONDS = 1.0  # between two typing frames about one person; clients show one for five seconds


class Room:
    """What connections, pages and the hub call. No part refers back to it, so a closed room is freed immediately."""

    def __init__(
        self,
        log: RoomLog,
        executor: SerialExecutor,
        renderer: HistoryRenderer,
        layer: BaseChannelLayer,
        conf: Conf,
        batch_priority: BatchPriority,
        processes: Processes,
        on_change: Callable[[str], None] = lambda slug: None,
    ) -> None:
        resume_max = conf.resume_max
        max_bytes = conf.send_buffer // 2  # for a page, a batch and the recent events, each
        self.log = log
        self.search = RoomSearch(log)
        self.limits = protocol.WelcomeLimits(
            message=conf.max_message, rate=conf.rate, burst=conf.rate_burst, resume=conf.resume_max
        )
        self.people = People()
        self.connections = Connections()
        self.channel_group = ChannelGroup(layer, f"room.{log.room}")
        self.rosters = Rosters(processes.id, self.people, processes.versions)
        self.presence = PresenceAnnouncer(
            log.room, self.people, self.rosters, self.connections, self.channel_group, processes
        )
        if len(processes):
            self.rosters.start_sharing()
        self._welcome = Welcome(log, self.limits, self.people, self.connections)
        reader = HistoryReader(log, executor, renderer, max_bytes)
        self.feed = Feed(
            log,
            executor,
            reader,
            self.connections,
            batch_priority,
            resume_max=resume_max,
            max_bytes=max_bytes,
            on_reset=self._welcome.reset_all,
            on_change=lambda: on_change(log.room),
            on_overdue=layer.report_gap if isinstance(layer, Carrier) else None,
        )
        self._poll = SharedCall(self.feed.deliver_from_log)  # of the log, for all who join in the same moment
        self.replay = Replay(self.feed, reader, resume_max=resume_max, max_bytes=max_bytes)
        self.channel_group.on_message(BATCH, self.feed.on_message)
        write, on_batch_done = BatchWriter(log).write, BatchAnnouncer(self.feed, self.channel_group).on_batch_done
        self.group_commit = GroupCommit(write, on_batch_done, executor, max_bytes, batch_priority)
        self._publisher = Publisher(self.group_commit, self.feed)
        self.shutting_down = False  # set by the hub when the server shuts down
        self.poll_error = ""  # what the last poll of the log raised

    # Joining and leaving

    async def join(
        self,
        writer: Writer,
        identity: Identity,
        position: ResumePosition | None,
        address: str = "",
        *,
        has_cookie: bool = False,
        language: str = "en",
    ) -> Connection:
        """Welcome a connection, send what it missed, and make it live. Raises `StorageError`.

        `has_cookie`: the identity, with its name, is that of a cookie. `language`: of errors.
        """
        with contextlib.suppress(StorageUnavailable):  # a disk that refuses writes can still be read
            await self.poll_log(0 if position is None else position.since)
        if not self.people.number_here:
            await self.presence.hear_of_others()
        person = self.people.arrive(identity.author, identity.username, has_cookie=has_cookie)
        connection = Connection(writer, person, address, language)
        self.connections.add(connection)
        self.presence.schedule()
        version = self.people.version
        try:
            await self.channel_group.join()
            await self._bring_up_to_date(connection, position)
        except BaseException:  # also a cancellation, because the connection closed
            self.leave(connection)
            raise
        # No await since the last event was written: the next broadcast finds the connection live.
        connection.live = True
        if self.people.version != version:  # changes were announced to the live connections meanwhile
            connection.send(self.people.everybody())
        return connection

    async def _bring_up_to_date(self, connection: Connection, position: ResumePosition | None) -> None:
        """Welcome the connection and send every event up to now; the caller makes it live before its next await."""
        writer, address = connection.writer, connection.address
        if position is None:
            counted.RESUMED.add("new")
            return self._welcome.send(connection, self.feed.epoch, self.feed.last_delivered_id)
        if self.replay.can_resume(position):
            self._welcome.send(connection, self.feed.epoch, self.feed.last_delivered_id)
            if await self.replay.replay_from(position.since, writer, address):
                return counted.RESUMED.add("resumed")
        counted.RESUMED.add("reset")
        while True:
            page, last_id = await self.replay.newest_page(connection.reader)
            self._welcome.send(connection, self.feed.epoch, last_id, reset=True)
            connection.send(page)
            if await self.replay.replay_from(last_id, writer, address):
                return

    def leave(self, connection: Connection) -> None:
        """Remove a connection. During shutdown all of them stay, so that each is closed with 4000."""
        if not self.shutting_down and connection in self.connections:
            self.connections.remove(connection)
            self.people.depart(connection.person, loop_time())
            self.presence.schedule()

    # Commands

    def publish(self, sender: Connection, command: commands.StoredCommand) -> None:
        """Queue what is to be stored for the next batch. Raises `ProtocolError`."""
        if self.shutting_down:
            raise ProtocolError(ErrorCode.GOING_AWAY, client_id=command.client_id, retry_after=RETRY_AFTER_SECONDS)
        self._publisher.publish(sender, command)
        if isinstance(command, commands.PostMessage):
            sender.person.typed_at = -math.inf  # the next typing frame is about another message

    async def post(self, identity: Identity, command: commands.StoredCommand) -> int:
        """Store a message, or what else, of somebody without a connection, and return its id once it is delivered.

        The command has a `client_id`. Raises `ProtocolError`.
        """
        assert command.client_id, "the answer is found by it"
        username = self.people.name_for(identity.author, identity.username)
        sender = SinglePost(identity.author, username, command.client_id)
        self.connections.add(sender)
        try:
            await self.channel_group.join()
            self.publish(sender, command)
            return await sender.answer()
        finally:
            self.connections.remove(sender)

    @property
    def is_new(self) -> bool:
        """Whether the next message creates the room in storage."""
        return not self.log.exists and not self.group_commit.busy

    @property
    def is_unnamed(self) -> bool:
        """Whether the next message would give it its address for a name, which others may not have. Not the lobby."""
        return self.is_new and self.log.room != LOBBY

    def typing(self, sender: Connection) -> None:
        """Tell the others that a person is typing, unless they were told less than a second ago."""
        if loop_time() - sender.person.typed_at < TYPING_INTERVAL_SECONDS:
            return
        sender.person.typed_at = loop_time()
        self.presence.typing(sender.person)

    def rename(self, sender: Connection, username: str) -> None:
        """Change a person's name, on all their connections, and answer with the one that they have now."""
        self.people.rename(sender.person, username)
        sender.send(protocol.RenamedFrame(you=sender.person.you))
        self.presence.schedule()

    async def page(self, command: commands.FetchHistory, reader: Reader) -> protocol.HistoryFrame:
        """A page of history. Raises `StorageError`."""
        return await self.replay.delivered_page(
            before=command.before,
            after=command.after,
            limit=command.limit,
            key=QueueKey(reader.address),
            author=reader.author,
        )

    async def message(self, message_id: int, reader: Reader) -> MessageAndTexts:
        """A message as it is now, and its texts, the first one first. Raises `ProtocolError`, and `StorageError`."""
        found = await self.replay.message(message_id, reader)
        if found is None:
            raise ProtocolError(ErrorCode.NOT_FOUND, id=message_id)
        return found

    # For the hub

    @property
    def name(self) -> str:
        """For people."""
        return self.log.name

    @property
    def tally(self) -> Tally:
        """How many messages it has."""
        return self.log.tally

    @property
    def busy(self) -> bool:
        """Whether there are connections, or a batch is queued or being written."""
        return bool(len(self.connections)) or self.group_commit.busy

    async def poll_log(self, known_id: int = 0) -> None:
        """Deliver what other processes wrote, if they did. Raises `StorageError`.

        In a busy room the batches bring it, unless a client knows a later event from a process that was faster.
        """
        if not self.group_commit.busy or known_id > self.feed.last_delivered_id:
            await self._poll()

    async def drain(self) -> None:
        """Store and deliver every queued message. Raises `StorageError`."""
        await self.group_commit.wait_until_idle()
        await self.feed.deliver_from_log()

    @property
    def is_deserted(self) -> bool:
        """Whether nobody is here, has left in the last seconds, or comes in just now; it may be open for readers."""
        return not self.busy and not self.people.number_here and not self.presence.is_asking

    async def maintain_membership(self) -> None:
        """Leave the group of a room that is deserted: what others write there is no concern of this process."""
        if self.is_deserted:
            await self.channel_group.leave()
            self.rosters.drop_all()  # it is not told any more what other processes tell

    async def stop(self) -> None:
        """Stop the timer and leave the group; the log stays open."""
        self.presence.cancel()
        await self.channel_group.close()
