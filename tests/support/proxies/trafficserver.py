"""Traffic Server, with tests/deploy/configs/trafficserver/."""

import os
import shutil
from pathlib import Path

from tests.support.proxies.proxy import CONFIGS, Change, UnshippedProxy

SYSTEM = Path("/etc/trafficserver")
# Where a Traffic Server of Debian finds itself, and where it writes.
RUN_ROOT = """
prefix: {folder}
exec_prefix: /usr
bindir: /usr/bin
sbindir: /usr/sbin
sysconfdir: {folder}/etc
datadir: {folder}/work
includedir: /usr/include
libdir: /usr/lib/trafficserver
libexecdir: /usr/lib/trafficserver/modules
localstatedir: {folder}/work
runtimedir: {folder}/work
logdir: {folder}/work
cachedir: {folder}/work
"""


class TrafficServer(UnshippedProxy):
    name = "Traffic Server"
    package = "trafficserver"
    program = "traffic_server"
    files = CONFIGS / "trafficserver"
    body_limit = Change("max_post_size INT 65536", "max_post_size INT 1000")
    idle_timeout = Change("no_activity_timeout INT 90", "no_activity_timeout INT 4")

    def write_files(self) -> None:
        user = "CONFIG proxy.config.admin.user_id STRING #-1\n" if os.geteuid() == 0 else ""
        changes = {
            "CONFIG proxy.config.http.server_ports STRING 80:": (
                f"{user}CONFIG proxy.config.http.server_ports STRING {self.port}:"
            ),
        }
        (self.folder / "work").mkdir(exist_ok=True)
        shutil.copytree(SYSTEM, self.folder / "etc", dirs_exist_ok=True)
        for file in ("records.config", "remap.config"):
            self.copy(file, f"etc/{file}", changes)
        (self.folder / "etc" / "storage.config").write_text("work 16M\n")
        (self.folder / "runroot.yaml").write_text(RUN_ROOT.format(folder=self.folder))

    def command(self) -> list[str]:
        return [str(self.path()), f"--run-root={self.folder}/runroot.yaml"]
