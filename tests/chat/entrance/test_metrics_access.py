"""Who may read /metrics: a proxy on this machine must not make strangers local."""

import pytest

from chat.entrance.metrics_access import Access, metrics_access

TOKEN = "c29tZSByYW5kb20gYnl0ZXM="
HOST = (b"host", b"127.0.0.1:8000")


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", [b"127.0.0.1:8000", b"localhost", b"LOCALHOST:1", b"[::1]:8000"])
def test_a_program_on_this_machine_is_local(peer: str, host: bytes) -> None:
    assert metrics_access("local", peer, [(b"host", host)]) is Access.ALLOWED


@pytest.mark.parametrize("peer", ["192.0.2.1", "10.0.0.1", "::2", "unix", ""])
def test_another_machine_and_a_unix_socket_are_not_local(peer: str) -> None:
    assert metrics_access("local", peer, [HOST]) is Access.NOT_LOCAL


@pytest.mark.parametrize(
    "name",
    ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded", "via", "x-real-ip", "cf-connecting-ip"],
)
@pytest.mark.parametrize("value", [b"127.0.0.1", b""])
def test_a_request_that_came_through_a_proxy_is_not_local(name: str, value: bytes) -> None:
    """Whatever the header says: a visitor may have written it."""
    assert metrics_access("local", "127.0.0.1", [HOST, (name.encode(), value)]) is Access.NOT_LOCAL


@pytest.mark.parametrize("host", [b"chat.example.org", b"127.0.0.1.example.org", b"", b"[", b"localhost.test:80"])
def test_a_name_that_leads_here_is_not_local(host: bytes) -> None:
    """A proxy without a header passes on the visitor's Host; a page of another site has its own (DNS rebinding)."""
    assert metrics_access("local", "127.0.0.1", [(b"host", host)]) is Access.NOT_LOCAL
    assert metrics_access("local", "127.0.0.1", []) is Access.NOT_LOCAL


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        (f"Bearer {TOKEN}", Access.ALLOWED),
        (f"bearer  {TOKEN}", Access.ALLOWED),
        (f"Basic {TOKEN}", Access.NO_TOKEN),
        (TOKEN, Access.NO_TOKEN),
        (f"Bearer {TOKEN[:-1]}", Access.NO_TOKEN),
        ("Bearer \xe4", Access.NO_TOKEN),
        ("Bearer", Access.NO_TOKEN),
    ],
)
def test_a_token_is_compared_as_a_whole(authorization: str, expected: Access) -> None:
    headers = [HOST, (b"authorization", authorization.encode("latin1"))]
    assert metrics_access(TOKEN, "127.0.0.1", headers) is expected
    assert metrics_access(TOKEN, "192.0.2.1", [*headers, (b"x-forwarded-for", b"192.0.2.2")]) is expected


def test_what_speaks_http_1_0_may_be_nginx_with_proxy_pass_alone() -> None:
    assert metrics_access("local", "127.0.0.1", [HOST], "1.0") is Access.NOT_LOCAL
    assert metrics_access(TOKEN, "127.0.0.1", [(b"authorization", f"Bearer {TOKEN}".encode())], "1.0") is Access.ALLOWED


def test_without_the_header_a_token_is_missing_also_on_this_machine() -> None:
    assert metrics_access(TOKEN, "127.0.0.1", [HOST]) is Access.NO_TOKEN
