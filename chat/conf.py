"""Every setting of chatsite: one table, read from the environment once, strictly.

`load(os.environ)` returns a frozen `Conf`, or raises `SettingError` with one line that names the variable, its value
unless that may contain a password, and what is allowed. `manage.py serve --help` lists the table; README.md is tested
against it.
"""

import dataclasses
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import SplitResult, quote, unquote, urlsplit

BASE_DIR = Path(__file__).resolve().parent.parent
LOCAL_HOSTS = ("localhost", ".localhost", "127.0.0.1", "[::1]")
_host = re.compile(r"[^\s/:]+|\[[0-9a-f:.]+\]")
_DATABASES = "postgresql://user:password@host/name or sqlite:///path"
_REDIS = "redis://host:6379/0, rediss://... or unix:///path"
_token = re.compile(r"[a-zA-Z0-9._~+/=-]{16,200}")
_script_name = re.compile(r"(/[a-zA-Z0-9_~-][a-zA-Z0-9_.~-]*)*")


class SettingError(Exception):
    """An environment variable has a value that is not allowed."""


class Setting(NamedTuple):
    """A row of the table: environment variable, field of `Conf`, default as text, parser, meaning for the help.

    `secret`: its value may contain a password and is in no error.
    """

    variable: str
    field: str
    default: str
    parse: Callable[[str], Any]
    meaning: str
    secret: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Conf:
    """The settings. Sizes are in bytes, `max_message` in characters, `rate` in messages per second.

    `database_url` and `redis_url` are "" where there is none. The path in a `sqlite:` URL is absolute.
    """

    secret_key: str
    debug: bool
    allowed_hosts: tuple[str, ...]
    script_name: str
    https: bool
    storage: str
    storage_dir: Path
    database_url: str
    redis_url: str
    allowed_origins: tuple[str, ...]
    max_message: int
    rate: float
    rate_burst: int
    max_connections_per_address: int
    trusted_proxies: int
    max_rooms: int
    max_room_bytes: int
    disk_reserve: int
    send_buffer: int
    resume_max: int
    offline: bool
    direct_writes: bool
    websocket_leg: bool
    metrics: str
    log_format: str
    drain_seconds: int


def load(environ: Mapping[str, str]) -> Conf:
    """Read every setting from `environ`; unset or empty variables have their default. Raises `SettingError`."""
    conf = Conf(**{setting.field: _read(setting, environ) for setting in SETTINGS})
    if conf.storage == "database" and not conf.database_url:
        raise SettingError(f"CHAT_STORAGE='database': also set DATABASE_URL, such as {_DATABASES}")
    return conf


def _read(setting: Setting, environ: Mapping[str, str]) -> Any:
    text = environ.get(setting.variable, "").strip() or setting.default
    try:
        return setting.parse(text)
    except ValueError as error:
        shown = "(not shown)" if setting.secret else repr(text)
        raise SettingError(f"{setting.variable}={shown}: {error}") from None


def _text(text: str) -> str:
    return text


def _boolean(text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    try:
        return words[text.lower()]
    except KeyError:
        raise ValueError("write on or off") from None


def _integer(least: int, most: int = 2**40) -> Callable[[str], int]:
    def parse(text: str) -> int:
        is_number = text.isascii() and text.isdigit() and len(text) <= 20
        if not is_number or not least <= int(text) <= most:
            raise ValueError(f"write a whole number from {least} to {most}")
        return int(text)

    return parse


def _rate(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= 1_000_000:
        raise ValueError("write a number of messages per second, or 0 for no limit")
    return number


def _folder(text: str) -> Path:
    try:
        path = Path(text).expanduser()
    except RuntimeError:
        raise ValueError("write the path of a folder; there is no home of that name") from None
    return path if path.is_absolute() else BASE_DIR / path


def _choice(*words: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"write {' or '.join(words)}")
        return text

    return parse


def _metrics(text: str) -> str:
    if text in {"off", "local"}:
        return text
    if not _token.fullmatch(text):
        raise ValueError(
            "write off, local, or a token of 16 to 200 letters, digits and -._~+/= that the collector sends as "
            "Authorization: Bearer"
        )
    return text


def _hosts(text: str) -> tuple[str, ...]:
    hosts = _split(text)
    if not all(_host.fullmatch(host) for host in hosts):
        raise ValueError("write host names with commas between them, such as chat.example.org (no https://, no port)")
    return tuple(host.removesuffix(".") for host in hosts)  # as Django looks them up


def _path_of_site(text: str) -> str:
    path = text.rstrip("/")
    if not _script_name.fullmatch(path):
        raise ValueError("write the path of the site, such as /chat (letters, digits and -._~ between slashes)")
    return path


def _origins(text: str) -> tuple[str, ...]:
    origins = _split(text)
    if not all(_is_origin(origin) for origin in origins):
        raise ValueError("write origins with commas between them, such as https://www.example.org (no path)")
    return origins


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises if it is not a number
    except ValueError:
        return False
    whole = text == f"{parts.scheme}://{parts.netloc}"
    return whole and parts.scheme in {"http", "https"} and bool(parts.hostname) and not any(map(str.isspace, text))


def _database_url(text: str) -> str:
    parts = _url(text)
    is_sqlite = parts.scheme == "sqlite" and not (parts.netloc or parts.query or parts.fragment)
    is_postgresql = parts.scheme in {"postgresql", "postgres"} and "/" not in parts.path[1:]
    is_postgresql &= parts.netloc.count("@") <= 1  # the library would take what is behind the first one for the host
    if text and (not (is_sqlite or is_postgresql) or len(parts.path) < 2):
        raise ValueError(f"write {_DATABASES}, with signs such as @ in the password as %40")
    return f"sqlite:///{quote(str(_folder(unquote(parts.path[1:]))))}" if is_sqlite else text


def _redis_url(text: str) -> str:
    parts = _url(text)
    is_tcp = parts.scheme in {"redis", "rediss"} and bool(parts.hostname)
    is_socket = parts.scheme == "unix" and len(parts.path) > 1
    if text and not (is_tcp or is_socket):
        raise ValueError(f"write {_REDIS}, with signs such as @ in the password as %40")
    return text


def _url(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises if it is not a number
    except ValueError:
        return urlsplit("")
    return parts


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip().lower() for part in text.split(",") if part.strip())


SETTINGS = (
    Setting("DJANGO_SECRET_KEY", "secret_key", "", _text, "signs cookies; if unset, a key is generated and kept"),
    Setting("DJANGO_DEBUG", "debug", "off", _boolean, "error pages with details, for development only"),
    Setting("DJANGO_ALLOWED_HOSTS", "allowed_hosts", ",".join(LOCAL_HOSTS), _hosts, "host names of the site"),
    Setting("DJANGO_FORCE_SCRIPT_NAME", "script_name", "", _path_of_site, "path of the site, such as /chat"),
    Setting("CHAT_HTTPS", "https", "off", _boolean, "served by https through a proxy: secure cookies, HSTS, redirect"),
    Setting(
        "CHAT_STORAGE",
        "storage",
        "json",
        _choice("json", "database"),
        "where messages are: json (files) or database (DATABASE_URL)",
    ),
    Setting("CHAT_STORAGE_DIR", "storage_dir", "storage", _folder, "folder with one JSON file per room"),
    Setting("DATABASE_URL", "database_url", "", _database_url, "PostgreSQL or SQLite, for CHAT_STORAGE=database", True),
    Setting("REDIS_URL", "redis_url", "", _redis_url, "carries events between several server processes", True),
    Setting("CHAT_ALLOWED_ORIGINS", "allowed_origins", "", _origins, "other sites whose pages may use the chat"),
    Setting("CHAT_MAX_MESSAGE", "max_message", "4000", _integer(1, 100_000), "maximum characters of a message"),
    Setting("CHAT_RATE", "rate", "10", _rate, "messages per second of a connection; 0 disables all rate limits"),
    Setting("CHAT_RATE_BURST", "rate_burst", "30", _integer(1), "messages that a connection may send without a pause"),
    Setting(
        "CHAT_MAX_CONNECTIONS_PER_ADDRESS",
        "max_connections_per_address",
        "1000",
        _integer(0),
        "maximum open WebSockets of an address; 0 = no limit",
    ),
    Setting("CHAT_TRUSTED_PROXIES", "trusted_proxies", "0", _integer(0, 10), "proxies that name the client's address"),
    Setting("CHAT_MAX_ROOMS", "max_rooms", "1000", _integer(0), "maximum rooms that visitors can create; 0 = no limit"),
    Setting("CHAT_MAX_ROOM_BYTES", "max_room_bytes", str(2**30), _integer(0), "maximum bytes of a room; 0 = no limit"),
    Setting("CHAT_DISK_RESERVE", "disk_reserve", str(2**26), _integer(0), "bytes of the disk to keep free"),
    Setting("CHAT_SEND_BUFFER", "send_buffer", str(2**20), _integer(2**16), "bytes buffered for a slow reader"),
    Setting("CHAT_RESUME_MAX", "resume_max", "1000", _integer(1), "maximum missed events that a client gets again"),
    Setting("CHAT_OFFLINE", "offline", "on", _boolean, "browsers keep copies of rooms that open without a network"),
    Setting(
        "CHAT_DIRECT_WRITES", "direct_writes", "on", _boolean, "write to Daphne's sockets directly, which is faster"
    ),
    Setting("CHAT_WEBSOCKET_LEG", "websocket_leg", "on", _boolean, "serve WebSockets without Twisted, which is faster"),
    Setting("CHAT_METRICS", "metrics", "off", _metrics, "who may read /metrics: off, local, or a token", True),
    Setting("CHAT_LOG_FORMAT", "log_format", "text", _choice("text", "json"), "log lines as text or as json"),
    Setting("CHAT_DRAIN_SECONDS", "drain_seconds", "0", _integer(0, 600), "seconds in which clients are told to leave"),
)
