"""A Redis or Valkey of the tests' own, on a free port, which keeps nothing on disk.

with RedisServer() as redis:
    env = {"REDIS_URL": redis.url}
"""

import shutil

from redis import Redis
from redis.exceptions import RedisError

from tests.support.servers.engine import Engine


class RedisServer(Engine):
    """`options` are lines of its configuration, as arguments: `client-output-buffer-limit="pubsub 1mb 0 0"`."""

    def __init__(self, **options: str) -> None:
        super().__init__()
        self.options = {name.replace("_", "-"): value for name, value in options.items()}

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def socket_url(self) -> str:
        """The same on a Unix socket."""
        return f"unix://{self.folder}/socket"

    def client(self) -> Redis:
        """A connection of the test's own; close it."""
        return Redis.from_url(self.url, socket_timeout=5)

    def command(self) -> list[str]:
        options = {"bind": "127.0.0.1", "port": str(self.port), "unixsocket": f"{self.folder}/socket", **self.options}
        return [program(), "--save", "", *(part for name, value in options.items() for part in (f"--{name}", value))]

    def is_ready(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except RedisError:
            return False


def is_installed() -> bool:
    return bool(_paths())


def program() -> str:
    """The path of the server: Redis, or Valkey, which speaks the same protocol."""
    return _paths()[0]


def _paths() -> list[str]:
    return [path for name in ("redis-server", "valkey-server") if (path := shutil.which(name))]
