"""Metrics, their page and their dashboard name the same things."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from chat.conf import load
from chat.rooms.hub import Hub
from chat.storage.json_files.store import JsonFileStore
from chat.views.metrics import MetricsEndpoint
from tests.support.live_server import PROJECT

PAGE = (PROJECT / "docs/metrics.md").read_text()
DASHBOARD = json.loads((PROJECT / "deploy/grafana-dashboard.json").read_text())
NAME = re.compile(r"\b(?:chatsite|process)_\w+")


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    hub = Hub(JsonFileStore(tmp_path), load({"CHAT_METRICS": "local"}))
    yield hub
    await hub.close()


async def exposed(hub: Hub) -> dict[str, tuple[str, set[str]]]:
    """Type and labels of every metric, by the name that Prometheus knows it by."""
    body = await MetricsEndpoint(hub, None)._body()
    return {
        f"{family.name}_total" if family.type == "counter" else family.name: (
            family.type,
            {label for sample in family.samples for label in sample.labels},
        )
        for family in text_string_to_metric_families(body.decode())
    }


async def test_every_metric_has_its_row_and_no_row_is_left(hub: Hub) -> None:
    documented = dict(re.findall(r"^\| `(\w+)` \| (\w+) \| ", PAGE, re.MULTILINE))
    assert documented == {name: kind for name, (kind, _) in (await exposed(hub)).items()}


async def test_the_row_of_a_metric_names_its_labels(hub: Hub) -> None:
    for name, (_, labels) in (await exposed(hub)).items():
        (row,) = re.findall(rf"^\| `{name}` \|.*$", PAGE, re.MULTILINE)
        assert all(f"`{label}`" in row for label in labels - {"le"}), name


async def test_the_dashboard_shows_every_metric_and_only_what_exists(hub: Hub) -> None:
    series = {
        name + suffix: labels
        for name, (kind, labels) in (await exposed(hub)).items()
        for suffix in (["_bucket"] if kind == "histogram" else [""])
    }
    shown = set()
    for expression in expressions():
        names = set(NAME.findall(expression))
        assert names <= series.keys(), expression
        shown |= names
        known = {"job", "instance"}.union(*(series[name] for name in names))
        for group in re.findall(r"by \(([^)]*)\)", expression):
            assert set(group.split(", ")) <= known, expression
    assert shown == series.keys()


def expressions() -> list[str]:
    targets: list[dict[str, Any]] = [target for panel in DASHBOARD["panels"] for target in panel.get("targets", ())]
    return [target["expr"] for target in targets]


def test_legends_use_labels_that_the_query_keeps() -> None:
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            kept = {*re.findall(r"[\w]+", " ".join(re.findall(r"by \(([^)]*)\)", target["expr"]))), "instance"}
            assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= kept, panel["title"]


def test_panels_have_numbers_and_places_of_their_own() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells)), "two panels overlap"
    assert all(x < 24 for x, _ in cells)
