"""System checks of the JSON file store. Imports nothing of it: they also run where flock is missing."""

import importlib.util
import os

from django.core.checks import CheckMessage, Error, Warning

from chat.conf import BASE_DIR, Conf


def system_checks(conf: Conf) -> list[CheckMessage]:
    """Every problem of this machine with the storage folder."""
    return [*platform_can_lock(), *folder_is_writable(conf), *folder_is_private(conf)]


def platform_can_lock() -> list[CheckMessage]:
    """Processes that share a room's file take a lock with flock, which Linux and macOS have."""
    if importlib.util.find_spec("fcntl"):
        return []
    hint = "Run chatsite on Linux or macOS, or in a container."
    return [Error("This system has no flock, which keeps the messages safe.", hint=hint, id="chat.E001")]


def folder_is_writable(conf: Conf) -> list[CheckMessage]:
    """All rooms are stored in one folder: it has to exist, or to be creatable, and to be writable."""
    folder = conf.storage_dir
    existing = next(path for path in (folder, *folder.parents) if path.exists())
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
