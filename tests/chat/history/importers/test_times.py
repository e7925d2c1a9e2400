"""chat/history/importers/times.py"""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from chat.history.importers.times import LocalClock, moment_of_iso, ordered_date, split_date

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3_600_000


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_local_times_become_utc() -> None:
    clock = LocalClock(BERLIN)
    assert clock.moment(local("2026-01-15T12:00:00")) == moment_of_iso("2026-01-15T11:00:00Z")
    assert clock.moment(local("2026-07-15T12:00:00")) == moment_of_iso("2026-07-15T10:00:00Z")


def test_the_hour_that_the_clock_shows_twice_stays_in_file_order() -> None:
    clock = LocalClock(BERLIN)
    previous = None
    moments = []
    for text in ("01:59", "02:10", "02:50", "02:50", "02:10", "02:50", "03:00"):
        previous = clock.moment(local(f"2026-10-25T{text}"), previous)
        moments.append(previous)
    assert moments == sorted(moments)
    assert moments[4] == moments[1] + HOUR


def test_a_small_step_back_is_disorder_where_the_reader_says_so() -> None:
    clock = LocalClock(BERLIN, tolerance=60_000)
    first = clock.moment(local("2026-10-25T02:30:10"))
    assert clock.moment(local("2026-10-25T02:30:00"), first) == first - 10_000
    assert clock.moment(local("2026-10-25T02:29:00"), first) == first - 70_000 + HOUR


def test_a_time_that_the_clock_skips_is_taken_as_if_it_had_not_been_moved() -> None:
    clock = LocalClock(BERLIN)
    assert clock.moment(local("2026-03-29T02:30:00")) == moment_of_iso("2026-03-29T01:30:00Z")


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("1970-01-01T00:00:01Z", 1000),
        ("1970-01-01T00:00:01.5+00:00", 1500),
        ("1970-01-01T02:00:00.1234567+02:00", 123),
    ],
)
def test_times_with_an_offset(text: str, milliseconds: int) -> None:
    assert moment_of_iso(text) == milliseconds


def test_a_time_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="no offset"):
        moment_of_iso("2026-01-01T00:00:00")


def test_the_parts_of_a_date_in_each_order() -> None:
    assert ordered_date(split_date("28/04/23"), "dmy") == (2023, 4, 28)
    assert ordered_date(split_date("4/28/2023"), "mdy") == (2023, 4, 28)
    assert ordered_date(split_date("2023-04-28"), "ymd") == (2023, 4, 28)
    with pytest.raises(ValueError, match="no date"):
        split_date("28/04")
