"""How fast a connection and an address may go on: time is passed in, nothing waits."""

import pytest

from chat import conf
from chat.conf import Conf
from chat.entrance import limits
from chat.entrance.limits import (
    MAX_IDLE_ADDRESSES,
    MAX_WAIT_SECONDS,
    AddressLimiter,
    AddressLimiters,
    ConnectionLimiter,
    TokenBucket,
)
from chat.text.markup import message_cost
from chat.wire.protocol import ErrorCode, ProtocolError
from tests.support.effort import Held, effort


def taken(bucket: TokenBucket, now: float, tries: int) -> int:
    """How many of so many frames get through at one moment."""
    through = 0
    for _ in range(tries):
        try:
            bucket.take(now)
            through += 1
        except ProtocolError:
            pass
    return through


def test_a_burst_may_come_at_once_and_no_more() -> None:
    assert taken(TokenBucket(10, 30), 1000.0, 50) == 30


def test_a_new_connection_has_its_whole_burst_right_after_the_machine_started() -> None:
    assert taken(TokenBucket(10, 30), 0.0, 50) == 30


def test_then_it_is_the_rate_that_counts_and_the_burst_comes_back() -> None:
    bucket = TokenBucket(10, 30)
    taken(bucket, 1000.0, 50)
    assert taken(bucket, 1001.0, 50) == 10
    assert taken(bucket, 1002.5, 50) == 15
    assert taken(bucket, 2000.0, 50) == 30


def test_a_refusal_says_when_to_go_on_and_that_is_true() -> None:
    bucket = TokenBucket(10, 1)
    bucket.take(1000.0)
    with pytest.raises(ProtocolError) as refused:
        bucket.take(1000.02, "c-1")
    assert refused.value.code is ErrorCode.RATE_LIMITED
    assert refused.value.client_id == "c-1"
    assert refused.value.retry_after == pytest.approx(0.081)
    bucket.take(1000.02 + refused.value.retry_after)


def test_what_is_owed_is_waited_for_later() -> None:
    bucket = TokenBucket(10, 3)
    assert taken(bucket, 1000.0, 3) == 3
    bucket.owe(9)
    with pytest.raises(ProtocolError) as refused:
        bucket.take(1000.0)
    assert refused.value.retry_after == pytest.approx(1.001)
    assert taken(bucket, 1000.99, 10) == 0
    assert taken(bucket, 1001.01, 10) == 1


def test_a_rate_of_nothing_is_no_limit() -> None:
    assert taken(TokenBucket(0, 1), 1000.0, 10_000) == 10_000


def test_a_rate_below_one_still_lets_a_frame_through_in_time() -> None:
    bucket = TokenBucket(0.1, 1)
    assert [taken(bucket, moment, 2) for moment in (1000.0, 1009.0, 1010.0, 1019.9, 1020.1)] == [1, 0, 1, 0, 1]


# Waiting for one's turn


def test_who_may_wait_is_told_how_long_and_each_waits_longer_than_the_one_before() -> None:
    bucket = TokenBucket(10, 2)
    assert [bucket.reserve(1000.0) for _ in range(5)] == pytest.approx([0, 0, 0.1, 0.2, 0.3])
    assert bucket.reserve(1000.3) == pytest.approx(0.1)


def test_who_would_wait_too_long_is_refused_and_takes_no_place_in_the_queue() -> None:
    bucket = TokenBucket(10, 1)
    assert [bucket.reserve(1000.0) for _ in range(31)][-1] == MAX_WAIT_SECONDS
    for _ in range(100):
        with pytest.raises(ProtocolError) as refused:
            bucket.reserve(1000.0)
        assert refused.value.code is ErrorCode.RATE_LIMITED
    assert refused.value.retry_after is not None
    assert bucket.reserve(1000.0 + refused.value.retry_after) == 0


def test_without_a_rate_nobody_waits_and_nobody_is_blocked() -> None:
    bucket = TokenBucket(0, 1)
    bucket.block(1000.0, 60)
    assert [bucket.reserve(1000.0) for _ in range(1000)] == [0] * 1000


def test_a_blocked_address_has_nothing_for_so_long() -> None:
    bucket = TokenBucket(100, 300)
    bucket.block(1000.0, 5)
    with pytest.raises(ProtocolError) as refused:
        bucket.take(1000.0)
    assert refused.value.retry_after == pytest.approx(5, abs=0.01)
    assert taken(bucket, 1004.99, 10) == 0
    assert taken(bucket, 1005.0, 10) == 1


# Addresses


@pytest.fixture
def settings() -> Conf:
    return conf.load({"CHAT_RATE": "10", "CHAT_RATE_BURST": "30"})


def test_ten_connections_at_full_speed_use_up_what_an_address_may_send(settings: Conf) -> None:
    address = AddressLimiter("a", settings.rate, settings.rate_burst)
    paces = [ConnectionLimiter(settings, address) for _ in range(11)]
    assert [_sent(pace, 40) for pace in paces] == [30] * 10 + [0]


def _sent(pace: ConnectionLimiter, tries: int, text: str = "") -> int:
    through = 0
    for _ in range(tries):
        try:
            pace.frame(1000.0)
            pace.effect(1000.0, None, text)
            through += 1
        except ProtocolError:
            pass
    return through


DEAR = " ".join(f"https://example.org/{number}" for number in range(50))


def test_a_message_that_is_dear_to_render_counts_as_several_for_connection_and_address(settings: Conf) -> None:
    """Ten a second, each of fifty links, doubled the time that everybody else's messages took."""
    address = AddressLimiter("a", settings.rate, settings.rate_burst)
    paces = [ConnectionLimiter(settings, address) for _ in range(40)]
    assert message_cost(DEAR) == 10
    assert [_sent(pace, 10, DEAR) for pace in paces] == [3] * 10 + [0] * 30


def test_a_message_that_is_dear_gets_through_when_a_plain_one_would(settings: Conf) -> None:
    """Whoever had to have all the tokens at once would be passed for ever by those who need one."""
    pace = ConnectionLimiter(settings, AddressLimiter("a", settings.rate, settings.rate_burst))
    assert _sent(pace, 29) == 29
    assert _sent(pace, 1, DEAR) == 1
    assert _sent(pace, 1) == 0


def test_where_nothing_is_limited_nothing_is_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    unlimited = conf.load({"CHAT_RATE": "0"})
    monkeypatch.setattr(limits, "message_cost", lambda text: pytest.fail("it was"))
    assert _sent(ConnectionLimiter(unlimited, AddressLimiter("a", 0, 1)), 100, DEAR) == 100


@pytest.mark.promise
def test_what_is_remembered_of_addresses_has_a_bound(settings: Conf, held: Held) -> None:
    """Whoever has a large network could otherwise fill the memory by being somebody else each time."""
    addresses = AddressLimiters(settings)
    count = effort(3 * MAX_IDLE_ADDRESSES, torture=30 * MAX_IDLE_ADDRESSES)
    for number in range(count):
        addresses.of(f"{number}", 1000.0).effects.take(1000.0)
        assert len(addresses) <= MAX_IDLE_ADDRESSES
    assert len(addresses) == MAX_IDLE_ADDRESSES
    held("addresses", count)


@pytest.mark.promise
def test_an_address_that_has_used_something_up_is_not_forgotten_before_it_has_that_again(
    settings: Conf, held: Held
) -> None:
    """Else everybody would have a new allowance with every request."""
    addresses = AddressLimiters(settings)
    assert taken(addresses.of("busy", 1000.0).effects, 1000.0, 1000) == 300
    for number in range(effort(1000, torture=MAX_IDLE_ADDRESSES - 1)):
        addresses.of(f"{number}", 1000.0)
        held("addresses")
    assert taken(addresses.of("busy", 1000.0).effects, 1000.0, 3) == 0


def test_quiet_addresses_are_forgotten_once_they_are_as_good_as_new(settings: Conf) -> None:
    addresses = AddressLimiters(settings)
    for number in range(100):
        addresses.of(f"{number}", 1000.0).rooms.take(1000.0)
    for number in range(50):
        addresses.of(f"late {number}", 1000.0 + limits.SECONDS_PER_ROOM)
    assert len(addresses) <= 51


async def test_an_address_is_remembered_as_long_as_it_has_connections(settings: Conf) -> None:
    addresses = AddressLimiters(settings)
    ada = await addresses.admit("ada")
    assert await addresses.admit("ada") is ada
    for number in range(2 * MAX_IDLE_ADDRESSES):
        addresses.of(f"{number}", 1000.0)
    assert addresses.of("ada", 1000.0) is ada
    assert ada.connections == 2
    addresses.leave(ada)
    addresses.leave(ada)
    assert addresses.of("ada", 1000.0) is ada
    assert ada.connections == 0
