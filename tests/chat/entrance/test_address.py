"""The client address: no client can have another by sending a header."""

import ipaddress
import random

import pytest

from chat.entrance.address import client_address
from tests.support.effort import Tally, effort

ADA, CHARLIE, PROXY, INNER = "203.0.113.7", "198.51.100.9", "10.0.0.1", "10.0.0.2"


def forwarded(*lines: str) -> list[tuple[bytes, bytes]]:
    """The headers of a request that passed proxies."""
    return [(b"host", b"chat.example.org"), *((b"x-forwarded-for", line.encode("latin1")) for line in lines)]


@pytest.mark.promise
@pytest.mark.parametrize("lines", [(), (ADA,), (f"{ADA}, {CHARLIE}",), (ADA, CHARLIE), ("",), (",,",), ("nonsense",)])
def test_without_a_trusted_proxy_the_header_is_ignored(lines: tuple[str, ...], tally: Tally) -> None:
    assert client_address(CHARLIE, forwarded(*lines), 0) == CHARLIE
    tally("forged addresses")


@pytest.mark.promise
def test_entries_of_the_client_are_left_of_those_of_the_proxies_and_never_believed(tally: Tally) -> None:
    chance = random.Random(4)
    for _ in range(effort(2000, torture=200_000)):
        forged = [str(ipaddress.ip_address(chance.randrange(2**32))) for _ in range(chance.randrange(4))]
        forged += chance.sample([f"{ADA}:1", f"[{ADA}]", "unknown", "", "::1", ADA, "\xff", "'"], chance.randrange(3))
        chance.shuffle(forged)
        cut = chance.randrange(len(forged) + 1)  # on one line, or on two
        lines = [line for line in (", ".join(forged[:cut]), ", ".join([*forged[cut:], CHARLIE])) if line]
        assert client_address(PROXY, forwarded(*lines), 1) == CHARLIE
        assert client_address(INNER, forwarded(*lines, PROXY), 2) == CHARLIE
        tally("forged addresses", 2)


def test_a_header_that_not_all_proxies_wrote_is_ignored() -> None:
    assert client_address(PROXY, forwarded(), 1) == PROXY
    assert client_address(INNER, forwarded(ADA), 2) == INNER, "somebody went round the outer proxy, and wrote this"


@pytest.mark.parametrize("entry", ["unknown", "unix:", "", "1.2.3", "999.1.1.1", "::1::", "[", "a" * 10_000])
def test_an_entry_that_is_not_an_address_is_ignored(entry: str) -> None:
    assert client_address(PROXY, forwarded(f"{ADA}, {entry}"), 1) == PROXY


@pytest.mark.parametrize("entry", [ADA, f"{ADA}:50000", f"::ffff:{ADA}", f"[::ffff:{ADA}]:50000", f"  {ADA} "])
def test_an_address_is_the_same_however_a_proxy_writes_it(entry: str) -> None:
    assert client_address(PROXY, forwarded(entry), 1) == ADA
    assert client_address(entry.strip(), forwarded(), 0) == ADA


@pytest.mark.promise
def test_all_of_an_ipv6_network_is_one_address(tally: Tally) -> None:
    """A provider gives 2**64 addresses to each of its customers."""
    chance = random.Random(6)
    network = ipaddress.IPv6Network("2001:db8:1:2::/64")
    for _ in range(effort(500, torture=50_000)):
        one = str(network[chance.randrange(2**64)])
        assert client_address(one, forwarded(), 0) == "2001:db8:1:2::/64"
        assert client_address(PROXY, forwarded(f"{ADA}, [{one}]:443"), 1) == "2001:db8:1:2::/64"
        tally("forged addresses", 2)
    assert client_address("2001:db8:1:3::", forwarded(), 0) == "2001:db8:1:3::/64"
    assert client_address("fe80::1%eth0", forwarded(), 0) == "fe80::/64"


def test_through_a_socket_file_only_the_proxy_knows_the_address() -> None:
    assert client_address("", forwarded(), 0) == ""
    assert client_address("", forwarded(ADA), 1) == ADA
