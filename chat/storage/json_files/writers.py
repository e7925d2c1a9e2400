"""Whether any process has a file open for writing. Linux tells: it refuses a read lease of such a file.

A lease is asked for and given back at once. If a program opens the file for writing between the two, the kernel sends
this process a signal and lets the program wait for the release. The default signal, SIGIO, would end the process;
SIGURG is ignored by default.
"""

import fcntl
import signal


def is_open_for_writing(fd: int) -> bool | None:
    """Ask about the file of a read-only descriptor; None if this system, file system or owner cannot tell.

    A descriptor of this process that can write counts too.
    """
    if not hasattr(fcntl, "F_SETLEASE"):  # macOS
        return None
    try:
        fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except OSError:  # another user's file, or a file system without leases
        return None
    fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False
