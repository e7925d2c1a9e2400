"""How fast one connection may speak: time is passed in, nothing waits."""

import pytest

from chat.limits import TokenBucket
from chat.protocol import ErrorCode, ProtocolError


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


def test_a_rate_of_nothing_is_no_limit() -> None:
    assert taken(TokenBucket(0, 1), 1000.0, 10_000) == 10_000


def test_a_rate_below_one_still_lets_a_frame_through_in_time() -> None:
    bucket = TokenBucket(0.1, 1)
    assert [taken(bucket, moment, 2) for moment in (1000.0, 1009.0, 1010.0, 1019.9, 1020.1)] == [1, 0, 1, 0, 1]
