"""Which storage backend this installation uses: CHAT_STORAGE chooses it in the table `BACKENDS`.

No other module names a backend to open a store. A backend is a package beside this module. It has two modules: `store`
with `open_store`, and `checks` with `system_checks`. They are imported on use: `store` may need what this system lacks,
and `checks` reports that.
"""

from collections.abc import Callable
from importlib import import_module

from django.core.checks import CheckMessage

from chat.conf import Conf
from chat.storage import Store
from chat.storage.quota import Quota

BACKENDS = {"json": "chat.storage.json_files", "database": "chat.storage.database"}
OpenStore = Callable[[Conf, Quota, float], Store]  # (settings, quota, lock_timeout_seconds) -> the store
SystemChecks = Callable[[Conf], list[CheckMessage]]


def open_store(conf: Conf, *, quota: Quota | None = None, lock_timeout_seconds: float = 60.0) -> Store:
    """The store of this installation, with no quota unless one is given.

    `lock_timeout_seconds` limits how long a call waits for a room that another process is writing to.
    """
    open_backend: OpenStore = import_module(f"{BACKENDS[conf.storage]}.store").open_store
    return open_backend(conf, quota or Quota(), lock_timeout_seconds)


def system_checks(conf: Conf) -> list[CheckMessage]:
    """What is wrong with this machine or the settings for the store, before it is opened."""
    checks: SystemChecks = import_module(f"{BACKENDS[conf.storage]}.checks").system_checks
    return checks(conf)
