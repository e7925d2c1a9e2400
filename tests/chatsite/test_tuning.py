"""The settings of the interpreter have the effect that they are made for."""

import gc
import sys
from collections.abc import Iterator

import pytest
from autobahn.websocket.protocol import WebSocketProtocol

from chatsite import tuning


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    switching, thresholds, pformat = sys.getswitchinterval(), gc.get_threshold(), tuning.autobahn.pformat
    yield
    sys.setswitchinterval(switching)
    gc.set_threshold(*thresholds)
    tuning.autobahn.pformat = pformat
    gc.unfreeze()


def test_imported_objects_are_ignored_by_the_garbage_collector() -> None:
    tuning.tune()
    assert gc.get_freeze_count() > 10_000
    assert gc.get_threshold() == tuning.GC_THRESHOLDS
    assert sys.getswitchinterval() == pytest.approx(tuning.SWITCH_INTERVAL_SECONDS)


def test_garbage_made_later_is_still_found() -> None:
    tuning.tune()
    circle: list[object] = []
    circle.append(circle)
    del circle
    assert gc.collect() >= 1


def test_autobahn_formats_its_options_with_the_name_that_is_replaced() -> None:
    """When a new version uses another name, the replacement is not needed any more."""
    tuning.tune()
    assert "pformat" in WebSocketProtocol._connectionMade.__code__.co_names
    assert "{}".format(tuning.autobahn.pformat([("version", 18)])) == "[('version', 18)]"
