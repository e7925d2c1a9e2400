"""Deployment mistakes, found before they hurt: `manage.py check` and every start name them, with what to do."""

import importlib.util
import os
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register


@register()
def platform_can_lock(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Several processes share a room's file under flock, which Linux and macOS have."""
    if importlib.util.find_spec("fcntl"):
        return []
    hint = "Run chatsite on Linux or macOS, or in a container."
    return [Error("This system has no flock, which keeps the messages safe.", hint=hint, id="chat.E001")]


@register()
def storage_can_be_written(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Everything said is kept in one folder: it has to be there and to be writable."""
    folder = settings.CHAT.storage_dir
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return []
    hint = f"Make {existing} writable for the user who runs chatsite, or set CHAT_STORAGE_DIR to another folder."
    return [Error(f"Messages cannot be kept in {folder}.", hint=hint, id="chat.E002")]


@register()
def storage_is_private(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """What people said, and the key that signs their cookies, is for the owner's eyes."""
    folder = settings.CHAT.storage_dir
    if settings.BASE_DIR in folder.parents or not folder.exists() or not folder.stat().st_mode & 0o007:
        return []
    hint = f"Run: chmod 700 {folder}"
    return [Warning(f"Everybody on this machine may look into {folder}.", hint=hint, id="chat.W001")]


@register(deploy=True)
def static_files_are_collected(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Without a manifest the files are served under plain names, and browsers ask for each of them again and again."""
    if (settings.STATIC_ROOT / "staticfiles.json").exists():
        return []
    hint = "Run: python manage.py collectstatic --noinput"
    return [Warning("The static files have not been collected.", hint=hint, id="chat.W002")]


@register()
def proxies_are_counted(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """https comes from a proxy, and behind one every visitor has the proxy's address."""
    if not settings.CHAT.https or settings.CHAT.trusted_proxies:
        return []
    hint = "Set CHAT_TRUSTED_PROXIES=1, or to as many proxies as stand in front of the server."
    return [Warning("CHAT_HTTPS=on, but all visitors count as one address, the proxy's.", hint=hint, id="chat.W003")]
