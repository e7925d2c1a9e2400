"""One connection to the server in REDIS_URL, and what it is called in the log: never with its password."""

import random
from typing import Any
from urllib.parse import unquote, urlsplit

from redis.asyncio.connection import AbstractConnection, Connection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

TIMEOUT_SECONDS = 2.0  # for connecting, and for the answer to a command
MIN_RETRY_SECONDS, MAX_RETRY_SECONDS = 0.05, 0.5  # between two tries to connect; doubles from MIN to MAX


class RedisServer:
    """Makes connections. Raises ValueError for a URL that is none."""

    def __init__(self, url: str) -> None:
        options: dict[str, Any] = dict(parse_url(url))
        self._connection_class: type[AbstractConnection] = options.pop("connection_class", Connection)
        self._options = {
            "socket_timeout": TIMEOUT_SECONDS,
            "socket_connect_timeout": TIMEOUT_SECONDS,
            "socket_keepalive": True,
            **options,
            "retry": Retry(NoBackoff(), 0),  # the callers connect again, and know that they did
            "protocol": 2,
            "driver_info": None,  # saves two commands at each start
        }
        if "path" in options:
            del self._options["socket_keepalive"]
        self._password = unquote(urlsplit(url).password or "")
        self.database = int(options.get("db", 0))
        self.name = options.get("path") or f"{options.get('host', 'localhost')}:{options.get('port', 6379)}"

    def connection(self) -> AbstractConnection:
        """A new connection, which is not open yet."""
        return self._connection_class(**self._options)

    def reason(self, error: BaseException) -> str:
        """An error as one line."""
        text = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        return text.replace(self._password, "***") if self._password else text


def retry_seconds(tries: int) -> float:
    """How long to wait after so many tries that failed in a row. Jittered: all processes lose a server at once."""
    return random.uniform(0.5, 1.0) * min(MIN_RETRY_SECONDS * 2.0 ** min(tries, 10), MAX_RETRY_SECONDS)  # noqa: S311
