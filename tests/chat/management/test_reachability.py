"""The third line that the server prints says how others reach it."""

import ipaddress
import shlex

import pytest

from chat.conf import LOCAL_HOSTS, load
from chat.management.reachability import own_address, reach_hint


def test_a_new_owner_is_told_how_others_reach_the_site() -> None:
    """Regression: it said nothing, and whoever opened it to the network got "Unknown host name"."""
    hint = reach_hint("127.0.0.1", LOCAL_HOSTS, "192.168.1.5", behind_proxy=False)
    assert hint.startswith("Only this machine can reach it.")
    settings = dict(word.split("=") for word in shlex.split(hint.split("others: ")[1]) if "=" in word)
    assert settings["HOST"] == "0.0.0.0"  # noqa: S104 - a text
    assert load({"DJANGO_SECRET_KEY": "x", **settings}).allowed_hosts == (*LOCAL_HOSTS, "192.168.1.5")


def test_an_open_site_that_answers_to_local_names_only_says_so() -> None:
    hint = reach_hint("0.0.0.0", LOCAL_HOSTS, "192.168.1.5", behind_proxy=False)  # noqa: S104
    assert hint.startswith("Others are refused")
    assert "DJANGO_ALLOWED_HOSTS=localhost,.localhost,127.0.0.1,[::1],192.168.1.5" in hint


@pytest.mark.parametrize("host", ["0.0.0.0", "", "192.168.1.5"])  # noqa: S104
def test_an_open_site_names_its_names(host: str) -> None:
    assert "chat.example.org (DJANGO_ALLOWED_HOSTS)" in reach_hint(host, ["chat.example.org"], "x", behind_proxy=True)


def test_a_site_behind_a_proxy_gets_no_advice() -> None:
    assert reach_hint("127.0.0.1", LOCAL_HOSTS, "x", behind_proxy=True) == ""
    assert reach_hint("127.0.0.1", ["chat.example.org"], "x", behind_proxy=False) == ""


def test_the_address_of_this_machine_is_one_that_can_be_written_into_a_browser() -> None:
    address = own_address()
    assert address
    if address[0].isdigit():
        assert ipaddress.ip_address(address)
