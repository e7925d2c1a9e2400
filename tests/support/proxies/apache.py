"""Apache, with the files of deploy/apache2/."""

import os
import signal

from tests.support.proxies.proxy import Change, ProxyServer

# What a2enmod of docs/operations.md enables, and what Debian's Apache has enabled by itself.
DOCUMENTED = ["proxy", "proxy_http", "headers", "reqtimeout", "ssl", "http2", "alias", "authz_core", "socache_shmcb"]
MODULES = "/usr/lib/apache2/modules"
MAIN = """
ServerRoot "{folder}"
ServerName chat.example.org
DefaultRuntimeDir "{folder}"
PidFile "{folder}/apache.pid"
ErrorLog /dev/stderr
LogLevel warn
{modules}
{user}
Listen 127.0.0.1:{port}
Listen 127.0.0.1:{tls_port}
Include conf-enabled/chatsite.conf
Include sites-enabled/chatsite.conf
"""


class Apache(ProxyServer):
    name = "Apache"
    package = "apache2-bin"  # the program without Debian's service
    program = "apache2"
    body_limit = Change("-gt 65536", "-gt 1000")
    idle_timeout = Change("Timeout 90", "Timeout 4")

    def write_files(self) -> None:
        changes = {
            "<VirtualHost *:80>": f"<VirtualHost 127.0.0.1:{self.port}>",
            "<VirtualHost *:443>": f"<VirtualHost 127.0.0.1:{self.tls_port}>",
        }
        site = "chatsite-tls.conf" if self.tls else "chatsite.conf"
        for shipped, here in [
            ("conf-available/chatsite.conf", "conf-enabled/chatsite.conf"),
            ("conf-available/chatsite-proxy.conf", "conf-available/chatsite-proxy.conf"),
            (f"sites-available/{site}", "sites-enabled/chatsite.conf"),
        ]:
            self.copy(f"apache2/{shipped}", here, changes)
        modules = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in ["mpm_event", *DOCUMENTED])
        user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
        words = {"folder": self.folder, "port": self.port, "tls_port": self.tls_port}
        (self.folder / "apache2.conf").write_text(MAIN.format(modules=modules, user=user, **words))

    def command(self) -> list[str]:
        return [str(self.path()), "-f", str(self.folder / "apache2.conf"), "-D", "FOREGROUND"]

    def apply_files(self) -> None:
        self.send_signal(signal.SIGUSR1)  # apachectl graceful
