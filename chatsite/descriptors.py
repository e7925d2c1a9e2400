"""How many files and connections the process may have open.

Each connection takes a descriptor, and so does the file of each room that somebody is in. Systems start a process with
a low limit, often 1024, which it may raise itself.
"""

import contextlib
import resource

MAX_DESCRIPTORS = 65_536  # even if the system allows more: that many connections take more than 1 GB


def raise_limit() -> None:
    """Raise the soft limit to the hard one, as far as it is useful."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _at_most(hard)
    if wanted > _at_most(soft):
        with contextlib.suppress(OSError, ValueError):  # macOS allows less than its hard limit
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def capacity() -> int:
    """The descriptors that connections and rooms may take: those that the system allows, less an eighth for files."""
    most = _at_most(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    return most - most // 8


def _at_most(limit: int) -> int:
    return MAX_DESCRIPTORS if limit == resource.RLIM_INFINITY else min(limit, MAX_DESCRIPTORS)


def warning_about(max_connections_per_address: int) -> str:
    """What to tell the owner if one address alone could take all of them; "" if it could not."""
    wanted = 2 * max_connections_per_address  # each connection may be in a room of its own
    if wanted <= capacity():
        return ""
    return (
        f"One address may take {wanted} descriptors (CHAT_MAX_CONNECTIONS_PER_ADDRESS={max_connections_per_address}, "
        f"each in a room of its own), and there are {capacity()} for all: raise the hard limit (ulimit -n), or lower "
        "the setting."
    )
