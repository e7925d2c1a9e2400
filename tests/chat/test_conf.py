"""Settings: every variable, its default, and invalid values."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from chat import conf

PROJECT = Path(__file__).resolve().parent.parent.parent

DEFAULTS = {
    "secret_key": "",
    "debug": False,
    "allowed_hosts": ("localhost", ".localhost", "127.0.0.1", "[::1]"),
    "script_name": "",
    "https": False,
    "storage": "json",
    "storage_dir": PROJECT / "storage",
    "database_url": "",
    "redis_url": "",
    "allowed_origins": (),
    "max_message": 4000,
    "rate": 10.0,
    "rate_burst": 30,
    "max_connections_per_address": 1000,
    "trusted_proxies": 0,
    "max_rooms": 1000,
    "max_room_bytes": 2**30,
    "disk_reserve": 2**26,
    "send_buffer": 2**20,
    "resume_max": 1000,
    "offline": True,
    "direct_writes": True,
    "websocket_leg": True,
    "metrics": "off",
    "log_format": "text",
    "drain_seconds": 0,
}

GOOD = [
    ("DJANGO_SECRET_KEY", "a=b c", "a=b c"),
    ("DJANGO_DEBUG", "on", True),
    ("DJANGO_DEBUG", "TRUE", True),
    ("DJANGO_DEBUG", "0", False),
    ("DJANGO_ALLOWED_HOSTS", "Chat.Example.org, .example.net", ("chat.example.org", ".example.net")),
    ("DJANGO_ALLOWED_HOSTS", "[::1],*", ("[::1]", "*")),
    ("DJANGO_ALLOWED_HOSTS", "chat.example.org.", ("chat.example.org",)),
    ("DJANGO_FORCE_SCRIPT_NAME", "/chat-site/", "/chat-site"),
    ("DJANGO_FORCE_SCRIPT_NAME", "/a/b.c", "/a/b.c"),
    ("DJANGO_FORCE_SCRIPT_NAME", "/", ""),
    ("CHAT_HTTPS", "yes", True),
    ("CHAT_STORAGE", "database", "database"),
    ("CHAT_STORAGE", "json", "json"),
    ("CHAT_STORAGE_DIR", "/var/lib/chat", Path("/var/lib/chat")),
    ("CHAT_STORAGE_DIR", "elsewhere", PROJECT / "elsewhere"),
    ("CHAT_STORAGE_DIR", "~/chat", Path("~/chat").expanduser()),
    ("DATABASE_URL", "postgresql://ada:p%40ss@db:5433/chat", "postgresql://ada:p%40ss@db:5433/chat"),
    ("DATABASE_URL", "postgres://db/chat?sslmode=require", "postgres://db/chat?sslmode=require"),
    ("DATABASE_URL", "postgresql:///chat?host=/run/postgresql", "postgresql:///chat?host=/run/postgresql"),
    ("DATABASE_URL", "postgresql://%2Frun%2Fpostgresql/chat", "postgresql://%2Frun%2Fpostgresql/chat"),
    ("DATABASE_URL", "sqlite:////var/lib/a%20chat.db", "sqlite:////var/lib/a%20chat.db"),
    ("DATABASE_URL", "sqlite:///chat.db", f"sqlite:///{quote(str(PROJECT))}/chat.db"),
    ("REDIS_URL", "redis://:secret@localhost:6380/1", "redis://:secret@localhost:6380/1"),
    ("REDIS_URL", "rediss://cache.example.org", "rediss://cache.example.org"),
    ("REDIS_URL", "unix:///run/redis/redis.sock?db=1", "unix:///run/redis/redis.sock?db=1"),
    ("CHAT_ALLOWED_ORIGINS", "https://WWW.example.org,http://a:8080,", ("https://www.example.org", "http://a:8080")),
    ("CHAT_MAX_MESSAGE", "1", 1),
    ("CHAT_MAX_MESSAGE", "100000", 100_000),
    ("CHAT_RATE", "0", 0.0),
    ("CHAT_RATE", "0.5", 0.5),
    ("CHAT_RATE_BURST", "1", 1),
    ("CHAT_MAX_CONNECTIONS_PER_ADDRESS", "0", 0),
    ("CHAT_TRUSTED_PROXIES", "2", 2),
    ("CHAT_MAX_ROOMS", "0", 0),
    ("CHAT_MAX_ROOM_BYTES", "1000000", 1_000_000),
    ("CHAT_DISK_RESERVE", "0", 0),
    ("CHAT_SEND_BUFFER", "65536", 65536),
    ("CHAT_RESUME_MAX", " 5 ", 5),
    ("CHAT_OFFLINE", "off", False),
    ("CHAT_DIRECT_WRITES", "off", False),
    ("CHAT_WEBSOCKET_LEG", "off", False),
    ("CHAT_METRICS", "local", "local"),
    ("CHAT_METRICS", "c29tZSByYW5kb20gYnl0ZXM=", "c29tZSByYW5kb20gYnl0ZXM="),
    ("CHAT_LOG_FORMAT", "json", "json"),
    ("CHAT_DRAIN_SECONDS", "30", 30),
]

BAD = [
    ("DJANGO_DEBUG", "treu", "on or off"),
    ("DJANGO_DEBUG", "2", "on or off"),
    ("DJANGO_ALLOWED_HOSTS", "https://chat.example.org", "host names"),
    ("DJANGO_ALLOWED_HOSTS", "chat.example.org:8000", "host names"),
    ("DJANGO_ALLOWED_HOSTS", "one.example two.example", "commas"),
    ("DJANGO_FORCE_SCRIPT_NAME", "chat", "such as /chat"),
    ("DJANGO_FORCE_SCRIPT_NAME", "/../chat", "such as /chat"),
    ("DJANGO_FORCE_SCRIPT_NAME", "/a b", "such as /chat"),
    ("DJANGO_FORCE_SCRIPT_NAME", "https://example.org/chat", "such as /chat"),
    ("CHAT_HTTPS", "https", "on or off"),
    ("CHAT_STORAGE", "postgresql", "json or database"),
    ("CHAT_STORAGE", "JSON", "json or database"),
    ("CHAT_STORAGE_DIR", "~nobody-of-that-name/chat", "folder"),
    ("CHAT_ALLOWED_ORIGINS", "*", "origins"),
    ("CHAT_ALLOWED_ORIGINS", "www.example.org", "origins"),
    ("CHAT_ALLOWED_ORIGINS", "https://www.example.org/", "origins"),
    ("CHAT_ALLOWED_ORIGINS", "https://www.example.org/chat", "origins"),
    ("CHAT_ALLOWED_ORIGINS", "ftp://www.example.org", "origins"),
    ("CHAT_ALLOWED_ORIGINS", "https://", "origins"),
    ("CHAT_ALLOWED_ORIGINS", "http://[::1", "origins"),
    ("CHAT_ALLOWED_ORIGINS", "http://a:99999", "origins"),
    ("CHAT_MAX_MESSAGE", "0", "from 1 to 100000"),
    ("CHAT_MAX_MESSAGE", "100001", "from 1 to 100000"),
    ("CHAT_MAX_MESSAGE", "-1", "whole number"),
    ("CHAT_MAX_MESSAGE", "4k", "whole number"),
    ("CHAT_MAX_MESSAGE", "4.5", "whole number"),
    ("CHAT_MAX_MESSAGE", "\uff14", "whole number"),
    ("CHAT_MAX_MESSAGE", "9" * 5000, "whole number"),
    ("CHAT_RATE", "-1", "number"),
    ("CHAT_RATE", "nan", "number"),
    ("CHAT_RATE", "inf", "number"),
    ("CHAT_RATE", "fast", "number"),
    ("CHAT_RATE_BURST", "0", "whole number"),
    ("CHAT_MAX_CONNECTIONS_PER_ADDRESS", "-1", "whole number"),
    ("CHAT_TRUSTED_PROXIES", "on", "from 0 to 10"),
    ("CHAT_TRUSTED_PROXIES", "11", "from 0 to 10"),
    ("CHAT_MAX_ROOMS", "many", "whole number"),
    ("CHAT_MAX_ROOM_BYTES", "1 GB", "whole number"),
    ("CHAT_DISK_RESERVE", "10%", "whole number"),
    ("CHAT_SEND_BUFFER", "1024", "from 65536"),
    ("CHAT_RESUME_MAX", "0", "whole number"),
    ("CHAT_OFFLINE", "maybe", "on or off"),
    ("CHAT_DIRECT_WRITES", "maybe", "on or off"),
    ("CHAT_WEBSOCKET_LEG", "1.1", "on or off"),
    ("CHAT_LOG_FORMAT", "yaml", "text or json"),
    ("CHAT_DRAIN_SECONDS", "601", "from 0 to 600"),
]

BAD_SECRETS = [
    ("DATABASE_URL", "mysql://ada:hunter2@db/chat", "postgresql://user:password@host/name"),
    ("DATABASE_URL", "ada:hunter2@db/chat", "postgresql://"),
    ("DATABASE_URL", "postgresql:/ada:hunter2@db/chat", "postgresql://"),
    ("DATABASE_URL", "postgresql://ada:hunter2@db", "postgresql://"),
    ("DATABASE_URL", "postgresql://ada:hunter2@db/chat/more", "postgresql://"),
    ("DATABASE_URL", "postgresql://ada:hunter2/#@db/chat", "as %40"),
    ("DATABASE_URL", "postgresql://ada:h@hunter2@db/chat", "as %40"),  # errors named the host hunter2@db
    ("DATABASE_URL", "postgresql://ada:hunter2@db:many/chat", "postgresql://"),
    ("DATABASE_URL", "sqlite://:memory:", "sqlite:///path"),
    ("DATABASE_URL", "sqlite:///chat.db?timeout=5", "sqlite:///path"),
    ("DATABASE_URL", "sqlite:///", "sqlite:///path"),
    ("REDIS_URL", "localhost:6379", "redis://host:6379/0"),
    ("REDIS_URL", "redis://", "redis://host:6379/0"),
    ("REDIS_URL", "http://:hunter2@cache", "redis://host:6379/0"),
    ("REDIS_URL", "redis://:hunter2@cache:port", "redis://host:6379/0"),
    ("REDIS_URL", "unix://", "unix:///path"),
    ("CHAT_METRICS", "hunter2", "off, local, or a token of 16"),
    ("CHAT_METRICS", "a token with blanks: hunter2", "off, local, or a token of 16"),
]


def test_an_empty_environment_gives_the_defaults() -> None:
    loaded = conf.load({})
    assert {field: getattr(loaded, field) for field in DEFAULTS} == DEFAULTS


def test_every_setting_of_the_table_is_tested_here_and_stands_in_one_field() -> None:
    assert [setting.field for setting in conf.SETTINGS] == list(conf.Conf.__dataclass_fields__)
    assert set(DEFAULTS) == set(conf.Conf.__dataclass_fields__)
    assert {variable for variable, _, _ in GOOD} == {setting.variable for setting in conf.SETTINGS}


@pytest.mark.parametrize("setting", conf.SETTINGS, ids=lambda setting: setting.variable)
def test_an_empty_variable_is_an_unset_one(setting: conf.Setting) -> None:
    assert conf.load({setting.variable: "  "}) == conf.load({})


@pytest.mark.parametrize(("variable", "text", "value"), GOOD)
def test_a_good_value_is_taken(variable: str, text: str, value: Any) -> None:
    field = next(setting.field for setting in conf.SETTINGS if setting.variable == variable)
    assert getattr(conf.load({"DATABASE_URL": "sqlite:///chat.db", variable: text}), field) == value


def refusal(variable: str, text: str) -> str:
    """What is said of a bad value, in one line."""
    with pytest.raises(conf.SettingError) as refused:
        conf.load({variable: text})
    sentence = str(refused.value)
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(("variable", "text", "allowed"), BAD)
def test_a_bad_value_is_refused_in_one_line_that_says_what_is_allowed(variable: str, text: str, allowed: str) -> None:
    sentence = refusal(variable, text)
    assert sentence.startswith(f"{variable}={text!r}: ")
    assert allowed in sentence


@pytest.mark.parametrize(("variable", "url", "allowed"), BAD_SECRETS)
def test_a_bad_url_is_refused_in_one_line_without_its_password(variable: str, url: str, allowed: str) -> None:
    sentence = refusal(variable, url)
    assert sentence.startswith(f"{variable}=(not shown): ")
    assert allowed in sentence
    assert "hunter2" not in sentence


def test_a_database_is_asked_for_if_messages_are_to_be_in_one() -> None:
    with pytest.raises(
        conf.SettingError, match=r"^CHAT_STORAGE='database': also set DATABASE_URL, such as postgresql:"
    ):
        conf.load({"CHAT_STORAGE": "database"})


def test_the_help_of_serve_lists_every_setting_with_its_default_and_meaning() -> None:
    command = [sys.executable, "manage.py", "serve", "--help"]
    env = {**os.environ, "DJANGO_SECRET_KEY": "a key for tests"}
    shown = subprocess.run(command, cwd=PROJECT, env=env, capture_output=True, text=True, check=True).stdout
    lines = [line.strip() for line in shown.splitlines()]
    for setting in conf.SETTINGS:
        assert setting.meaning
        heading = lines.index(f"{setting.variable}={setting.default}")
        assert lines[heading + 1] == setting.meaning


@pytest.mark.parametrize(
    "command",
    [
        ["manage.py", "check"],
        ["manage.py", "serve"],
        ["-m", "daphne", "-p", "0", "chatsite.asgi:application"],
    ],
    ids=["check", "serve", "daphne"],
)
def test_a_bad_value_stops_the_start_with_one_line_and_no_traceback(command: list[str], tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, *command],
        cwd=PROJECT,
        env={**os.environ, "CHAT_STORAGE_DIR": str(tmp_path), "CHAT_RATE": "fast"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr.splitlines() == [
        "chatsite cannot start: CHAT_RATE='fast': write a number of messages per second, or 0 for no limit"
    ]
