"""A real nginx with the lines of a test, for a site that is not the shipped one."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.live_server import free_port, wait_until
from tests.support.proxies.nginx import MAIN, Nginx
from tests.support.proxies.proxy import DEPLOY, is_listening


@contextmanager
def run_plain_nginx(folder: Path, lines: str, upstream_port: int) -> Iterator[str]:
    """nginx with a server of these lines; its URL. The upstream `chatsite` and the map are the shipped ones."""
    port = free_port()
    for part in ("conf.d", "sites-enabled"):
        (folder / part).mkdir(parents=True)
    shared = (DEPLOY / "nginx" / "conf.d" / "chatsite.conf").read_text()
    (folder / "conf.d" / "chatsite.conf").write_text(shared.replace("127.0.0.1:8000", f"127.0.0.1:{upstream_port}"))
    (folder / "sites-enabled" / "site.conf").write_text(f"server {{\nlisten 127.0.0.1:{port};\n{lines}\n}}\n")
    (folder / "nginx.conf").write_text(MAIN.format(user="user root;" if os.geteuid() == 0 else ""))
    process = subprocess.Popen([str(Nginx.path()), "-p", str(folder), "-c", "nginx.conf"])
    try:
        wait_until(lambda: is_listening(port), "nginx listening")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
