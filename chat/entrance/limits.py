"""How fast a connection, and all connections of one address together, may go on; and how many of them there may be.

Attack: one client, or a thousand from one place, ask for more than there is, and everybody else waits. Who goes too
fast is told when to go on. Nothing is kept of an address that has been quiet for a while.
"""

import asyncio

from chat.conf import Conf
from chat.text.markup import message_cost
from chat.wire.protocol import ErrorCode, ProtocolError

FRAMES_PER_MESSAGE = 10  # of any kind, for one of the messages that the rate allows: pings cost something too
# An office or a school behind one NAT is one address. Ten people who write as fast as they may are several hundred who
# talk: nobody at a keyboard says ten things a second. Their browsers also come back at once when the server does.
ADDRESS_FACTOR = 10  # connections' worth of frames, and of joins
REQUESTS_PER_MESSAGE = (
    3  # pages, forms and API answers for one of the messages: they cost more than a frame. At once: as OFFICE
)
SECONDS_PER_ROOM, ROOM_BURST = 10.0, 20  # a room stays for ever, in the list that everybody sees
MAX_RATE_ERRORS = 200  # frames in a row that come too fast; then the connection is a flood
FLOOD_BLOCK_SECONDS = 5.0  # that an address waits for its next connection when one was cut off as a flood
BAD_FRAMES_BLOCK_SECONDS = 1.0  # the same when it sent nothing but nonsense
MAX_WAIT_SECONDS = 3.0  # that somebody may be kept waiting instead of being refused; Daphne ends a handshake after 5
MAX_IDLE_ADDRESSES = 10_000  # addresses without a connection that are remembered: about 10 MB


class TokenBucket:
    """`rate` tokens a second on average, `burst` at once; a rate of 0 is no limit. Moments are in seconds."""

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = float(burst)
        self._at = 0.0

    def take(self, now: float, client_id: str | None = None) -> None:
        """Spend one. Raises `ProtocolError` with the time to wait when there is none."""
        if not self._rate:
            return
        # Not min(): this is done four times for every message.
        tokens = self._tokens + (now - self._at) * self._rate
        self._tokens = tokens = tokens if tokens < self._burst else self._burst
        self._at = now
        if tokens < 1:
            raise _rate_limited((1 - tokens) / self._rate, client_id)
        self._tokens = tokens - 1

    def owe(self, count: int) -> None:
        """Spend so many that may still have to come. Who had to have them first would be passed by everybody else."""
        self._tokens -= count

    def reserve(self, now: float) -> float:
        """Spend one that is still to come: in how many seconds. Raises `ProtocolError` if they are too many."""
        wait = self._wait(now)
        if wait > MAX_WAIT_SECONDS:
            raise _rate_limited(wait, None)
        self._tokens -= 1
        return wait

    def block(self, now: float, seconds: float) -> None:
        """Have nothing for so long."""
        self._tokens = min(self._tokens, 1 - seconds * self._rate)
        self._at = now

    def is_full(self, now: float) -> bool:
        """Whether it is as good as new."""
        return not self._rate or self._tokens + (now - self._at) * self._rate >= self._burst

    def _wait(self, now: float) -> float:
        if not self._rate:
            return 0.0
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        return max(0.0, (1 - self._tokens) / self._rate)


class AddressLimiter:
    """One address: how many connections it has, and what all of them together may do."""

    __slots__ = ("connections", "effects", "frames", "joins", "name", "requests", "rooms")

    def __init__(self, name: str, rate: float, burst: float) -> None:
        self.name = name
        self.connections = 0
        self.effects = TokenBucket(rate * ADDRESS_FACTOR, burst * ADDRESS_FACTOR)
        self.frames = TokenBucket(
            rate * ADDRESS_FACTOR * FRAMES_PER_MESSAGE, burst * ADDRESS_FACTOR * FRAMES_PER_MESSAGE
        )
        self.joins = TokenBucket(rate * ADDRESS_FACTOR, burst * ADDRESS_FACTOR)
        self.requests = TokenBucket(rate * REQUESTS_PER_MESSAGE, burst * ADDRESS_FACTOR)
        self.rooms = TokenBucket(1 / SECONDS_PER_ROOM if rate else 0, ROOM_BURST)

    def is_rested(self, now: float) -> bool:
        """Whether an address that nobody has heard of would have no more."""
        buckets = (self.effects, self.frames, self.joins, self.requests, self.rooms)
        return all(bucket.is_full(now) for bucket in buckets)


class AddressLimiters:
    """The addresses that are connected, and those that have been here a moment ago."""

    def __init__(self, conf: Conf) -> None:
        self._conf = conf
        self._connected: dict[str, AddressLimiter] = {}
        self._quiet: dict[str, AddressLimiter] = {}  # whoever was here last is the last

    def __len__(self) -> int:
        return len(self._connected) + len(self._quiet)

    def of(self, name: str, now: float) -> AddressLimiter:
        """An address as it stands at this moment, for something that is over at once."""
        if known := self._connected.get(name):
            return known
        known = self._quiet.pop(name, None) or AddressLimiter(name, self._conf.rate, self._conf.rate_burst)
        self._forget(now)
        self._quiet[name] = known
        return known

    async def admit(self, name: str) -> AddressLimiter:
        """Let one connection more in when it is its turn, until `leave`. Raises `ProtocolError`.

        Whoever has to wait for long waits first and is refused then: a flood that comes back at once comes back slowly.
        """
        address = self._enter(name, loop_time())
        try:
            await wait_for_token(address.joins)
        except BaseException as error:
            if isinstance(error, ProtocolError):
                await asyncio.sleep(MAX_WAIT_SECONDS)
            self.leave(address)
            raise
        return address

    def _enter(self, name: str, now: float) -> AddressLimiter:
        address, most = self.of(name, now), self._conf.max_connections_per_address
        if most and address.connections >= most:
            raise ProtocolError(ErrorCode.TOO_MANY_CONNECTIONS, count=address.connections)
        address.connections += 1
        self._connected[name] = address
        self._quiet.pop(name, None)
        return address

    def leave(self, address: AddressLimiter) -> None:
        """One connection less."""
        address.connections -= 1
        if not address.connections:
            self._quiet[address.name] = self._connected.pop(address.name)

    def _forget(self, now: float) -> None:
        """Two for each that comes, the quietest first: those that are as good as new, or too many."""
        for _ in range(2):
            oldest = next(iter(self._quiet), None)
            if oldest is None or (len(self._quiet) < MAX_IDLE_ADDRESSES and not self._quiet[oldest].is_rested(now)):
                break
            del self._quiet[oldest]


class ConnectionLimiter:
    """How fast frames may come on one connection, which shares what its address may send."""

    __slots__ = ("_address", "_effects", "_frames", "_is_limited")

    def __init__(self, conf: Conf, address: AddressLimiter) -> None:
        self._address = address
        self._is_limited = conf.rate > 0
        self._effects = TokenBucket(conf.rate, conf.rate_burst)
        self._frames = TokenBucket(conf.rate * FRAMES_PER_MESSAGE, conf.rate_burst * FRAMES_PER_MESSAGE)

    def frame(self, now: float, client_id: str | None = None) -> None:
        """For a frame of any kind. Raises `ProtocolError` when it comes too fast."""
        self._frames.take(now, client_id)
        self._address.frames.take(now, client_id)

    def effect(self, now: float, client_id: str | None, text: str = "") -> None:
        """And for one that is more than a ping. A message counts as several if its `text` is dear to render."""
        self._effects.take(now, client_id)
        self._address.effects.take(now, client_id)
        if text and self._is_limited:
            more = message_cost(text) - 1
            self._effects.owe(more)
            self._address.effects.owe(more)

    def room(self, now: float, client_id: str | None) -> None:
        """And for a message that makes a room."""
        self._address.rooms.take(now, client_id)


def loop_time() -> float:
    """Now, by the clock of the event loop."""
    return asyncio.get_running_loop().time()


async def wait_for_token(bucket: TokenBucket) -> None:
    """Wait until there is a token. Raises `ProtocolError` at once if that takes more than `HOLD_SECONDS`."""
    wait = bucket.reserve(loop_time())
    if wait:
        await asyncio.sleep(wait)


def _rate_limited(wait: float, client_id: str | None) -> ProtocolError:
    return ProtocolError(ErrorCode.RATE_LIMITED, seconds=wait, retry_after=round(wait, 3) + 0.001, client_id=client_id)
