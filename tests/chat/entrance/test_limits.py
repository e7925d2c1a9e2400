"""The rate limits of a connection and of an address: the time is passed in."""

import asyncio
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from chat import conf
from chat.conf import Conf
from chat.entrance import limits
from chat.entrance.limits import (
    ACTIONS,
    FRAMES,
    LIMITS,
    MAX_DELAY_SECONDS,
    MAX_IDLE_ADDRESSES,
    REQUESTS,
    ROOMS,
    STORED,
    AddressLimiter,
    AddressRegistry,
    ConnectionLimiter,
    Limit,
)
from chat.rooms.person import Person
from chat.rooms.publisher import draft_of
from chat.storage.json_files.store import JsonFileStore
from chat.text.markup import message_weight
from chat.wire.commands import EditMessage, NameRoom, PostMessage, React, SetTopic, StoredCommand
from chat.wire.errors import ErrorCode, ProtocolError
from tests.support.effort import Tally, effort


@pytest.fixture
def settings() -> Conf:
    return conf.load({"CHAT_RATE": "10", "CHAT_RATE_BURST": "30"})


def consumed(limiter: AddressLimiter, limit: Limit, now: float, tries: int) -> int:
    """The number of tokens that so many tries at one moment get."""
    count = 0
    for _ in range(tries):
        try:
            limiter.consume(limit, now)
            count += 1
        except ProtocolError:
            pass
    return count


def test_a_refusal_says_when_to_go_on_and_that_is_true() -> None:
    settings = conf.load({"CHAT_RATE": "10", "CHAT_RATE_BURST": "1"})
    limiter = ConnectionLimiter(settings, AddressLimiter("a", settings))
    limiter.consume(ACTIONS, 1000.0)
    with pytest.raises(ProtocolError) as refused:
        limiter.consume(ACTIONS, 1000.02, "c-1")
    assert refused.value.code is ErrorCode.RATE_LIMITED
    assert refused.value.client_id == "c-1"
    assert refused.value.retry_after == pytest.approx(0.081)
    limiter.consume(ACTIONS, 1000.02 + refused.value.retry_after)


def test_what_is_charged_is_waited_for_later() -> None:
    settings = conf.load({"CHAT_RATE": "10", "CHAT_RATE_BURST": "1"})
    limiter = ConnectionLimiter(settings, AddressLimiter("a", settings))
    limiter.consume(ACTIONS, 1000.0, None, EXPENSIVE)
    with pytest.raises(ProtocolError) as refused:
        limiter.consume(ACTIONS, 1000.0)
    assert refused.value.retry_after == pytest.approx(1.001)


@pytest.mark.promise
def test_an_address_fills_no_room_within_a_day(settings: Conf, tally: Tally) -> None:
    """Regression: within its rates one address filled a room of 1 GiB in 10 minutes, and a disk of 10 GB in 93."""
    address = AddressLimiter("a", settings)
    clients = [ConnectionLimiter(settings, address) for _ in range(10)]
    text, stored, longest_wait = "\U0001f600" * 4000, 0, 0.0
    for second in range(24 * 3600):
        for client in clients:
            try:
                client.consume(ACTIONS, second)
                client.consume_stored(PostMessage(text), second)
                stored += 16_000
                tally("messages of a flood")
            except ProtocolError as error:
                longest_wait = max(longest_wait, error.retry_after or 0.0)
    assert 0 < longest_wait < 20, "whoever waits is served"
    assert 500 * 2**20 < stored < 2**30


@pytest.mark.parametrize(
    "command",
    [
        *(PostMessage(text) for text in ["hi", "x" * 4000, '"' * 4000, "\U0001f600" * 4000, "\t\n" * 2000]),
        PostMessage("yes", reply_to=2),
        EditMessage(2, "\U0001f600" * 4000),
        React(2, "\U0001f600", on=True),
        SetTopic("\U0001f600" * 250),
        NameRoom("\U0001f600" * 64),
    ],
)
def test_what_is_stored_costs_what_its_record_takes_of_the_file(
    command: StoredCommand, settings: Conf, tmp_path: Path
) -> None:
    """Regression: a topic, and a long client_id, cost a quarter of what they take."""
    command = msgspec.structs.replace(command, client_id="\U0001f600" * 64)
    person = Person("\U0001f600" * 32, "a" * 16, "")
    with closing(JsonFileStore(tmp_path).open("lobby")) as log:
        log.append([draft_of(PostMessage("x"), person)])
        size = (tmp_path / "lobby.json").stat().st_size
        log.append([draft_of(command, person)])
        stored = (tmp_path / "lobby.json").stat().st_size - size
    address = AddressLimiter("a", settings)
    ConnectionLimiter(settings, address).consume_stored(command, 1000.0)
    assert stored <= address.buckets[STORED].spent * 1024 < stored + 400


def test_without_rate_limits_there_is_no_budget_of_bytes() -> None:
    settings = conf.load({"CHAT_RATE": "0"})
    limiter = ConnectionLimiter(settings, AddressLimiter("a", settings))
    for _ in range(10_000):
        limiter.consume_stored(PostMessage("x" * 4000), 0.0)


async def test_a_wait_is_as_long_as_it_takes_or_refused_at_once(
    settings: Conf, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(limits, "loop_time", lambda: 1000.0)
    limiter = AddressLimiter("a", settings)
    for _ in range(300 + 30 * int(MAX_DELAY_SECONDS)):  # the burst, and then 30 a second
        await limiter.wait_for(REQUESTS)
    assert len(waits) == 30 * MAX_DELAY_SECONDS
    assert waits == pytest.approx([number / 30 for number in range(1, len(waits) + 1)])
    for _ in range(100):
        with pytest.raises(ProtocolError) as refused:
            await limiter.wait_for(REQUESTS)
        assert refused.value.code is ErrorCode.RATE_LIMITED
    assert refused.value.retry_after == pytest.approx(MAX_DELAY_SECONDS + 1 / 30, abs=0.002)
    assert len(waits) == 30 * MAX_DELAY_SECONDS, "a refusal takes no place in the queue"
    limiter.consume(REQUESTS, 1000.0 + refused.value.retry_after)


# Addresses


def test_ten_connections_at_full_speed_use_up_what_an_address_may_send(settings: Conf) -> None:
    address = AddressLimiter("a", settings)
    limiters = [ConnectionLimiter(settings, address) for _ in range(11)]
    assert [_sent(limiter, 40) for limiter in limiters] == [30] * 10 + [0]


def _sent(limiter: ConnectionLimiter, tries: int, text: str = "") -> int:
    through = 0
    for _ in range(tries):
        try:
            limiter.consume(FRAMES, 1000.0)
            limiter.consume(ACTIONS, 1000.0, None, text)
            through += 1
        except ProtocolError:
            pass
    return through


EXPENSIVE = "*a* " * 1000


def test_a_message_that_is_expensive_to_render_counts_as_several_for_connection_and_address(settings: Conf) -> None:
    """Ten per second, each with fifty links, doubled the latency of all other messages."""
    address = AddressLimiter("a", settings)
    limiters = [ConnectionLimiter(settings, address) for _ in range(40)]
    assert message_weight(EXPENSIVE) == 10
    assert [_sent(limiter, 10, EXPENSIVE) for limiter in limiters] == [3] * 10 + [0] * 30


def test_an_expensive_message_gets_through_when_a_plain_one_would(settings: Conf) -> None:
    """A message that needed all tokens at once would always be overtaken by those that need one."""
    limiter = ConnectionLimiter(settings, AddressLimiter("a", settings))
    assert _sent(limiter, 29) == 29
    assert _sent(limiter, 1, EXPENSIVE) == 1
    assert _sent(limiter, 1) == 0


def test_without_a_rate_limit_no_message_weight_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    unlimited = conf.load({"CHAT_RATE": "0"})
    monkeypatch.setattr(limits, "message_weight", lambda text: pytest.fail("it was"))
    assert _sent(ConnectionLimiter(unlimited, AddressLimiter("a", unlimited)), 100, EXPENSIVE) == 100


@pytest.mark.promise
def test_the_memory_for_addresses_has_a_bound(settings: Conf, tally: Tally) -> None:
    """Otherwise a client with a large network could fill the memory with a new address each time."""
    addresses = AddressRegistry(settings)
    count = effort(3 * MAX_IDLE_ADDRESSES, torture=30 * MAX_IDLE_ADDRESSES)
    for number in range(count):
        addresses.get(f"{number}", 1000.0).consume(ACTIONS, 1000.0)
        assert len(addresses) <= MAX_IDLE_ADDRESSES
    assert len(addresses) == MAX_IDLE_ADDRESSES
    tally("addresses", count)


@pytest.mark.promise
def test_an_address_is_not_forgotten_before_its_buckets_are_full_again(settings: Conf, tally: Tally) -> None:
    """Otherwise every request would have full buckets."""
    addresses = AddressRegistry(settings)
    assert consumed(addresses.get("busy", 1000.0), ACTIONS, 1000.0, 1000) == 300
    for number in range(effort(1000, torture=MAX_IDLE_ADDRESSES - 1)):
        addresses.get(f"{number}", 1000.0)
        tally("addresses")
    assert consumed(addresses.get("busy", 1000.0), ACTIONS, 1000.0, 3) == 0


INVENTED = Limit("Rows of a later version", None, lambda conf: (0.5, 2))


@pytest.mark.promise
@pytest.mark.parametrize("limit", [*LIMITS, INVENTED], ids=lambda limit: limit.label)
def test_an_address_is_remembered_whichever_limit_it_has_used_up(
    limit: Limit, settings: Conf, monkeypatch: pytest.MonkeyPatch, tally: Tally
) -> None:
    """A limit that `is_full` does not check would be reset by forgetting the address."""
    monkeypatch.setattr(limits, "LIMITS", (*LIMITS, INVENTED))
    addresses = AddressRegistry(settings)
    burst = int(limit.address(settings)[1])
    assert consumed(addresses.get("busy", 1000.0), limit, 1000.0, burst + 1) == burst
    for number in range(100):
        addresses.get(f"{number}", 1000.0)
        tally("addresses")
    assert consumed(addresses.get("busy", 1000.0), limit, 1000.0, 3) == 0


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.label)
def test_a_rate_of_nothing_turns_every_row_of_the_table_off(limit: Limit) -> None:
    unlimited = conf.load({"CHAT_RATE": "0"})
    address = AddressLimiter("a", unlimited)
    assert consumed(address, limit, 1000.0, 10_000) == 10_000
    assert address.is_full(1000.0)


def test_idle_addresses_are_forgotten_when_their_buckets_are_full(settings: Conf) -> None:
    addresses = AddressRegistry(settings)
    for number in range(100):
        addresses.get(f"{number}", 1000.0).consume(ROOMS, 1000.0)
    for number in range(50):
        addresses.get(f"late {number}", 1000.0 + limits.SECONDS_PER_ROOM)
    assert len(addresses) <= 51


async def test_an_address_is_remembered_as_long_as_it_has_connections(settings: Conf) -> None:
    addresses = AddressRegistry(settings)
    ada = await addresses.admit("ada")
    assert await addresses.admit("ada") is ada
    for number in range(2 * MAX_IDLE_ADDRESSES):
        addresses.get(f"{number}", 1000.0)
    assert addresses.get("ada", 1000.0) is ada
    assert ada.connections == 2
    addresses.leave(ada)
    addresses.leave(ada)
    assert addresses.get("ada", 1000.0) is ada
    assert ada.connections == 0
