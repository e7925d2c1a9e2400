"""Counters and histograms, and their text format as Prometheus's own parser reads it."""

import math
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client.parser import text_string_to_metric_families

from chat.metrics import counted, exposition, process
from chat.metrics.kinds import Counter, Family, Histogram, LabelledCounter, LabelledHistogram, Sample


def parsed(*families: Family) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample, by name and labels, as Prometheus sees it."""
    found = text_string_to_metric_families(exposition.encode(families))
    return {(one.name, tuple(one.labels.items())): one.value for family in found for one in family.samples}


def test_a_value_is_in_the_bucket_of_its_bound_and_in_all_larger_ones() -> None:
    histogram = Histogram("h", "some", (1, 2, 5))
    for value in (1, 1.5, 2, 7):
        histogram.observe(value)
    assert parsed(histogram.family()) == {
        ("h_bucket", (("le", "1"),)): 1,
        ("h_bucket", (("le", "2"),)): 3,
        ("h_bucket", (("le", "5"),)): 3,
        ("h_bucket", (("le", "+Inf"),)): 4,
        ("h_sum", ()): 11.5,
        ("h_count", ()): 4,
    }


def test_no_value_of_several_threads_is_lost() -> None:
    histogram = Histogram("h", "some", (1,))

    def observe() -> None:
        for _ in range(2000):
            histogram.observe(0.5)

    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            pool.submit(observe)
    assert parsed(histogram.family())[("h_sum", ())] == 4000
    assert histogram.count == 8000


def test_a_block_is_timed_also_if_it_raises() -> None:
    histogram = Histogram("h", "some", (60,))
    with pytest.raises(ValueError, match="x-mark"), histogram.timed():
        raise ValueError("x-mark")
    assert parsed(histogram.family())[("h_bucket", (("le", "60"),))] == 1


def test_expected_labels_are_there_before_anything_is_counted() -> None:
    counter = LabelledCounter("errors_total", "some", "code")
    counter.add("early")
    counter.expect(["early", "late"])
    counter.add("late", 3)
    assert parsed(counter.family()) == {
        ("errors_total", (("code", "early"),)): 1,
        ("errors_total", (("code", "late"),)): 3,
    }


def test_each_label_has_a_histogram_of_its_own() -> None:
    histogram = LabelledHistogram("h", "some", (1,), "call", ("page", "append"))
    histogram["page"].observe(3)
    assert parsed(histogram.family())[("h_bucket", (("call", "page"), ("le", "+Inf")))] == 1
    assert parsed(histogram.family())[("h_count", (("call", "append"),))] == 0


@pytest.mark.parametrize("label", ['"', "\\", "\n", '\\n"', "ä"])
def test_a_label_arrives_as_it_was(label: str) -> None:
    family = Family("one", "gauge", "a\nb \\ c", [Sample("", (("x", label),), 1)])
    assert parsed(family) == {("one", (("x", label),)): 1}


@pytest.mark.parametrize("value", [0, 1, 2**60, 0.1, 1e-9, math.inf, -math.inf])
def test_a_value_arrives_as_it_was(value: float) -> None:
    assert parsed(Family("one", "gauge", "", [Sample("", (), value)])) == {("one", ()): value}


def test_the_format_says_type_and_meaning() -> None:
    (family,) = text_string_to_metric_families(exposition.encode([Counter("c_total", "What it is.").family()]))
    assert (family.name, family.type, family.documentation) == ("c", "counter", "What it is.")


def test_names_are_those_that_prometheus_recommends() -> None:
    for family in counted.families():
        assert family.name.startswith("chatsite_")
        assert (family.kind == "counter") == family.name.endswith("_total")


def test_the_process_is_described_by_the_names_of_other_programs() -> None:
    names = {family.name: family.samples[0].value for family in process.families()}
    assert names["process_resident_memory_bytes"] > 2**20
    assert names["process_cpu_seconds_total"] > 0
    assert 2 < names["process_open_fds"] < names["process_max_fds"]
    assert 1e9 < names["process_start_time_seconds"] < 1e11
