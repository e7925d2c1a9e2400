"""Varnish, with the file of deploy/varnish/."""

import subprocess
import uuid

from tests.support.proxies.proxy import Change, ProxyServer

PIPE_TIMEOUT = Change("pipe_timeout=60", "pipe_timeout=4")  # a parameter of varnishd, with its default


class Varnish(ProxyServer):
    name = "Varnish"
    package = "varnish"
    program = "varnishd"
    has_tls = False
    pipes_handshakes = True
    body_limit = Change("> 65536", "> 1000")
    idle_timeout = PIPE_TIMEOUT

    def write_files(self) -> None:
        self.copy("varnish/chatsite.vcl", "chatsite.vcl", {'"8000"': f'"{self.upstream_port}"'})
        self.shipped += PIPE_TIMEOUT.shipped
        (self.folder / "secret").write_text(uuid.uuid4().hex)

    def command(self) -> list[str]:
        shipped, here = PIPE_TIMEOUT
        return [
            *(str(self.path()), "-F", "-j", "none", "-n", str(self.folder / "work")),
            *("-a", f"127.0.0.1:{self.port}", "-T", self._control, "-S", str(self.folder / "secret")),
            *("-f", str(self.folder / "chatsite.vcl"), "-s", "malloc,16m"),
            *("-p", here if shipped in self.changes else shipped),
            *("-p", "vsl_space=1m", "-p", "thread_pool_min=5"),
        ]

    @property
    def _control(self) -> str:
        return f"127.0.0.1:{self.control_port}"

    def apply_files(self) -> None:
        """What varnishreload does."""
        label = f"site-{uuid.uuid4().hex[:8]}"
        for command in (["vcl.load", label, str(self.folder / "chatsite.vcl")], ["vcl.use", label]):
            control = ["varnishadm", "-T", self._control, "-S", str(self.folder / "secret"), *command]
            subprocess.run(control, cwd=self.folder, check=True, capture_output=True)
