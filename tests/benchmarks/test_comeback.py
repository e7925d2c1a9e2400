"""The measurement of a comeback, with few clients."""

import pytest

from benchmarks.load import build
from benchmarks.parts import comeback
from benchmarks.peers import chatsite
from benchmarks.plan import Plan

CLIENTS = 30


def test_everybody_comes_back_to_the_files_of_a_server_that_was_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    build()
    monkeypatch.setattr(comeback, "STORED", 30)
    found = comeback.measure(chatsite("serve"), CLIENTS)
    assert found["failed"] == 0
    assert found["seconds"] > 0
    assert 0 < found["said_p50_ms"] <= found["said_p99_ms"]
    assert found["memory_mib"] > 10
    assert {column.key for column in comeback.COLUMNS} <= found.keys()


def test_a_server_that_cannot_resume_is_left_out() -> None:
    peer = chatsite("serve")
    plan = Plan((peer.__class__(**{**vars(peer), "ready_on_first_frame": False}),), 1, quick=True, curve=False)
    assert list(comeback.run(plan)) == []
