"""HAProxy, with the files of deploy/haproxy/."""

import signal

from tests.support.proxies.proxy import Change, ProxyServer

# A test may come from any address.
ANY_ADDRESS = "    http-request set-src hdr(X-Comes-From)\n"
COUNTED = "    http-request track-sc0 "


class HAProxy(ProxyServer):
    name = "HAProxy"
    package = "haproxy"
    program = "haproxy"
    body_limit = Change("gt 65536", "gt 1000")
    idle_timeout = Change("timeout tunnel 90s", "timeout tunnel 4s")

    def write_files(self) -> None:
        changes = {
            "    chroot /var/lib/haproxy\n    user haproxy\n    group haproxy\n": "",
            "    maxconn 20000\n": "    maxconn 500\n",  # more than some machines allow
            "log /dev/log": "log stderr format raw",
            "bind :80\n": f"bind 127.0.0.1:{self.port}\n",
            "bind :443 ": f"bind 127.0.0.1:{self.tls_port} ",
            "    bind :::80 v6only\n": "",
            "    bind :::443 v6only ssl crt /etc/haproxy/chatsite.pem alpn h2,http/1.1\n": "",
            "/etc/haproxy/": f"{self.folder}/",
            COUNTED: ANY_ADDRESS + COUNTED,
        }
        self.copy(f"haproxy/haproxy{'-tls' if self.tls else ''}.cfg", "haproxy.cfg", changes)

    def command(self) -> list[str]:
        return [str(self.path()), "-W", "-f", "haproxy.cfg"]  # as Debian's unit does

    def apply_files(self) -> None:
        self.send_signal(signal.SIGUSR2)
