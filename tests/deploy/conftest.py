"""Fixtures of the tests of proxies."""

from collections.abc import Iterator

import pytest

from tests.support.proxies.kinds import PROXIES
from tests.support.proxies.proxy import ProxyServer
from tests.support.servers.recording_server import RecordingServer, recording_server

Kind = type[ProxyServer]


def each(kinds: list[Kind]) -> list[object]:
    """Parameters: kinds of proxies. Those that are not installed are skipped with the name of the package."""
    reason = "{0.name} is not installed: apt-get install {0.package}"
    return [
        pytest.param(kind, id=kind.name, marks=pytest.mark.skipif(not kind.path(), reason=reason.format(kind)))
        for kind in kinds
    ]


@pytest.fixture(params=each(PROXIES), scope="module")
def kind(request: pytest.FixtureRequest) -> Kind:
    """Each proxy of this run."""
    found: Kind = request.param
    return found


@pytest.fixture
def upstream() -> Iterator[RecordingServer]:
    """A server in chatsite's place that records what the proxy sent."""
    with recording_server() as server:
        yield server
