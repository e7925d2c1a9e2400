"""System checks: `manage.py check` and every start report deployment mistakes, each with a hint."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Info, Warning, register

from chat.storage import backends


@register()
def messages_can_be_stored(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """What the storage backend needs of this machine."""
    return backends.system_checks(settings.CHAT)


@register(deploy=True)
def static_files_are_collected(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Without a manifest the files have plain names, and browsers request each of them again and again."""
    if (settings.STATIC_ROOT / "staticfiles.json").exists():
        return []
    hint = "Run: python manage.py collectstatic --noinput"
    return [Warning("The static files have not been collected.", hint=hint, id="chat.W002")]


@register()
def proxies_are_counted(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """CHAT_HTTPS means a proxy in front, and then every connection has the proxy's address."""
    if not settings.CHAT.https or settings.CHAT.trusted_proxies:
        return []
    hint = "Set CHAT_TRUSTED_PROXIES=1, or to as many proxies as stand in front of the server."
    return [Warning("CHAT_HTTPS=on, but all visitors count as one address, the proxy's.", hint=hint, id="chat.W003")]


@register(deploy=True)
def host_names_are_known(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """With `*` a site of any name may lead to this server, and its pages are then of the same origin."""
    if "*" not in settings.CHAT.allowed_hosts:
        return []
    hint = "Set DJANGO_ALLOWED_HOSTS to the names of this site, such as chat.example.org."
    return [Warning("DJANGO_ALLOWED_HOSTS=* accepts every host name.", hint=hint, id="chat.W004")]


@register(deploy=True)
def origins_are_encrypted(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Whoever is between a visitor and a page loaded over http writes its scripts, and posts as the visitor."""
    insecure = [origin for origin in settings.CHAT.allowed_origins if origin.startswith("http:")]
    if not settings.CHAT.https or not insecure:
        return []
    hint = "Serve these sites by https too, and write https:// in CHAT_ALLOWED_ORIGINS."
    return [Warning(f"CHAT_HTTPS=on, but pages of {', '.join(insecure)} may use it.", hint=hint, id="chat.W005")]


@register()
def processes_hear_each_other(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """A database is for several processes; without Redis each learns seconds later what another has stored."""
    if settings.CHAT.storage != "database" or settings.CHAT.redis_url:
        return []
    hint = "Set REDIS_URL if more than one server process uses this database; ignore this if there is only one."
    return [Info("CHAT_STORAGE=database, but no Redis carries events to other processes.", hint=hint, id="chat.I001")]
