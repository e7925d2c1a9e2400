"""A server on a system with a low limit of descriptors."""

from pathlib import Path

from tests.support.live_server import LiveServer


class LimitedServer(LiveServer):
    """`serve` with these limits of descriptors, the soft one and the hard one."""

    def __init__(self, storage: Path, soft: int, hard: int, env: dict[str, str | None] | None = None) -> None:
        self._limits = f"ulimit -Sn {soft}; ulimit -Hn {hard}"
        super().__init__(storage, "serve", env)

    def _arguments(self) -> list[str]:
        return ["sh", "-c", f'{self._limits}; exec "$@"', "sh", *super()._arguments()]
