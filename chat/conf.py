"""Every setting of chatsite: one table, read from the environment once, strictly.

`load(os.environ)` gives a frozen `Conf`, or raises `SettingError` whose text is one line that names the variable,
what it held and what it may hold. README.md is tested against `SETTINGS`.
"""

import dataclasses
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

BASE_DIR = Path(__file__).resolve().parent.parent
LOCAL_HOSTS = ("localhost", ".localhost", "127.0.0.1", "[::1]")
_host = re.compile(r"[^\s/:]+|\[[0-9a-f:.]+\]")


class SettingError(Exception):
    """A variable in the environment holds something it may not."""


class Setting(NamedTuple):
    """One line of the table: the variable, its field in `Conf`, its default as text, its reader, its meaning."""

    variable: str
    field: str
    default: str
    read: Callable[[str], Any]
    meaning: str


@dataclasses.dataclass(frozen=True, slots=True)
class Conf:
    """What the environment says. Sizes are bytes, `max_message` characters, `rate` messages per second."""

    secret_key: str
    debug: bool
    allowed_hosts: tuple[str, ...]
    https: bool
    storage_dir: Path
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
    direct_writes: bool


def load(environ: Mapping[str, str]) -> Conf:
    """Read every setting of `environ`; unset or empty variables take their default. Raises `SettingError`."""
    return Conf(**{setting.field: _read(setting, environ) for setting in SETTINGS})


def _read(setting: Setting, environ: Mapping[str, str]) -> Any:
    text = environ.get(setting.variable, "").strip() or setting.default
    try:
        return setting.read(text)
    except ValueError as error:
        raise SettingError(f"{setting.variable}={text!r}: {error}") from None


def _text(text: str) -> str:
    return text


def _switch(text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    try:
        return words[text.lower()]
    except KeyError:
        raise ValueError("write on or off") from None


def _whole(least: int, most: int = 2**40) -> Callable[[str], int]:
    def read(text: str) -> int:
        is_number = text.isascii() and text.isdigit() and len(text) <= 20
        if not is_number or not least <= int(text) <= most:
            raise ValueError(f"write a whole number from {least} to {most}")
        return int(text)

    return read


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


def _hosts(text: str) -> tuple[str, ...]:
    hosts = _listed(text)
    if not all(_host.fullmatch(host) for host in hosts):
        raise ValueError("write host names with commas between them, such as chat.example.org (no https://, no port)")
    return hosts


def _origins(text: str) -> tuple[str, ...]:
    origins = _listed(text)
    if not all(_is_origin(origin) for origin in origins):
        raise ValueError("write origins with commas between them, such as https://www.example.org (no path)")
    return origins


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port  # read here, as one that is no number raises
    except ValueError:
        return False
    whole = text == f"{parts.scheme}://{parts.netloc}"
    return whole and parts.scheme in {"http", "https"} and bool(parts.hostname) and not any(map(str.isspace, text))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip().lower() for part in text.split(",") if part.strip())


SETTINGS = (
    Setting(
        "DJANGO_SECRET_KEY", "secret_key", "", _text, "signs cookies; made and kept in the storage folder if unset"
    ),
    Setting("DJANGO_DEBUG", "debug", "off", _switch, "error pages with details, for development only"),
    Setting("DJANGO_ALLOWED_HOSTS", "allowed_hosts", ",".join(LOCAL_HOSTS), _hosts, "host names the site answers to"),
    Setting("CHAT_HTTPS", "https", "off", _switch, "reached by https through a proxy: secure cookies, HSTS, redirect"),
    Setting("CHAT_STORAGE_DIR", "storage_dir", "storage", _folder, "the folder that holds one JSON file per room"),
    Setting("CHAT_ALLOWED_ORIGINS", "allowed_origins", "", _origins, "other sites whose pages may use the chat"),
    Setting("CHAT_MAX_MESSAGE", "max_message", "4000", _whole(1, 100_000), "longest message, in characters"),
    Setting("CHAT_RATE", "rate", "10", _rate, "messages per second per connection; 0 = no rate limit at all"),
    Setting("CHAT_RATE_BURST", "rate_burst", "30", _whole(1), "messages that may come at once before CHAT_RATE counts"),
    Setting(
        "CHAT_MAX_CONNECTIONS_PER_ADDRESS",
        "max_connections_per_address",
        "1000",
        _whole(0),
        "connections of one address; 0 = no limit",
    ),
    Setting("CHAT_TRUSTED_PROXIES", "trusted_proxies", "0", _whole(0, 10), "proxies in front that name the visitor"),
    Setting("CHAT_MAX_ROOMS", "max_rooms", "1000", _whole(0), "rooms that visitors can make; 0 = no limit"),
    Setting("CHAT_MAX_ROOM_BYTES", "max_room_bytes", str(2**30), _whole(0), "bytes of a room's file; 0 = no limit"),
    Setting("CHAT_DISK_RESERVE", "disk_reserve", str(2**26), _whole(0), "bytes of the disk that are left free"),
    Setting("CHAT_SEND_BUFFER", "send_buffer", str(2**20), _whole(2**16), "bytes kept for a reader that stalls"),
    Setting("CHAT_RESUME_MAX", "resume_max", "1000", _whole(1), "events sent again to who comes back; past it, a page"),
    Setting("CHAT_DIRECT_WRITES", "direct_writes", "on", _switch, "write to Daphne's sockets directly (faster)"),
)
