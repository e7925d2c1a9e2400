"""Databases for tests: with the tables of chatsite, and the store in one."""

from pathlib import Path
from types import SimpleNamespace

from chat.storage.database.store import DatabaseStore, open_store
from chat.storage.quota import Quota


def database_store(url: str, folder: Path, quota: Quota | None = None, lock_seconds: float = 5.0) -> DatabaseStore:
    """A store as another process would open it; copies of rooms go to the folder."""
    conf = SimpleNamespace(database_url=url, storage_dir=folder)
    store = open_store(conf, quota or Quota(), lock_seconds)  # type: ignore[arg-type]
    assert isinstance(store, DatabaseStore)
    return store
