"""Deployment mistakes are named, and the documented deployment has none."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import CheckMessage
from django.test import override_settings

from chat import checks
from chat.storage.json_files import checks as folder_checks
from tests.support.effort import Tally
from tests.support.live_server import PROJECT


def found_in_folder(check: Any, storage_dir: Path) -> list[CheckMessage]:
    return list(check(dataclasses.replace(settings.CHAT, storage_dir=storage_dir)))


def found(check: Any, **changes: Any) -> list[CheckMessage]:
    with override_settings(CHAT=dataclasses.replace(settings.CHAT, **changes)):
        return list(check(None))


def test_a_storage_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    assert not found_in_folder(folder_checks.folder_is_writable, tmp_path / "new" / "storage")
    (tmp_path / "file").touch()
    (message,) = found_in_folder(folder_checks.folder_is_writable, tmp_path / "file")
    assert message.id == "chat.E002"


def test_a_storage_folder_that_other_users_can_read_is_a_warning(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert not found_in_folder(folder_checks.folder_is_private, tmp_path)
    tmp_path.chmod(0o755)
    (message,) = found_in_folder(folder_checks.folder_is_private, tmp_path)
    assert message.id == "chat.W001"


@pytest.mark.parametrize(
    ("folder", "kind"),
    [("/srv/chat room/storage", "nfs4"), ("/srv/chat room", "nfs4"), ("/srv", None), ("/mnt/a/b", "fuse.sshfs")],
)
def test_a_storage_folder_on_a_network_file_system_is_a_warning(folder: str, kind: str | None, tmp_path: Path) -> None:
    mounts, here = tmp_path / "mounts", str(tmp_path)
    table = [("/", "ext4"), (here, "xfs"), (f"{here}/srv/chat room", "nfs4"), (f"{here}/mnt/a", "fuse.sshfs")]
    mounts.write_text("".join("disk {} {} rw 0 0\n".format(at.replace(" ", r"\040"), what) for at, what in table))
    for path in ("srv/chat room", "mnt/a"):
        (tmp_path / path).mkdir(parents=True)
    conf = dataclasses.replace(settings.CHAT, storage_dir=Path(here + folder))
    messages = folder_checks.folder_is_local(conf, mounts)
    assert [message.id for message in messages] == (["chat.W006"] if kind else [])
    assert all(f"({kind})" in message.msg and "CHAT_STORAGE=database" in str(message.hint) for message in messages)


def test_a_system_without_a_table_of_mounts_has_no_network_file_system(tmp_path: Path) -> None:
    assert not folder_checks.folder_is_local(settings.CHAT, tmp_path / "none")


def test_a_database_without_redis_is_worth_a_hint() -> None:
    check = checks.processes_hear_each_other
    assert not found(check, storage="json", redis_url="")
    assert not found(check, storage="database", redis_url="redis://localhost")
    (message,) = found(check, storage="database", redis_url="")
    assert message.id == "chat.I001"
    assert "REDIS_URL" in str(message.hint)


def test_what_the_store_needs_of_the_machine_is_checked_at_every_start(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (message,) = found(checks.messages_can_be_stored, storage_dir=tmp_path)
    assert message.id == "chat.W001"


def test_https_without_a_trusted_proxy_is_a_warning() -> None:
    assert not found(checks.proxies_are_counted, https=False, trusted_proxies=0)
    assert not found(checks.proxies_are_counted, https=True, trusted_proxies=1)
    (message,) = found(checks.proxies_are_counted, https=True, trusted_proxies=0)
    assert message.id == "chat.W003"
    assert "CHAT_TRUSTED_PROXIES=1" in str(message.hint)


def test_a_site_of_any_name_is_a_warning_before_deployment() -> None:
    assert not found(checks.host_names_are_known, allowed_hosts=("chat.example.org", ".example.net"))
    (message,) = found(checks.host_names_are_known, allowed_hosts=("chat.example.org", "*"))
    assert message.id == "chat.W004"


def test_with_https_an_allowed_origin_without_it_is_a_warning_before_deployment() -> None:
    origins = ("https://www.example.org", "http://old.example.org")
    assert not found(checks.origins_are_encrypted, https=False, allowed_origins=origins)
    assert not found(checks.origins_are_encrypted, https=True, allowed_origins=origins[:1])
    (message,) = found(checks.origins_are_encrypted, https=True, allowed_origins=origins)
    assert message.id == "chat.W005"
    assert "http://old.example.org" in str(message.msg)


def test_mistakes_of_names_and_origins_are_reported_by_check_deploy() -> None:
    env = {"DJANGO_ALLOWED_HOSTS": "*", "CHAT_HTTPS": "on", "CHAT_ALLOWED_ORIGINS": "http://www.example.org"}
    check = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy"],
        cwd=PROJECT,
        env={**os.environ, "DJANGO_SECRET_KEY": "a key for tests", **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "chat.W004" in check.stderr
    assert "chat.W005" in check.stderr


@pytest.mark.promise
def test_the_documented_deployment_passes_all_checks(tmp_path: Path, tally: Tally) -> None:
    """The settings are those of docs/operations.md; static files were collected by whoever runs the tests."""
    documented = (PROJECT / "docs/operations.md").read_text()
    lines = [
        line.strip() for line in documented.splitlines() if line.startswith("    DJANGO_") or "CHAT_HTTPS=on" in line
    ]
    env = {"DJANGO_ALLOWED_HOSTS": "chat.example.org", "CHAT_HTTPS": "on", "CHAT_TRUSTED_PROXIES": "1"}
    assert {"DJANGO_ALLOWED_HOSTS=chat.example.org", "CHAT_HTTPS=on"} <= set(lines)
    check = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "DEBUG"],
        cwd=PROJECT,
        env={**os.environ, "CHAT_STORAGE_DIR": str(tmp_path / "storage"), "DJANGO_SECRET_KEY": "", **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (check.returncode, check.stderr) == (0, "")
    assert "no issues" in check.stdout
    tally("deployments")
