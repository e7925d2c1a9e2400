"""The key that signs cookies: generated once, for the owner alone."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from chat import conf
from chat.entrance.secret_key import secret_key
from tests.support.effort import Tally
from tests.support.live_server import PROJECT


def test_a_key_that_is_set_is_used_and_nothing_is_kept(tmp_path: Path) -> None:
    loaded = conf.load({"DJANGO_SECRET_KEY": "mine", "CHAT_STORAGE_DIR": str(tmp_path / "storage")})
    assert secret_key(loaded) == "mine"
    assert not (tmp_path / "storage").exists()


def test_a_key_is_made_once_for_the_owner_alone_and_kept(tmp_path: Path) -> None:
    loaded = conf.load({"CHAT_STORAGE_DIR": str(tmp_path / "storage")})
    key = secret_key(loaded)
    assert len(key) >= 50
    assert secret_key(loaded) == key
    path = tmp_path / "storage" / ".secret_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [kept.name for kept in path.parent.iterdir()] == [".secret_key"]


@pytest.mark.promise
def test_a_key_that_is_a_link_is_never_used(tmp_path: Path, tally: Tally) -> None:
    """Its target could be a file that other users can read or have written."""
    (tmp_path / "elsewhere").write_text("a key that somebody else knows")
    for target in (tmp_path / "elsewhere", tmp_path / "nothing"):
        folder = tmp_path / f"of-{target.name}"
        folder.mkdir()
        (folder / ".secret_key").symlink_to(target)
        with pytest.raises(conf.SettingError, match="is a link"):
            secret_key(conf.load({"CHAT_STORAGE_DIR": str(folder)}))
        tally("refused entries")
    assert not (tmp_path / "nothing").exists()


@pytest.mark.promise
def test_new_folders_are_the_owners_alone_under_any_umask(tmp_path: Path, tally: Tally) -> None:
    before = os.umask(0)
    try:
        secret_key(conf.load({"CHAT_STORAGE_DIR": str(tmp_path / "a" / "b" / "storage")}))
    finally:
        os.umask(before)
    for folder in ("a", "a/b", "a/b/storage"):
        assert stat.S_IMODE((tmp_path / folder).stat().st_mode) == 0o700
        tally("files")


def test_processes_that_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    program = (
        "import os, sys; from chat import conf; from chat.entrance.secret_key import secret_key; "
        "loaded = conf.load(os.environ); print('up', flush=True);"
        "sys.stdin.read(); print(secret_key(loaded))"
    )
    env = {**os.environ, "CHAT_STORAGE_DIR": str(tmp_path / "storage"), "DJANGO_SECRET_KEY": ""}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=PROJECT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
    for process in started:  # all of them wait for this
        assert process.stdin is not None
        process.stdin.close()
    keys = set()
    for process in started:
        assert process.stdout is not None
        with process.stdout as out:
            keys.add(out.read())
        assert process.wait(30) == 0
    assert len(keys) == 1
    assert [kept.name for kept in (tmp_path / "storage").iterdir()] == [".secret_key"]


def test_a_folder_that_cannot_be_used_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(conf.SettingError, match=r"file/\.secret_key: .* Set CHAT_STORAGE_DIR to a folder") as refused:
        secret_key(conf.load({"CHAT_STORAGE_DIR": str(tmp_path / "file")}))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe"])
def test_a_kept_key_that_is_no_key_is_named_and_never_used(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".secret_key").write_bytes(content)
    with pytest.raises(conf.SettingError, match=r"\.secret_key"):
        secret_key(conf.load({"CHAT_STORAGE_DIR": str(tmp_path)}))


def test_a_full_disk_leaves_no_half_key_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(conf.SettingError, match="No space left on device"):
        secret_key(conf.load({"CHAT_STORAGE_DIR": str(tmp_path)}))
    assert not list(tmp_path.iterdir())
