"""The disk in memory behaves like the real one; the other tests rely on that."""

import os
from collections.abc import Callable, Sequence
from functools import partial, partialmethod
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from chat.storage.json_files.disk import Disk
from chat.storage.json_files.store import JsonFileStore
from tests.support.effort import Tally, effort
from tests.support.storage.crash_checker import CrashChecker
from tests.support.storage.disks import MemoryDisk
from tests.support.storage.expected_history import FOLDER, LOBBY, ExpectedHistory, rows_of
from tests.support.storage.scenarios import SCENARIOS, Scenario, clearing, conversation, creation, importing

pytestmark = [pytest.mark.usefixtures("quiet"), pytest.mark.promise]
OF_PATHS = ["open", "stat", "entries", "rename", "remove", "sync_folder", "make_folder"]
OF_DESCRIPTORS = ["close", "stat_open", "read", "write_some", "touch", "truncate", "sync", "sync_data"]


class TwinDisk(MemoryDisk):
    """Makes every call on real files, too, and compares the two results."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.compared = 0
        self._real = Disk()
        self._folder = folder
        self._real_fds: dict[int, int] = {}  # by the descriptors in memory

    def call_both(self, name: str, *arguments: Any) -> Any:
        twins = [self._folder / path.relative_to(FOLDER) if isinstance(path, Path) else path for path in arguments]
        if name in OF_DESCRIPTORS:
            twins[0] = self._real_fds[arguments[0]]
        ours = _answer(partial(getattr(MemoryDisk, name), self), arguments)
        real = _answer(getattr(self._real, name), twins)
        self.compared += 1
        if isinstance(ours, OSError):
            assert isinstance(real, OSError)
            assert ours.errno == real.errno
            raise ours
        if name == "open":
            self._real_fds[ours] = real
        else:
            assert _comparable(ours) == _comparable(real), name
        return ours


for name in [*OF_PATHS, *OF_DESCRIPTORS]:
    setattr(TwinDisk, name, partialmethod(TwinDisk.call_both, name))


def _answer(call: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    try:
        return call(*arguments)
    except OSError as error:
        return error


def _comparable(answer: Any) -> Any:
    """The part of a result that does not depend on the disk."""
    if isinstance(answer, os.stat_result):
        return answer.st_size
    return sorted(answer) if isinstance(answer, list) else answer


@pytest.mark.parametrize("scenario", [conversation, clearing, importing, creation], ids=attrgetter("__name__"))
def test_every_call_is_answered_as_the_real_disk_answers_it(scenario: Scenario, tmp_path: Path) -> None:
    disk = TwinDisk(tmp_path)
    scenario(ExpectedHistory(disk))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: disk.content(path) for path in disk.names
    }
    assert disk.compared > 40


def test_what_crashes_leave_is_repaired_on_real_files_as_in_memory(tmp_path: Path, tally: Tally) -> None:
    for name, scenario in SCENARIOS.items():
        crashes = CrashChecker(cut_every=0, recrash_every=20)
        crashes.run(scenario)
        images = [image for image in crashes.found if image is not None]
        for number, image in enumerate(images[:: 1 + len(images) // effort(40, torture=400)]):
            folder = tmp_path / f"{name}-{number}"
            folder.mkdir()
            (folder / LOBBY.name).write_bytes(image)
            JsonFileStore(folder).open("lobby").close()
            assert rows_of((folder / LOBBY.name).read_bytes()) == crashes.found[image]
            tally("crash states on real files")
