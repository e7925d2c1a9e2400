"""The outside servers of the tests stop, crash, stand still, and come back with their data."""

from collections.abc import Callable

import psycopg
import pytest
from redis.exceptions import RedisError

from tests.support.servers.engine import Engine
from tests.support.servers.postgres_server import PostgresServer
from tests.support.servers.redis_server import RedisServer


def count(url: str) -> int:
    with psycopg.connect(url) as connection:
        (number,) = connection.execute("select count(*) from numbers").fetchone() or (-1,)
        return int(number)


@pytest.mark.parametrize("end", [Engine.stop, Engine.kill], ids=["stop", "kill"])
def test_postgresql_keeps_what_was_committed(end: Callable[[Engine], None]) -> None:
    with PostgresServer() as postgres:
        url = postgres.new_database(empty=True)
        with psycopg.connect(url) as connection:
            connection.execute("create table numbers as select generate_series(1, 100)")
        end(postgres)
        with pytest.raises(psycopg.OperationalError):
            count(url)
        postgres.start()
        assert count(url) == 100


def test_each_database_of_a_test_is_new_and_takes_words_of_any_script(postgres: PostgresServer) -> None:
    urls = [postgres.new_database(empty=True) for _ in range(2)]
    assert len(set(urls)) == 2
    with psycopg.connect(urls[0]) as connection:
        connection.execute("create extension pg_trgm")
        (trigrams,) = connection.execute("select cardinality(show_trgm('明天早上'))").fetchone() or (0,)
        assert trigrams == 5


def test_redis_stands_still_and_comes_back_on_the_same_port() -> None:
    with RedisServer() as redis, redis.client() as client:
        with redis.paused():
            client.connection_pool.connection_kwargs["socket_timeout"] = 0.1
            with pytest.raises(RedisError):
                client.ping()
        redis.kill()
        assert not redis.is_ready()
        redis.start()
        assert redis.is_ready()
