"""Every call that reaches the disk fails in turn, with every error that it can return: once, or permanently.

failure_scenarios.py says what is checked in each case.
"""

import random
from itertools import combinations
from pathlib import Path

import pytest

from chat.storage.json_files import disk as disk_module
from tests.support.effort import TORTURE, Tally, effort
from tests.support.storage.crash_checker import CrashChecker
from tests.support.storage.disk_faults import Fault, at, both, no_fault
from tests.support.storage.expected_history import ExpectedHistory
from tests.support.storage.failing_system import FailingSystem, RealDisk
from tests.support.storage.failure_scenarios import ERRORS, FAILURE_SCENARIOS, FailureScenario, run_with_fault

IN_MEMORY = {"a refresh that finishes a delete"}  # takes long on real files
pytestmark = [pytest.mark.usefixtures("quiet"), pytest.mark.promise]


def in_memory(scenario: FailureScenario, fault: Fault) -> list[str]:
    """With a crash of the machine at the end."""
    history = ExpectedHistory()
    calls = run_with_fault(history, scenario, fault)
    CrashChecker(history, cut_every=0, survivors=False).check_now()
    return calls


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "lasting"])
@pytest.mark.parametrize("name", FAILURE_SCENARIOS)
def test_whatever_call_fails_it_is_done_or_refused_as_a_whole(name: str, lasting: bool, tally: Tally) -> None:
    for number, call in enumerate(in_memory(FAILURE_SCENARIOS[name], no_fault)):
        for reason in ERRORS[call]:
            in_memory(FAILURE_SCENARIOS[name], at(number, reason, lasting=lasting))
            tally("failed calls")


@pytest.mark.parametrize("name", FAILURE_SCENARIOS)
def test_whatever_two_calls_fail_it_is_done_or_refused_as_a_whole(name: str, tally: Tally) -> None:
    """The second call is often part of the rollback of the first."""
    pairs = list(combinations(range(len(in_memory(FAILURE_SCENARIOS[name], no_fault)) + 12), 2))
    chance = random.Random(name)
    for first, second in chance.sample(pairs, min(len(pairs), effort(20, torture=1000))):
        reasons = chance.sample([5, 28, 24, 13], 2)
        in_memory(
            FAILURE_SCENARIOS[name],
            both(at(first, reasons[0], lasting=False), at(second, reasons[1], lasting=chance.random() < 0.5)),
        )
        tally("failed calls", 2)


@pytest.mark.parametrize("name", [name for name in FAILURE_SCENARIOS if TORTURE or name not in IN_MEMORY])
def test_whatever_the_system_refuses_it_is_done_or_refused_as_a_whole(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tally: Tally
) -> None:
    def on_real_files(fault: Fault) -> list[str]:
        system = FailingSystem()
        monkeypatch.setattr(disk_module, "os", system)
        monkeypatch.setattr(disk_module, "fcntl", system)
        folders.append(tmp_path / f"{len(folders)}")
        calls = run_with_fault(ExpectedHistory(RealDisk(folders[-1], system)), FAILURE_SCENARIOS[name], fault)
        assert not system.opened, "a descriptor was not given back"
        return calls

    folders: list[Path] = []
    for number, call in enumerate(on_real_files(no_fault)):
        for reason in ERRORS[call][: effort(2, torture=99)]:
            for lasting in (False, True):
                on_real_files(at(number, reason, lasting=lasting))
                tally("failed calls")
