"""nginx, with the files of deploy/nginx/."""

import os

from tests.support.proxies.proxy import Change, ProxyServer

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


class Nginx(ProxyServer):
    name = "nginx"
    package = "nginx-light"
    program = "nginx"
    body_limit = Change("client_max_body_size 64k;", "client_max_body_size 1k;")
    idle_timeout = Change("proxy_read_timeout 90s;", "proxy_read_timeout 4s;")

    def write_files(self) -> None:
        changes = {
            "listen 80;": f"listen 127.0.0.1:{self.port};",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{self.tls_port} ssl http2;",
            "    listen [::]:80;\n": "",
            "    listen [::]:443 ssl http2;\n": "",
        }
        site = "chatsite-tls.conf" if self.tls else "chatsite.conf"
        for shipped, here in [
            ("conf.d/chatsite.conf", "conf.d/chatsite.conf"),
            ("snippets/chatsite.conf", "snippets/chatsite.conf"),
            (f"sites-available/{site}", "sites-enabled/chatsite.conf"),
        ]:
            self.copy(f"nginx/{shipped}", here, changes)
        # Workers of a root nginx would be `nobody`, who may not enter a temporary folder.
        (self.folder / "nginx.conf").write_text(MAIN.format(user="user root;" if os.geteuid() == 0 else ""))

    def command(self) -> list[str]:
        return [str(self.path()), "-p", str(self.folder), "-c", "nginx.conf"]
