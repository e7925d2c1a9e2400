"""A file that belongs to somebody else, or has another mode: the error says whose it is and what to do.

The process that must not read or write it is a child that has given up root.
"""

import errno
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.storage import StorageForbidden
from chat.storage.json_files.disk_errors import disk_errors, user_name
from chat.storage.json_files.store import JsonFileStore
from tests.support.live_server import PROJECT, TIME_LIMIT
from tests.support.storage.expected_history import said

OTHER = 65534  # nobody
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of another user")

AS_OTHER = f"""
import os, sys
from pathlib import Path
import django
from django.utils import translation
from chat.storage import Draft, StorageError
from chat.storage.json_files.store import JsonFileStore
django.setup()
translation.activate("en")  # now: this user may not be permitted to read what Python imports for that
os.setgroups([]); os.setgid({OTHER}); os.setuid({OTHER})
store = JsonFileStore(Path(sys.argv[1]))
try:
    log = store.open(sys.argv[2])
    print("read", [record.message for record in log.page().records])
    log.append([Draft(author="a", username="ada", message="from another user")])
    print("written")
except StorageError as error:
    print(type(error).__name__, error.why)
"""


def as_other(folder: Path, room: str = "lobby") -> list[str]:
    """What another user can do with the room, line by line."""
    done = subprocess.run(
        [sys.executable, "-c", AS_OTHER, str(folder), room],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=True,
    )
    return done.stdout.splitlines()


@pytest.fixture
def shared() -> Iterator[Path]:
    """The lobby of another user, in a folder that others can reach: pytest's own are private."""
    with tempfile.TemporaryDirectory() as outer:
        os.chmod(outer, 0o755)  # noqa: S103 - of an empty folder
        folder = Path(outer) / "storage"
        log = JsonFileStore(folder).open("lobby")
        log.append([said("one")])
        log.close()
        for path in (folder, *folder.iterdir()):
            os.chown(path, OTHER, OTHER)
        yield folder / "lobby.json"


@needs_root
def test_the_owner_of_the_file_can_use_it(shared: Path) -> None:
    assert as_other(shared.parent)[-1] == "written"


@needs_root
@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_a_file_of_root_is_named_with_what_to_do(mode: int, shared: Path) -> None:
    """Regression: "cannot reach its storage, try again", once a second, for ever."""
    os.chown(shared, 0, 0)
    shared.chmod(mode)
    us = user_name(OTHER)
    *read, refused = as_other(shared.parent)
    assert refused == (
        f"StorageForbidden Permission denied: lobby.json belongs to root with mode {mode:04o}, "
        f"and chatsite runs as {us}; `chown {us} lobby.json`"
    )
    assert bool(read) == (mode == 0o644)


@needs_root
def test_a_file_without_the_right_mode_is_named_too(shared: Path) -> None:
    shared.chmod(0o400)
    *read, refused = as_other(shared.parent)
    us = user_name(OTHER)
    assert (len(read), refused) == (
        1,
        f"StorageForbidden Permission denied: lobby.json belongs to {us} with mode 0400, and chatsite runs as {us}; "
        "`chmod u+rwX lobby.json`",
    )


@needs_root
def test_a_lock_file_of_root_is_named_and_not_the_room(shared: Path) -> None:
    """A command that ran as root made it."""
    os.chown(shared.with_name(".lobby.lock"), 0, 0)
    refused = as_other(shared.parent)[-1]
    assert refused.startswith("StorageForbidden Permission denied: .lobby.lock belongs to root with mode 0600")


@needs_root
def test_what_root_writes_anew_belongs_to_the_owner_of_the_folder(shared: Path) -> None:
    """Regression: after a command as root the server could not read the room."""
    store = JsonFileStore(shared.parent)
    store.open("lobby").clear(3)
    store.open("tea").append([said("fine")])
    store.back_up("tea", store.default_backup_path("tea"))
    assert {path.stat().st_uid for path in shared.parent.iterdir()} == {OTHER}, "lock files and backups too"
    assert as_other(shared.parent)[-1] == "written"


@needs_root
def test_a_room_that_root_has_created_can_be_used_by_the_owner_of_the_folder(shared: Path) -> None:
    """Regression: after `post_message` as root into a new room, the lock was root's and the server was refused."""
    JsonFileStore(shared.parent).open("tea").append([said("fine")])
    assert as_other(shared.parent, "tea") == ["read ['fine']", "written"]


@needs_root
def test_a_folder_of_root_is_named(shared: Path) -> None:
    os.chown(shared.parent, 0, 0)
    shared.parent.chmod(0o755)
    shared.unlink()
    shared.with_name(".lobby.lock").unlink()
    us = user_name(OTHER)
    words = f"storage belongs to root with mode 0755, and chatsite runs as {us}; `chown {us} storage`"
    assert words in as_other(shared.parent)[-1]


@needs_root
def test_a_folder_that_cannot_be_entered_is_named(shared: Path) -> None:
    """Regression: the error was a traceback for each message, and clients were told to try again for ever."""
    us = user_name(OTHER)
    os.chown(shared.parent, 0, 0)
    shared.parent.chmod(0o700)
    words = f"StorageForbidden Permission denied: storage belongs to root with mode 0700, and chatsite runs as {us}"
    assert as_other(shared.parent)[-1].startswith(words)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM])
def test_what_the_system_forbids_is_an_error_of_its_own(number: int, lobby: Path) -> None:
    with pytest.raises(StorageForbidden, match=os.strerror(number)), disk_errors("lobby", lobby):
        raise OSError(number, os.strerror(number), str(lobby))


def test_a_user_without_a_name_is_a_number() -> None:
    assert user_name(4_000_000) == "user 4000000"
