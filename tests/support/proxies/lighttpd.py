"""lighttpd, with the files of deploy/lighttpd/."""

import signal

from tests.support.proxies.proxy import Change, ProxyServer

# What Debian's lighttpd.conf does around the files.
MAIN = """
server.document-root = "{folder}"
server.bind = "127.0.0.1"
server.port = {port}
server.feature-flags += ("server.h2proto" => "enable")
server.feature-flags += ("server.h2c" => "enable")
server.feature-flags += ("server.graceful-shutdown-timeout" => 5)
include "{folder}/conf-enabled/*.conf"
"""


class Lighttpd(ProxyServer):
    name = "lighttpd"
    package = "lighttpd"
    program = "lighttpd"
    # The new process ends the old one a second time when it is ready before the old one has counted the first.
    may_cut_on_reload = True
    body_limit = Change("server.max-request-size = 64", "server.max-request-size = 1")
    idle_timeout = Change("server.max-read-idle = 90", "server.max-read-idle = 4")

    def write_files(self) -> None:
        changes = {
            '"port" => 8000': f'"port" => {self.upstream_port}',
            '$SERVER["socket"] == ":443"': f'$SERVER["socket"] == "127.0.0.1:{self.tls_port}"',
            '$SERVER["socket"] == "[::]:443"': f'$SERVER["socket"] == "[::1]:{self.tls_port}"',
        }
        for file in ["20-chatsite.conf", *(["21-chatsite-tls.conf"] if self.tls else [])]:
            self.copy(f"lighttpd/conf-available/{file}", f"conf-enabled/{file}", changes)
        (self.folder / "lighttpd.conf").write_text(MAIN.format(folder=self.folder, port=self.port))

    def command(self) -> list[str]:
        return [str(self.path()), "-D", "-f", str(self.folder / "lighttpd.conf")]

    def apply_files(self) -> None:
        self.send_signal(signal.SIGUSR1)
