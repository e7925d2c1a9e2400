"""Django and Channels are told of PostgreSQL and Redis by two URLs, and import nothing of them without."""

import subprocess
import sys

import pytest

from chat.conf import Conf, load
from chatsite import engines
from tests.support.live_server import PROJECT


def conf(**environ: str) -> Conf:
    return load(environ)


def test_without_urls_events_stay_in_the_process_and_there_is_no_database() -> None:
    assert engines.databases(conf()) == {}
    assert engines.channel_layers(conf(), "key") == {"default": {"BACKEND": "chat.carrier.local_layer.LocalLayer"}}


def test_redis_carries_the_events_if_there_is_one() -> None:
    redis = conf(REDIS_URL="redis://:secret@localhost:6380/1")
    layer, other = (engines.channel_layers(redis, key)["default"] for key in ("key", "another key"))
    assert layer["BACKEND"] == "chat.carrier.redis_layer.RedisLayer"
    assert layer["CONFIG"]["url"] == "redis://:secret@localhost:6380/1"
    assert layer["CONFIG"]["site"] != other["CONFIG"]["site"], "sites with other keys hear each other"


def test_the_parts_of_a_url_become_those_of_djangos_database() -> None:
    url = "postgresql://ada:p%40ss@db.example.org:5433/chat?sslmode=require"
    database = engines.databases(conf(DATABASE_URL=url))["default"]
    wanted = {
        "ENGINE": "django.db.backends.postgresql",
        "USER": "ada",
        "PASSWORD": "p@ss",
        "HOST": "db.example.org",
        "PORT": 5433,
        "NAME": "chat",
        "OPTIONS": {"sslmode": "require"},
    }
    assert {key: database[key] for key in wanted} == wanted


def test_a_transaction_on_sqlite_locks_when_it_begins() -> None:
    database = engines.databases(conf(DATABASE_URL="sqlite:////var/lib/a%20chat.db"))["default"]
    assert (database["ENGINE"], database["NAME"]) == ("django.db.backends.sqlite3", "/var/lib/a chat.db")
    assert database["OPTIONS"] == {"transaction_mode": "IMMEDIATE", "timeout": 20}


@pytest.mark.parametrize(
    "module",
    ["psycopg", "redis", "dj_database_url", "sqlite3", "chat.storage.database.store", "chat.search.database.index"],
)
def test_a_site_of_json_files_imports_no_driver(module: str) -> None:
    program = f"import chatsite.asgi, sys; sys.exit({module!r} in sys.modules)"
    command = [sys.executable, "-c", program]
    subprocess.run(command, cwd=PROJECT, env={"DJANGO_SETTINGS_MODULE": "chatsite.settings"}, check=True)
