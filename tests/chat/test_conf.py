"""Settings: every variable, its default, and what happens when it holds nonsense."""

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chat import conf

PROJECT = Path(__file__).resolve().parent.parent.parent

DEFAULTS = {
    "secret_key": "",
    "debug": False,
    "allowed_hosts": ("localhost", ".localhost", "127.0.0.1", "[::1]"),
    "https": False,
    "storage_dir": PROJECT / "storage",
    "allowed_origins": (),
    "max_message": 4000,
    "rate": 10.0,
    "rate_burst": 30,
    "send_buffer": 2**20,
    "resume_max": 1000,
    "direct_writes": True,
}

GOOD = [
    ("DJANGO_SECRET_KEY", "a=b c", "a=b c"),
    ("DJANGO_DEBUG", "on", True),
    ("DJANGO_DEBUG", "TRUE", True),
    ("DJANGO_DEBUG", "0", False),
    ("DJANGO_ALLOWED_HOSTS", "Chat.Example.org, .example.net", ("chat.example.org", ".example.net")),
    ("DJANGO_ALLOWED_HOSTS", "[::1],*", ("[::1]", "*")),
    ("CHAT_HTTPS", "yes", True),
    ("CHAT_STORAGE_DIR", "/var/lib/chat", Path("/var/lib/chat")),
    ("CHAT_STORAGE_DIR", "elsewhere", PROJECT / "elsewhere"),
    ("CHAT_STORAGE_DIR", "~/chat", Path("~/chat").expanduser()),
    ("CHAT_ALLOWED_ORIGINS", "https://WWW.example.org,http://a:8080,", ("https://www.example.org", "http://a:8080")),
    ("CHAT_MAX_MESSAGE", "1", 1),
    ("CHAT_MAX_MESSAGE", "100000", 100_000),
    ("CHAT_RATE", "0", 0.0),
    ("CHAT_RATE", "0.5", 0.5),
    ("CHAT_RATE_BURST", "1", 1),
    ("CHAT_SEND_BUFFER", "65536", 65536),
    ("CHAT_RESUME_MAX", " 5 ", 5),
    ("CHAT_DIRECT_WRITES", "off", False),
]

BAD = [
    ("DJANGO_DEBUG", "treu", "on or off"),
    ("DJANGO_DEBUG", "2", "on or off"),
    ("DJANGO_ALLOWED_HOSTS", "https://chat.example.org", "host names"),
    ("DJANGO_ALLOWED_HOSTS", "chat.example.org:8000", "host names"),
    ("DJANGO_ALLOWED_HOSTS", "one.example two.example", "commas"),
    ("CHAT_HTTPS", "https", "on or off"),
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
    ("CHAT_SEND_BUFFER", "1024", "from 65536"),
    ("CHAT_RESUME_MAX", "0", "whole number"),
    ("CHAT_DIRECT_WRITES", "maybe", "on or off"),
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
    assert getattr(conf.load({variable: text}), field) == value


@pytest.mark.parametrize(("variable", "text", "allowed"), BAD)
def test_a_bad_value_is_refused_in_one_line_that_says_what_is_allowed(variable: str, text: str, allowed: str) -> None:
    with pytest.raises(conf.SettingError) as refused:
        conf.load({variable: text})
    sentence = str(refused.value)
    assert sentence.startswith(f"{variable}={text!r}: ")
    assert allowed in sentence
    assert "\n" not in sentence


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


# The secret key


def test_a_key_that_is_set_is_used_and_nothing_is_kept(tmp_path: Path) -> None:
    loaded = conf.load({"DJANGO_SECRET_KEY": "mine", "CHAT_STORAGE_DIR": str(tmp_path / "storage")})
    assert conf.secret_key(loaded) == "mine"
    assert not (tmp_path / "storage").exists()


def test_a_key_is_made_once_for_the_owner_alone_and_kept(tmp_path: Path) -> None:
    loaded = conf.load({"CHAT_STORAGE_DIR": str(tmp_path / "storage")})
    key = conf.secret_key(loaded)
    assert len(key) >= 50
    assert conf.secret_key(loaded) == key
    path = tmp_path / "storage" / ".secret_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [kept.name for kept in path.parent.iterdir()] == [".secret_key"]


def test_processes_that_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    program = (
        "import os, sys; from chat import conf; loaded = conf.load(os.environ); print('up', flush=True);"
        "sys.stdin.read(); print(conf.secret_key(loaded))"
    )
    env = {**os.environ, "CHAT_STORAGE_DIR": str(tmp_path / "storage"), "DJANGO_SECRET_KEY": ""}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=PROJECT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
    for process in started:  # all of them wait for this
        assert process.stdin is not None
        process.stdin.close()
    keys = set()
    for process in started:
        assert process.stdout is not None
        with process.stdout as out:
            keys.add(out.read())
        assert process.wait(30) == 0
    assert len(keys) == 1
    assert [kept.name for kept in (tmp_path / "storage").iterdir()] == [".secret_key"]


def test_a_folder_that_cannot_be_used_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(conf.SettingError, match=r"file/\.secret_key: .* Set CHAT_STORAGE_DIR to a folder") as refused:
        conf.secret_key(conf.load({"CHAT_STORAGE_DIR": str(tmp_path / "file")}))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe"])
def test_a_kept_key_that_is_no_key_is_named_and_never_used(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".secret_key").write_bytes(content)
    with pytest.raises(conf.SettingError, match=r"\.secret_key"):
        conf.secret_key(conf.load({"CHAT_STORAGE_DIR": str(tmp_path)}))


def test_a_full_disk_leaves_no_half_key_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(conf.SettingError, match="No space left on device"):
        conf.secret_key(conf.load({"CHAT_STORAGE_DIR": str(tmp_path)}))
    assert not list(tmp_path.iterdir())
