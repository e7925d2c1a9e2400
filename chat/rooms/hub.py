"""All rooms of this process, and the one thread that touches their files. Built once, in chatsite/asgi.py."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, NamedTuple, TypeVar

from channels.layers import get_channel_layer
from django.http import HttpRequest

from chat.conf import Conf
from chat.entrance.limits import AddressLimiter, AddressLimiters, loop_time
from chat.rooms.batch_priority import BatchPriority
from chat.rooms.renderer import Renderer
from chat.rooms.room import Room, traceback_of
from chat.storage import RoomInfo, StorageError, Store
from chat.text.names import LOBBY

POLL_SECONDS = 0.5  # how often files are looked at for what commands and other servers wrote, and listed at most
RENEW_SECONDS = 10.0  # how often the layer is told that this process is still in its groups
IDLE_SECONDS = 60.0  # how long a room stays open after its last use
EMPTY_ROOM_IDLE_SECONDS = 2.0  # the same for a room without a file: anybody can look at any number of those
READINESS_TIMEOUT_SECONDS = 2.0  # for the disk to take a block
READINESS_CACHE_SECONDS = 1.0  # that one such answer serves for everybody who asks
DRAIN_SECONDS = 3.0  # for the open batches, and then for the close frames
T = TypeVar("T")
logger = logging.getLogger(__name__)


class RoomSummary(NamedTuple):
    """A line of the room list, with how many people are there now."""

    room: str
    name: str
    last_id: int
    members: int


class Hub:
    """The rooms that are open here. Belongs to the event loop that uses it first."""

    def __init__(self, store: Store, conf: Conf) -> None:
        self.conf = conf
        self.addresses = AddressLimiters(conf)
        self._store = store
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="storage")
        self.batch_priority = BatchPriority()
        self._renderer = Renderer(self.batch_priority)
        self._rooms: dict[str, asyncio.Future[Room]] = {}
        self._used: dict[str, float] = {}
        self._visits: Counter[str] = Counter()  # of those who are about to read or to come in
        self._watching: asyncio.Task[None] | None = None
        self._listing = _CachedCall(lambda: self._in_worker(self._store.rooms))
        self._checking = _CachedCall(lambda: self._in_worker(self._store.check))
        self.closing = False

    @contextlib.asynccontextmanager
    async def pinned(self, name: str) -> AsyncIterator[Room]:
        """The same room for the whole block: it is not closed meanwhile. Raises `StorageError`."""
        self._visits[name] += 1
        try:
            yield await self.room(name)
        finally:
            self._visits[name] -= 1
            if not self._visits[name]:
                del self._visits[name]

    async def room(self, name: str) -> Room:
        """The room of this name, opened if it is not open yet. Raises `StorageError`."""
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        self._used[name] = loop_time()
        if name not in self._rooms:
            self._rooms[name] = asyncio.ensure_future(self._open(name))
        opening = self._rooms[name]
        try:
            return await asyncio.shield(opening)
        except Exception:  # the next who asks tries again
            if self._rooms.get(name) is opening:
                del self._rooms[name], self._used[name]
            raise

    async def _open(self, name: str) -> Room:
        layer = get_channel_layer()
        assert layer is not None, "settings.CHANNEL_LAYERS has a default"
        log = await self._in_worker(lambda: self._store.open(name))
        try:
            room = Room(log, self._worker, self._renderer, layer, self.conf, self.batch_priority)
            await room.feed.start()
        except BaseException:
            await self._in_worker(log.close)
            raise
        return room

    async def rooms(self) -> list[RoomSummary]:
        """Every room, the lobby first; what others write, `LOOK_SECONDS` later at most. Raises `StorageError`."""
        infos = await self._listing.answer(POLL_SECONDS)  # it is asked for with every page
        kept = [self._summary(info) for info in infos]
        if all(room.room != LOBBY for room in kept):
            kept.append(self._summary(RoomInfo(LOBBY, LOBBY, 1)))
        return sorted(kept, key=lambda room: room.room != LOBBY)

    async def find(self, room: str) -> RoomSummary | None:
        """A room that has a file, without reading all of it. Raises `StorageError`."""
        info = await self._in_worker(lambda: self._store.find(room))
        return info and self._summary(info)

    async def create(self, room: str, name: str) -> tuple[bool, RoomSummary]:
        """Keep a room under a name; False, and the room as it is, if it is there already. Raises `StorageError`."""
        made = await self._in_worker(lambda: self._store.create(room, name))
        self._listing.forget()
        return made, await self.find(room) or RoomSummary(room, name, 1, 0)

    def _summary(self, info: RoomInfo) -> RoomSummary:
        """Of a room that is open here, with what was handed out since its file was looked at."""
        opening = self._rooms.get(info.room)
        if opening is None or not opening.done() or opening.exception():
            return RoomSummary(*info, 0)
        room = opening.result()
        return RoomSummary(info.room, info.name, max(info.last_id, room.feed.delivered), len(room.people))

    async def is_ready(self) -> bool:
        """Whether a message would be stored now: the disk takes a block in time, and no room waits to be mended."""
        checking = self._checking.answer(READINESS_CACHE_SECONDS)  # anybody may ask, as often as they like
        try:
            await asyncio.wait_for(checking, READINESS_TIMEOUT_SECONDS)
        except (StorageError, TimeoutError) as error:
            logger.warning("not ready: %r", error)
            return False
        return not self.closing and not any(room.trouble for _, room in self._opened())

    def _in_worker(self, function: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._worker, function)

    # While it runs

    async def _watch(self) -> None:
        """See what others wrote into the files, stay in the groups, close what nobody uses."""
        stayed = loop_time()
        while True:
            await asyncio.sleep(POLL_SECONDS)
            for name, room in self._opened():
                try:
                    await self._look(name, room)
                except Exception:  # whatever it is, the other rooms are looked after
                    logger.exception("room %s was not looked after", name)
            if loop_time() - stayed > RENEW_SECONDS:
                stayed = loop_time()
                await self._stay()

    async def _look(self, name: str, room: Room) -> None:
        try:
            await room.look()
            trouble = ""
        except Exception as error:
            trouble = str(error)
            if trouble != room.trouble:  # told once, not twice a second
                logger.error("room %s cannot be looked after: %s", name, error, exc_info=traceback_of(error))
        room.trouble = trouble
        if room.busy or len(room.people) or self._visits[name]:
            self._used[name] = loop_time()
        elif loop_time() - self._used[name] > (IDLE_SECONDS if room.log.size else EMPTY_ROOM_IDLE_SECONDS):
            await self._close(name, room)

    async def _stay(self) -> None:
        for name, room in self._opened():
            try:
                await room.feed.stay()
            except Exception:
                logger.exception("room %s: the channel layer does not answer", name)

    async def _close(self, name: str, room: Room) -> None:
        del self._rooms[name], self._used[name]
        try:
            await room.stop()
        except Exception:  # a group forgets in time who is gone
            logger.exception("room %s: the channel layer does not answer", name)
        finally:
            await self._in_worker(room.log.close)
            room.take_apart()

    def _opened(self) -> list[tuple[str, Room]]:
        done = [(name, opening) for name, opening in self._rooms.items() if opening.done()]
        return [(name, opening.result()) for name, opening in done if not opening.exception()]

    # The end

    async def shut_down(self) -> None:
        """Store and hand out what is on its way, tell every client to come back, and wait until they have heard it."""
        if self.closing:
            return
        self.closing = True
        rooms = [room for _, room in self._opened()]
        for room in rooms:  # before anything gives way: the server is about to cancel every consumer
            room.closing = True
        finishing = asyncio.gather(*(room.finish() for room in rooms), return_exceptions=True)
        await asyncio.wait([asyncio.ensure_future(finishing)], timeout=DRAIN_SECONDS)
        for room in rooms:  # also if the disk failed or hangs
            room.send_off()
        for _ in range(50):  # a second at most: who does not answer is dropped
            if all(connection.writer.done for room in rooms for connection in room.connections):
                break
            await asyncio.sleep(0.02)
        await asyncio.wait([asyncio.ensure_future(self._let_go(rooms))], timeout=1)

    async def _let_go(self, rooms: list[Room]) -> None:
        """End our tasks: Python 3.11 can crash over one that is pending when the process ends."""
        if self._watching is not None:
            self._watching.cancel()
        await asyncio.gather(*(room.stop() for room in rooms), return_exceptions=True)

    async def close(self) -> None:
        """Let go of everything: for tests, and for whoever runs more than one hub in a process."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait([self._watching])
        for name, room in self._opened():
            await self._close(name, room)
        self._worker.shutdown()


class _CachedCall(Generic[T]):
    """One answer of the storage thread for everybody who asks within some seconds."""

    def __init__(self, ask: Callable[[], asyncio.Future[T]]) -> None:
        self._ask = ask
        self._asked = 0.0
        self._answer: asyncio.Future[T] | None = None

    def answer(self, seconds: float) -> asyncio.Future[T]:
        """The last one if it was asked for so recently. Whoever is cancelled cancels nobody else's."""
        if self._answer is None or loop_time() - self._asked > seconds:
            self._asked, self._answer = loop_time(), self._ask()
        return asyncio.shield(self._answer)

    def forget(self) -> None:
        """The next one asks again."""
        self._answer = None


def hub_of(request: HttpRequest) -> Hub:
    """The hub that chat/routing.py put into the scope of a request."""
    hub: Hub = vars(request)["scope"]["chat.hub"]
    return hub


def address_limiter_of(request: HttpRequest) -> AddressLimiter:
    """The address that a request comes from, as it stands at this moment."""
    return hub_of(request).addresses.of(address_of(request), loop_time())


def address_of(request: HttpRequest) -> str:
    """What that address is counted under."""
    name: str = vars(request)["scope"]["chat.address"]
    return name
