"""Squid, with tests/deploy/configs/squid.conf."""

from tests.support.proxies.proxy import Change, UnshippedProxy


class Squid(UnshippedProxy):
    name = "Squid"
    package = "squid"
    program = "squid"
    body_limit = Change("request_body_max_size 64 KB", "request_body_max_size 1 KB")
    idle_timeout = None

    def write_files(self) -> None:
        here = (
            "pid_filename none\ncache_log /dev/null\naccess_log none\nshutdown_lifetime 1 seconds\npinger_enable off\n"
        )
        changes = {
            "http_port 127.0.0.1:80 ": f"{here}http_port 127.0.0.1:{self.port} ",
            "parent 8000 ": f"parent {self.upstream_port} ",
        }
        self.copy("squid.conf", "squid.conf", changes)

    def command(self) -> list[str]:
        return [str(self.path()), "-N", "-n", f"s{self.port}", "-f", str(self.folder / "squid.conf"), "-d1"]
