"""What the start of the server says about who can reach it. Pure, but for the address of this machine."""

import socket
from collections.abc import Sequence

from chat.conf import LOCAL_HOSTS

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
ELSEWHERE = ("192.0.2.1", 9)  # an address for documentation: no packet is sent to it


def reach_hint(host: str, allowed_hosts: Sequence[str], own_address: str, *, behind_proxy: bool) -> str:
    """One line: who can open the site, and what others need. "" if the owner has arranged it with a proxy."""
    is_local_name_only = set(allowed_hosts) <= set(LOCAL_HOSTS)
    hosts = ",".join([*allowed_hosts, own_address])
    if host in LOOPBACK:
        if behind_proxy or not is_local_name_only:
            return ""
        return f"Only this machine can reach it. For others: HOST=0.0.0.0 DJANGO_ALLOWED_HOSTS={hosts} make run"
    if is_local_name_only and not behind_proxy:
        return f"Others are refused until it answers to the name that they use: DJANGO_ALLOWED_HOSTS={hosts}"
    return f"It answers to the names {', '.join(allowed_hosts)} (DJANGO_ALLOWED_HOSTS)."


def own_address() -> str:
    """The address of this machine in its network, or its name."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ELSEWHERE)
        except OSError:  # no network
            return socket.gethostname()
        address: str = probe.getsockname()[0]
        return address
