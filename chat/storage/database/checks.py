"""System checks of the database: whether it can be reached, has its tables, and can be searched in every language."""

from collections.abc import Sequence

from django.core.checks import CheckMessage, Warning

from chat.conf import Conf
from chat.storage import StorageUnavailable
from chat.storage.database.connections import MAX_CONNECTIONS, Connections, Statement
from chat.storage.database.search_texts import INDEX

SEARCH_INDEX = [
    "create extension if not exists pg_trgm",
    f"create index if not exists {INDEX} on chat_search_text using gin (search gin_trgm_ops)",
]
CHECK_SECONDS = 2.0
_ALLOWED_CONNECTIONS = """
    select least(nullif(rolconnlimit, -1), nullif(datconnlimit, -1), current_setting('max_connections')::int)
    from pg_roles, pg_database where rolname = current_user and datname = current_database()
"""


def system_checks(conf: Conf) -> list[CheckMessage]:
    """What is wrong with the database. One that is down is no error here: the server waits for it."""
    from chat.storage.database.store import dialect_of

    connections = Connections(dialect_of(conf.database_url, CHECK_SECONDS), CHECK_SECONDS)
    try:
        return _check(connections)
    except StorageUnavailable as error:
        hint = "Start it, or correct DATABASE_URL."
        return [Warning(f"The database cannot be used: {error.why}.", hint=hint, id="chat.W007")]
    finally:
        connections.close()


def _check(connections: Connections) -> list[CheckMessage]:
    if not _is_there(connections, "select 1 from chat_event where false"):
        hint = "Run: manage.py migrate"
        text = f"{connections.dialect.location} does not have the tables of chatsite."
        return [Warning(text, hint=hint, id="chat.W010")]  # no error, which would keep migrate from running
    if not connections.dialect.has_trigrams:
        return []
    return [*_index_is_there(connections), *_locale_knows_letters(connections), *_connections_suffice(connections)]


def _index_is_there(connections: Connections) -> Sequence[CheckMessage]:
    if _rows(connections, f"select 1 from pg_indexes where indexname = '{INDEX}'"):
        return []
    hint = f"As a superuser of the database, run: {'; '.join(SEARCH_INDEX)};"
    return [Warning("Search reads every message, since it has no index.", hint=hint, id="chat.W008")]


def _locale_knows_letters(connections: Connections) -> Sequence[CheckMessage]:
    """Under the locale C pg_trgm takes letters beyond a to z for blanks, so the index does not find them."""
    [(locale,)] = _rows(connections, "select datctype from pg_database where datname = current_database()")
    if locale not in {"C", "POSIX"}:
        return []
    hint = "Create the database anew: createdb --template=template0 --locale=C.UTF-8."
    text = "The database has the locale C, so the search index holds only ASCII."
    return [Warning(text, hint=hint, id="chat.W009")]


def _connections_suffice(connections: Connections) -> Sequence[CheckMessage]:
    """Past the limit people cannot come in, and messages are refused."""
    [(allowed,)] = _rows(connections, _ALLOWED_CONNECTIONS)
    if int(str(allowed)) >= MAX_CONNECTIONS:
        return []
    hint = f"Allow {MAX_CONNECTIONS} for each server process, and some more for the commands."
    text = f"The database allows {allowed} connections, and one server process opens up to {MAX_CONNECTIONS}."
    return [Warning(text, hint=hint, id="chat.W011")]


def _is_there(connections: Connections, sql: str) -> bool:
    try:
        _rows(connections, sql)
    except StorageUnavailable as error:
        if _is_missing_table(error):
            return False
        raise
    return True


def _is_missing_table(error: StorageUnavailable) -> bool:
    cause = error.__cause__
    return getattr(cause, "sqlstate", "") == "42P01" or "no such table" in str(cause)


def _rows(connections: Connections, sql: str) -> list[tuple[object, ...]]:
    return connections.read(None, Statement(sql))[0]
