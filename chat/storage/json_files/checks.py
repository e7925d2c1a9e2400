"""System checks of the JSON file store. Imports nothing of it: they also run where flock is missing."""

import importlib.util
import os
import re
from pathlib import Path

from django.core.checks import CheckMessage, Error, Warning

from chat.conf import BASE_DIR, Conf

MOUNTS = Path("/proc/self/mounts")  # Linux; a space in a path is \\040 there
NETWORK_FILE_SYSTEMS = {
    *("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "gpfs", "beegfs", "ocfs2", "gfs2"),
    *("fuse.sshfs", "fuse.glusterfs", "fuse.s3fs", "fuse.rclone", "fuse.ceph", "fuse.juicefs"),
}


def system_checks(conf: Conf) -> list[CheckMessage]:
    """Every problem of this machine with the storage folder."""
    checks = [platform_can_lock(), folder_is_writable(conf), folder_is_private(conf), folder_is_local(conf)]
    return [message for messages in checks for message in messages]


def platform_can_lock() -> list[CheckMessage]:
    """Processes that share a room's file take a lock with flock, which Linux and macOS have."""
    if importlib.util.find_spec("fcntl"):
        return []
    hint = "Run chatsite on Linux or macOS, or in a container."
    return [Error("This system has no flock, which keeps the messages safe.", hint=hint, id="chat.E001")]


def folder_is_writable(conf: Conf) -> list[CheckMessage]:
    """All rooms are stored in one folder: it has to exist, or to be creatable, and to be writable."""
    folder = conf.storage_dir
    existing = _existing(folder)
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return []
    hint = f"Make {existing} writable for the user who runs chatsite, or set CHAT_STORAGE_DIR to another folder."
    return [Error(f"Messages cannot be kept in {folder}.", hint=hint, id="chat.E002")]


def folder_is_private(conf: Conf) -> list[CheckMessage]:
    """Messages, and the key that signs cookies, are for the owner only."""
    folder = conf.storage_dir
    if BASE_DIR in folder.parents or not folder.exists() or not folder.stat().st_mode & 0o007:
        return []
    hint = f"Run: chmod 700 {folder}"
    return [Warning(f"Everybody on this machine may look into {folder}.", hint=hint, id="chat.W001")]


def folder_is_local(conf: Conf, mounts: Path = MOUNTS) -> list[CheckMessage]:
    """Network file systems show an append of another machine late, and their locks may hold on one machine only."""
    kind = _file_system(_existing(conf.storage_dir).resolve(), mounts)
    if kind not in NETWORK_FILE_SYSTEMS:
        return []
    hint = "Use a local disk; for servers on several machines use CHAT_STORAGE=database with REDIS_URL."
    return [Warning(f"{conf.storage_dir} is on a network file system ({kind}).", hint=hint, id="chat.W006")]


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def _file_system(folder: Path, mounts: Path) -> str:
    """The type of the file system of a folder; "" where the system does not say."""
    if not mounts.exists():
        return ""
    lines = [line.split() for line in mounts.read_text(errors="surrogateescape").splitlines()]
    mounted = {Path(re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), line[1])): line[2] for line in lines}
    return next((mounted[path] for path in (folder, *folder.parents) if path in mounted), "")
