"""A token bucket: the time is passed in, nothing waits."""

import random

import pytest

from chat.entrance.token_bucket import TokenBucket


def consumed(bucket: TokenBucket, now: float, tries: int) -> int:
    """The number of tokens that so many tries at one moment get."""
    return [bucket.consume(now) for _ in range(tries)].count(0.0)


def test_a_burst_may_come_at_once_and_no_more() -> None:
    assert consumed(TokenBucket(10, 30), 1000.0, 50) == 30


def test_a_new_bucket_has_its_whole_burst_right_after_the_machine_started() -> None:
    assert consumed(TokenBucket(10, 30), 0.0, 50) == 30


def test_a_burst_is_whole_at_any_time_and_rate() -> None:
    """Seconds and rates are rounded; a burst that ends one token early would refuse what the limit allows."""
    chance = random.Random(7)
    for _ in range(1000):
        rate, burst, now = 10 ** chance.uniform(-3, 3), chance.randint(1, 300), 10 ** chance.uniform(-3, 6)
        assert consumed(TokenBucket(rate, burst), now, burst + 1) == burst, (rate, burst, now)


def test_then_it_is_the_rate_that_counts_and_the_burst_comes_back() -> None:
    bucket = TokenBucket(10, 30)
    consumed(bucket, 1000.0, 50)
    assert consumed(bucket, 1001.0, 50) == 10
    assert consumed(bucket, 1002.5, 50) == 15
    assert consumed(bucket, 2000.0, 50) == 30


def test_a_refusal_returns_the_time_to_wait_and_spends_nothing() -> None:
    bucket = TokenBucket(10, 1)
    assert bucket.consume(1000.0) == 0
    assert [bucket.consume(1000.02) for _ in range(3)] == pytest.approx([0.08] * 3, abs=1e-6)
    assert bucket.consume(1000.1001) == 0


def test_tokens_that_are_charged_are_missing_later() -> None:
    bucket = TokenBucket(10, 3)
    assert consumed(bucket, 1000.0, 3) == 3
    bucket.charge(9)
    assert bucket.consume(1000.0) == pytest.approx(1.0, abs=1e-6)
    assert consumed(bucket, 1000.99, 10) == 0
    assert consumed(bucket, 1001.01, 10) == 1


def test_a_rate_of_nothing_is_no_limit() -> None:
    assert consumed(TokenBucket(0, 1), 1000.0, 10_000) == 10_000


def test_a_rate_below_one_still_lets_a_frame_through_in_time() -> None:
    bucket = TokenBucket(0.1, 1)
    assert [consumed(bucket, moment, 2) for moment in (1000.0, 1009.0, 1010.0, 1019.9, 1020.1)] == [1, 0, 1, 0, 1]


def test_a_bucket_is_full_when_all_that_was_spent_has_come_back() -> None:
    bucket = TokenBucket(10, 3)
    assert bucket.is_full(1000.0)
    consumed(bucket, 1000.0, 2)
    assert [bucket.is_full(moment) for moment in (1000.0, 1000.19, 1000.2)] == [False, False, True]


# Waiting for a token


def test_each_wait_is_longer_than_the_one_before() -> None:
    bucket = TokenBucket(10, 2)
    assert [bucket.consume(1000.0, 3.0) for _ in range(5)] == pytest.approx([0, 0, 0.1, 0.2, 0.3], abs=1e-6)
    assert bucket.consume(1000.3, 3.0) == pytest.approx(0.1, abs=1e-6)


def test_a_wait_that_would_be_too_long_spends_nothing() -> None:
    bucket = TokenBucket(10, 1)
    assert [bucket.consume(1000.0, 3.0) for _ in range(31)][-1] == pytest.approx(3.0, abs=1e-6)
    waits = [bucket.consume(1000.0, 3.0) for _ in range(100)]
    assert waits == pytest.approx([3.1] * 100, abs=1e-6)
    assert bucket.consume(1000.0 + waits[-1]) == pytest.approx(0)


def test_without_a_rate_nothing_waits_and_nothing_is_blocked() -> None:
    bucket = TokenBucket(0, 1)
    bucket.block(1000.0, 60)
    assert [bucket.consume(1000.0, 3.0) for _ in range(1000)] == [0] * 1000
    assert bucket.is_full(1000.0)


def test_a_blocked_bucket_has_nothing_for_so_long() -> None:
    bucket = TokenBucket(100, 300)
    bucket.block(1000.0, 5)
    assert bucket.consume(1000.0) == pytest.approx(5, abs=0.01)
    assert consumed(bucket, 1004.99, 10) == 0
    assert consumed(bucket, 1005.0, 10) == 1
