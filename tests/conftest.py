"""For every test: counts of the attempts to break the promises, printed at the end of the run; PostgreSQL and Redis."""

import logging
from collections.abc import Iterator

import hypothesis
import pytest

from tests.support import effort
from tests.support.servers import postgres_server, redis_server
from tests.support.servers.postgres_server import PostgresServer
from tests.support.servers.redis_server import RedisServer

hypothesis.settings.register_profile("chatsite", deadline=None)  # a timing never decides a test
hypothesis.settings.load_profile("chatsite")
# On a busy machine asyncio's debug mode logs steps that took long, also in tests that look at the whole log.
logging.getLogger("asyncio").addFilter(lambda record: not str(record.msg).startswith("Executing %s took"))


@pytest.fixture
def tally() -> effort.Tally:
    """Counts the attempts of a test to break a promise."""
    return effort.tally


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL for all tests that do not stop it. Each takes a `new_database()`."""
    if not postgres_server.is_installed():
        pytest.skip("PostgreSQL is not installed")
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def redis() -> Iterator[RedisServer]:
    """One Redis for all tests that do not stop it."""
    if not redis_server.is_installed():
        pytest.skip("neither Redis nor Valkey is installed")
    with RedisServer() as server:
        yield server


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if effort.counts:
        attempts = ", ".join(f"{number:,} {what}" for what, number in sorted(effort.counts.items()))
        broken = [report for report in terminalreporter.stats.get("failed", []) if "promise" in report.keywords]
        terminalreporter.section("promises")
        terminalreporter.line(f"Tried {attempts}: {len(broken)} violations.")
        for measurement in effort.measurements:
            terminalreporter.line(measurement)
