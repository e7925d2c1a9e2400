"""PostgreSQL and Redis as Django and Channels want to be told of them. Without their settings nothing is imported."""

from hashlib import blake2b
from typing import Any

from chat.conf import Conf

_IN_MEMORY = {"BACKEND": "chat.carrier.local_layer.LocalLayer"}  # events stay in this process
# Without IMMEDIATE a transaction that reads first fails with "database is locked" when another process writes.
_SQLITE_OPTIONS = {"transaction_mode": "IMMEDIATE", "timeout": 20}  # seconds


def channel_layers(conf: Conf, secret_key: str) -> dict[str, dict[str, Any]]:
    """`CHANNEL_LAYERS`: Redis carries the events of several processes, if there is one.

    Servers with the same secret key are one site. Others on the same Redis do not see what it says.
    """
    site = blake2b(secret_key.encode(), digest_size=8, person=b"channel layer").hexdigest()
    redis = {"BACKEND": "chat.carrier.redis_layer.RedisLayer", "CONFIG": {"url": conf.redis_url, "site": site}}
    return {"default": redis if conf.redis_url else _IN_MEMORY}


def databases(conf: Conf) -> dict[str, Any]:
    """`DATABASES`: the database of DATABASE_URL; none without, as messages are then in `storage_dir`.

    It is also there with CHAT_STORAGE=json, for the command that copies history from one to the other.
    """
    if not conf.database_url:
        return {}
    import dj_database_url

    database: dict[str, Any] = {**dj_database_url.parse(conf.database_url)}
    if database["ENGINE"] == "django.db.backends.sqlite3":
        database["OPTIONS"] = _SQLITE_OPTIONS
    return {"default": database}
