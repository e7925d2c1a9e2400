"""A real nginx that runs the site files of deploy/nginx/, as shipped but for addresses and certificate."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.certificate import self_signed
from tests.support.live_server import PROJECT, free_port, wait_until

SHIPPED = PROJECT / "deploy" / "nginx"
PROGRAM = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
CERTIFICATES = "/etc/letsencrypt/live/chat.example.org/"

# What Debian's nginx.conf does around the files, in a folder of the test's own. A test may come from any address.
MAIN = """
{user}
daemon off;
pid nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    set_real_ip_from 127.0.0.1;
    real_ip_header X-Comes-From;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include conf.d/*.conf;
    include sites-enabled/*;
}}
"""


@dataclass(frozen=True)
class Proxy:
    """Where the running nginx listens."""

    port: int
    tls_port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        return f"https://127.0.0.1:{self.tls_port}"

    @property
    def tls_ws_url(self) -> str:
        return f"wss://127.0.0.1:{self.tls_port}"


@contextmanager
def run_nginx(site: str, upstream_port: int, limits: Mapping[str, str] | None = None) -> Iterator[Proxy]:
    """nginx with the shipped site file of this name, in front of 127.0.0.1:upstream_port.

    `limits` are words of the shipped files, and what stands in their place: limits that a test can reach.
    """
    proxy = Proxy(free_port(), free_port())
    with tempfile.TemporaryDirectory(prefix="chatsite-nginx-") as name:
        folder = Path(name)
        write_configuration(folder, site, upstream_port, proxy, limits or {})
        log = folder / "nginx.log"
        with log.open("wb") as output:
            process = subprocess.Popen([str(PROGRAM), "-p", name, "-c", "nginx.conf"], stdout=output, stderr=output)
        try:
            wait_until(lambda: process.poll() is not None or is_listening(proxy.port), "nginx listening")
            assert process.poll() is None, log.read_text()
            yield proxy
        finally:
            process.terminate()
            process.wait()


def write_configuration(folder: Path, site: str, upstream_port: int, proxy: Proxy, limits: Mapping[str, str]) -> None:
    """The shipped files, with the ports, the certificate and the limits of this run in place of the real ones."""
    changes = {
        "listen 80;": f"listen 127.0.0.1:{proxy.port};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{proxy.tls_port} ssl http2;",
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl http2;\n": "",
        "127.0.0.1:8000": f"127.0.0.1:{upstream_port}",
        CERTIFICATES: f"{folder}/",
        **limits,
    }
    files = {"conf.d": "chatsite.conf", "snippets": "chatsite.conf", "sites-available": site}
    for part, name in files.items():
        text = (SHIPPED / part / name).read_text()
        for shipped, here in changes.items():
            text = text.replace(shipped, here)
        (folder / part).mkdir()
        (folder / part / name).write_text(text)
    (folder / "sites-available").rename(folder / "sites-enabled")
    # Workers of a root nginx would be `nobody`, who may not enter a temporary folder.
    (folder / "nginx.conf").write_text(MAIN.format(user="user root;" if os.geteuid() == 0 else ""))
    write_certificate(folder)


def write_certificate(folder: Path) -> None:
    """A self-signed certificate, under the names that certbot uses."""
    private, certificate = self_signed("chat.example.org")
    (folder / "fullchain.pem").write_bytes(certificate)
    (folder / "privkey.pem").write_bytes(private)


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
