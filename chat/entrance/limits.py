"""The rate limits of a connection and of an address, and the number of connections of an address.

Attack: one client, or a thousand clients from one place, take more than their share, and all others have to wait. Or
they fill a room or the disk, and then nobody can write.
A client above a limit is told how long to wait. An address without a connection is forgotten when its buckets are full.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

import msgspec

from chat.conf import Conf
from chat.entrance.loop_clock import loop_time
from chat.entrance.token_bucket import TokenBucket
from chat.text.markup import message_weight
from chat.wire.commands import StoredCommand
from chat.wire.errors import ErrorCode, ProtocolError

FRAME_RATE_FACTOR = 10  # the frame bucket is 10 times the message bucket: a ping costs something too
# An office or a school behind one NAT is one address. Ten connections at full speed are as much as several hundred
# people at keyboards, who do not send ten messages per second. After a restart of the server they reconnect together.
ADDRESS_FACTOR = 10  # the limits of an address, in limits of a connection
REQUEST_RATE_FACTOR = 3  # times CHAT_RATE, instead of ADDRESS_FACTOR: a request costs more than a message
SEARCH_RATE_FACTOR = 0.3  # of CHAT_RATE: a search in a large room takes a tenth of a second
# What people type, also several hundred of one address, is far less. A room of 1 GiB is full after 36 hours of it.
STORED_KIB_PER_SECOND, STORED_KIB_BURST = 8.0, 16 * 1024
RECORD_BYTES = 400  # of what is stored, besides what its command holds
SECONDS_PER_ROOM, ROOM_BURST = 10.0, 20  # a room is permanent, and in everybody's list of rooms
MAX_RATE_ERRORS = 200  # consecutive rate-limit errors that make a connection a flood
FLOOD_BLOCK_SECONDS = 5.0  # during which the address of a flood gets no new connection
BAD_FRAMES_BLOCK_SECONDS = 1.0  # the same after too many consecutive invalid frames
MAX_DELAY_SECONDS = 3.0  # by which a join or a request is delayed instead of refused; Daphne aborts a handshake after 5
CROWD_SHARE = 0.1  # of the connections that an address may have: what makes it a crowd
MAX_IDLE_ADDRESSES = 10_000  # addresses without a connection that are remembered: about 10 MB

Rate = tuple[float, float]  # tokens per second, burst


@dataclass(frozen=True, eq=False)  # compared by identity, which is fast: looked up for every frame
class Limit:
    """A row of the table: what costs a token, and the rates of a connection (None: only the address has one)."""

    label: str  # of its row in SECURITY.md
    connection: Callable[[Conf], Rate] | None
    address: Callable[[Conf], Rate]


def _times(rate_factor: float, burst_factor: float | None = None) -> Callable[[Conf], Rate]:
    """Multiples of CHAT_RATE and CHAT_RATE_BURST, by one factor unless there are two."""
    return lambda conf: (conf.rate * rate_factor, conf.rate_burst * (burst_factor or rate_factor))


def _fixed(rate: float, burst: float) -> Callable[[Conf], Rate]:
    """A rate of its own; CHAT_RATE=0 disables it too."""
    return lambda conf: (rate if conf.rate else 0.0, burst)


# The names are bound in the table itself, so that no limit can be missing from it: the buckets are built from it, and
# an address is forgotten when all of them are full.
LIMITS = (
    ACTIONS := Limit(
        "Messages, edits, reactions and the like, typing, history, renames", _times(1), _times(ADDRESS_FACTOR)
    ),
    FRAMES := Limit(
        "Frames of any kind, also invalid ones",
        _times(FRAME_RATE_FACTOR),
        _times(ADDRESS_FACTOR * FRAME_RATE_FACTOR),
    ),
    JOINS := Limit("New connections", None, _times(ADDRESS_FACTOR)),
    REQUESTS := Limit("HTTP requests: pages, forms, API", None, _times(REQUEST_RATE_FACTOR, ADDRESS_FACTOR)),
    SEARCHES := Limit("Searches", None, _times(SEARCH_RATE_FACTOR, 1)),
    STORED := Limit(
        "KiB of what is stored: messages, edits, reactions and the like",
        None,
        _fixed(STORED_KIB_PER_SECOND, STORED_KIB_BURST),
    ),
    ROOMS := Limit("New rooms", None, _fixed(1 / SECONDS_PER_ROOM, ROOM_BURST)),
)


class AddressLimiter:
    """One address: the number of its connections, and what all of them and its HTTP requests may do.

    `told`: what other processes know that it has spent here. `seen`: its activity when that was looked at.
    """

    __slots__ = ("address", "buckets", "connections", "seen", "told")

    def __init__(self, address: str, conf: Conf) -> None:
        self.address = address
        self.connections = 0
        self.buckets = {limit: TokenBucket(*limit.address(conf)) for limit in LIMITS}
        self.told: dict[Limit, float] = {}
        self.seen = 0.0

    def consume(self, limit: Limit, now: float) -> None:
        """Spend a token. Raises `ProtocolError` with the time to wait if there is none."""
        if wait := self.buckets[limit].consume(now):
            raise _rate_limited(wait)

    async def wait_for(self, limit: Limit) -> None:
        """Spend a token, and wait until it is there. Raises `ProtocolError` instead if that takes too long."""
        wait = self.buckets[limit].consume(loop_time(), MAX_DELAY_SECONDS)
        if wait > MAX_DELAY_SECONDS:
            raise _rate_limited(wait)
        if wait:
            await asyncio.sleep(wait)

    def block(self, limit: Limit, now: float, seconds: float) -> None:
        """Have no token for this many seconds."""
        self.buckets[limit].block(now, seconds)

    @property
    def activity(self) -> float:
        """A number that grows with whatever is spent: nothing is without a frame, a request or a new connection."""
        buckets = self.buckets
        return buckets[FRAMES].spent + buckets[REQUESTS].spent + buckets[JOINS].spent

    def is_full(self, now: float) -> bool:
        """Whether it is as good as new: every bucket is full."""
        return all(bucket.is_full(now) for bucket in self.buckets.values())


class ConnectionLimiter:
    """One connection, which has limits of its own and shares those of its address."""

    __slots__ = ("_address_limiter", "_conf", "_own")

    def __init__(self, conf: Conf, address_limiter: AddressLimiter) -> None:
        self._conf = conf
        self._address_limiter = address_limiter
        self._own: dict[Limit, TokenBucket] = {}  # made when first used: many connections never say anything

    def _buckets(self, limit: Limit) -> tuple[TokenBucket, ...]:
        if not self._conf.rate:  # 0 disables all limits
            return ()
        shared = self._address_limiter.buckets[limit]
        if limit.connection is None:
            return (shared,)
        own = self._own.get(limit)
        if own is None:
            own = self._own[limit] = TokenBucket(*limit.connection(self._conf))
        return own, shared

    def consume(self, limit: Limit, now: float, client_id: str | None = None, text: str = "") -> None:
        """Spend a token of the connection and one of its address. Raises `ProtocolError` if there is none.

        A message counts as several if its `text` is expensive to render. One token admits it; the rest becomes debt: a
        sender that had to wait for all of them would be overtaken by those of its address that need only one.
        """
        buckets = self._buckets(limit)
        for bucket in buckets:
            if wait := bucket.consume(now):
                raise _rate_limited(wait, client_id)
        if text and buckets and (more := message_weight(text) - 1):
            for bucket in buckets:
                bucket.charge(more)

    def consume_stored(self, command: StoredCommand, now: float, *, creates_room: bool = False) -> None:
        """Spend what a command takes of the disk, and of the rooms. Raises `ProtocolError` if none of it is left."""
        if creates_room:
            self.consume(ROOMS, now, command.client_id)
        self.consume(STORED, now, command.client_id)
        for bucket in self._buckets(STORED):
            bucket.charge((len(msgspec.json.encode(command)) + RECORD_BYTES) / 1024 - 1)


class AddressRegistry:
    """The addresses with a connection, and those that were here a short time ago.

    `elsewhere`: the connections of addresses to other processes, as far as they are many. `crowds`: the addresses with
    many connections here.
    """

    def __init__(self, conf: Conf) -> None:
        self.most_connections = conf.max_connections_per_address
        self.elsewhere: Counter[str] = Counter()
        self.crowds: dict[str, AddressLimiter] = {}
        self._conf = conf
        self._connected: dict[str, AddressLimiter] = {}
        self._idle: dict[str, AddressLimiter] = {}  # the least recently used first

    def __len__(self) -> int:
        return len(self._connected) + len(self._idle)

    def limiters(self) -> Iterator[AddressLimiter]:
        """All of them."""
        return chain(self._connected.values(), self._idle.values())

    def get(self, address: str, now: float) -> AddressLimiter:
        """The limiter of an address, to be used immediately and not kept."""
        if connected := self._connected.get(address):
            return connected
        limiter = self._idle.pop(address, None) or AddressLimiter(address, self._conf)
        self._forget(now)
        self._idle[address] = limiter
        return limiter

    async def admit(self, address: str) -> AddressLimiter:
        """Admit one more connection, delayed if necessary, until `leave`. Raises `ProtocolError`.

        A refusal is delayed as well: a flood that reconnects immediately is slowed down.
        """
        limiter = self._enter(address, loop_time())
        try:
            await limiter.wait_for(JOINS)
        except BaseException as error:
            if isinstance(error, ProtocolError):
                await asyncio.sleep(MAX_DELAY_SECONDS)
            self.leave(limiter)
            raise
        return limiter

    def _enter(self, address: str, now: float) -> AddressLimiter:
        limiter, most = self.get(address, now), self.most_connections
        if most and (count := limiter.connections + self.elsewhere[address]) >= most:
            raise ProtocolError(ErrorCode.TOO_MANY_CONNECTIONS, count=count)
        limiter.connections += 1
        self._connected[address] = limiter
        self._idle.pop(address, None)
        if most and limiter.connections >= most * CROWD_SHARE:
            self.crowds[address] = limiter
        return limiter

    def leave(self, limiter: AddressLimiter) -> None:
        """End one connection."""
        limiter.connections -= 1
        if limiter.connections < self.most_connections * CROWD_SHARE:
            self.crowds.pop(limiter.address, None)
        if not limiter.connections:
            self._idle[limiter.address] = self._connected.pop(limiter.address)

    def _forget(self, now: float) -> None:
        """Called for each new address. Removes up to two idle ones, the oldest first: full ones; any, if too many."""
        for _ in range(2):
            oldest = next(iter(self._idle), None)
            if oldest is None or (len(self._idle) < MAX_IDLE_ADDRESSES and not self._idle[oldest].is_full(now)):
                break
            del self._idle[oldest]


def _rate_limited(wait: float, client_id: str | None = None) -> ProtocolError:
    seconds, retry_after = round(wait, 1), round(wait, 3) + 0.001
    return ProtocolError(ErrorCode.RATE_LIMITED, seconds=seconds, retry_after=retry_after, client_id=client_id)
