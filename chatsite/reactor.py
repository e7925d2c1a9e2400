"""Twisted's reactor, which runs on an event loop of asyncio: `daphne.server` installs it, and so is imported first."""

from typing import Any

import daphne.server  # noqa: F401
from twisted.internet import reactor as module  # a module to type checkers

reactor: Any = module
DRAIN_EVENT = "drain"  # a system event of our own: ports close, connections stay
