"""What is made of the measurements: no loss hides behind a median, and the picture is well-formed."""

import xml.etree.ElementTree as ElementTree

from benchmarks import claims, plot, report
from benchmarks.parts import fanout
from benchmarks.plan import Measurement


def measured(peer: str, rate: int, repeat: int = 0, **values: float) -> Measurement:
    return Measurement("fanout", f"1000 clients, {rate}/s", peer, repeat, values)


def test_one_loss_in_five_repeats_is_shown() -> None:
    runs = [measured("chatsite", 100, n, lost=1 if n == 3 else 0, p99_ms=10 + n) for n in range(5)]
    assert report.medians(runs) == {("fanout", "1000 clients, 100/s", "chatsite"): {"lost": 1, "p99_ms": 12}}


def test_a_run_that_failed_adds_no_numbers() -> None:
    failed = Measurement("fanout", "1000 clients, 100/s", "ws", 0, note="it broke")
    assert report.medians([failed]) == {}


def test_a_table_names_each_case_once_and_each_peer_below_it() -> None:
    runs = [measured(peer, rate, p50_ms=1.5) for rate in (1000, 100) for peer in ("chatsite", "ws")]
    lines = report.table("fanout", fanout.COLUMNS, report.medians(runs)).splitlines()
    names = [line.split("  ")[0] or line.split()[0] for line in lines[1:]]
    assert names == ["1000 clients, 1000/s", "chatsite", "ws", "1000 clients, 100/s", "chatsite", "ws"]


def test_a_claim_is_judged_by_the_ratio_to_the_peer_of_the_same_run() -> None:
    runs = [measured("chatsite", 100, cpu_us_per_delivery=4), measured("ws", 100, cpu_us_per_delivery=5)]
    line = next(line for line in claims.table(report.medians(runs)).splitlines() if "CPU per delivery / ws" in line)
    assert line.split()[-4:] == ["0.80", "<=", "1", "yes"]


def test_the_plot_is_well_formed_and_names_everybody() -> None:
    runs = [
        measured(peer, rate, p50_ms=rate / 100, p99_ms=rate / 10) for peer in ("chatsite", "ws") for rate in (10, 99)
    ]
    picture = plot.latency(report.medians(runs), {"chatsite": "chatsite", "ws": "Node <ws>"})
    assert picture is not None
    elements = ElementTree.fromstring(picture).iter()  # noqa: S314 - our own picture
    texts = [element.text for element in elements if element.tag.endswith("text")]
    assert {"chatsite", "Node <ws>", "10", "99"} <= set(texts)


def test_one_load_is_no_curve() -> None:
    assert (
        plot.latency(report.medians([measured("chatsite", 100, p50_ms=1, p99_ms=2)]), {"chatsite": "chatsite"}) is None
    )
