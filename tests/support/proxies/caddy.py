"""Caddy, with deploy/Caddyfile."""

import subprocess

from tests.support.proxies.proxy import Change, ProxyServer


class Caddy(ProxyServer):
    name = "Caddy"
    package = "caddy"
    program = "caddy"
    may_cut_on_reload = True
    refusals = (413, 502)  # 502 of Caddy 2.6, which Debian has
    body_limit = Change("max_size 64KB", "max_size 1KB")
    idle_timeout = None

    def write_files(self) -> None:
        certificate = f"tls {self.folder}/fullchain.pem {self.folder}/privkey.pem"
        options = f"admin 127.0.0.1:{self.control_port}\n\tauto_https off\n\tdefault_sni chat.example.org\n"
        sites = {
            False: f"http://127.0.0.1:{self.port} {{\n",
            True: f"http://127.0.0.1:{self.port} {{\n\tredir https://chat.example.org{{uri}} 308\n}}\n\n"
            f"https://:{self.tls_port} {{\n\t{certificate}\n",
        }
        changes = {
            "{\n\tservers {": f"{{\n\t{options}\tservers {{",
            "chat.example.org {\n": sites[self.tls],
        }
        self.copy("Caddyfile", "Caddyfile", changes)

    def command(self) -> list[str]:
        return [str(self.path()), "run", "--config", str(self.folder / "Caddyfile"), "--adapter", "caddyfile"]

    def apply_files(self) -> None:
        address = f"127.0.0.1:{self.control_port}"
        command = [str(self.path()), "reload", "--config", "Caddyfile", "--address", address]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True)
