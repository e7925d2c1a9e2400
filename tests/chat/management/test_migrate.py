"""`manage.py migrate` without a database that answers."""

import os
import subprocess
import sys

from tests.support.live_server import PROJECT, free_port


def test_a_database_that_cannot_be_reached_is_one_sentence() -> None:
    port = free_port()
    url = f"postgres://chatsite:secret-word@127.0.0.1:{port}/chat"
    command = [sys.executable, "manage.py", "migrate", "--skip-checks"]
    environment = {**os.environ, "CHAT_STORAGE": "database", "DATABASE_URL": url}
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("CommandError: ")
    assert f"port {port}" in done.stderr
    assert done.stderr.endswith(". Start the database, or correct DATABASE_URL.\n")
    assert len(done.stderr.splitlines()) == 1
    assert "secret-word" not in done.stderr
