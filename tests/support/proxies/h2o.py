"""h2o, with tests/deploy/configs/h2o.conf."""

import os

from tests.support.proxies.proxy import Change, UnshippedProxy


class H2o(UnshippedProxy):
    name = "h2o"
    package = "h2o"
    program = "h2o"
    body_limit = Change("limit-request-body: 65536", "limit-request-body: 1000")
    idle_timeout = Change("proxy.websocket.timeout: 90000", "proxy.websocket.timeout: 4000")

    def write_files(self) -> None:
        user = "user: root\n" if os.geteuid() == 0 else ""
        changes = {
            "max-connections": f"{user}max-connections",
            "port: 80\n": f"port: {self.port}\n",
        }
        self.copy("h2o.conf", "h2o.conf", changes)

    def command(self) -> list[str]:
        return [str(self.path()), "-c", "h2o.conf"]
