"""What may be at the path of a Unix socket before a server listens there."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatsite.unix_socket import UnixSocket, UnixSocketError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chat.sock"


@pytest.fixture
def program(path: Path) -> Iterator[socket.socket]:
    """Another program that listens at the path."""
    with socket.socket(socket.AF_UNIX) as program:
        program.bind(str(path))
        program.listen(0)
        yield program


def test_the_file_of_a_server_that_was_killed_is_removed(path: Path, program: socket.socket) -> None:
    program.close()
    assert path.exists()
    UnixSocket(str(path)).claim()
    assert not path.exists()


def test_a_server_that_is_about_to_listen_is_not_overtaken(path: Path, program: socket.socket) -> None:
    """Both find the file of a server that was killed: the second one would remove the new file of the first."""
    program.close()
    UnixSocket(str(path)).claim()
    with pytest.raises(UnixSocketError, match=f"another chatsite listens at {path}"):
        UnixSocket(str(path)).claim()


@pytest.mark.parametrize("waiting", [0, 5])  # clients; a full queue makes others wait
def test_the_socket_of_another_program_is_left_alone(path: Path, program: socket.socket, waiting: int) -> None:
    clients = [socket.socket(socket.AF_UNIX) for _ in range(waiting)]
    for client in clients:
        client.setblocking(False)
        client.connect_ex(str(path))
    with pytest.raises(UnixSocketError, match=f"another program listens at {path}"):
        UnixSocket(str(path)).claim()
    assert path.is_socket()
    for client in clients:
        client.close()


def test_a_file_that_is_no_socket_is_left_alone(path: Path) -> None:
    path.write_text("a file of its own")
    with pytest.raises(UnixSocketError, match="is not a socket"):
        UnixSocket(str(path)).claim()
    with pytest.raises(UnixSocketError, match="Not a directory"):
        UnixSocket(f"{path}/chat.sock").claim()
    assert path.read_text() == "a file of its own"


def test_what_is_wrong_is_one_line(tmp_path: Path, path: Path) -> None:
    wrong = {
        UnixSocket(str(path), "no-such-group"): "there is no group no-such-group",
        UnixSocket(f"{tmp_path}/nowhere/chat.sock"): "No such file or directory",
        UnixSocket("/tmp/" + "x" * 120): "103 bytes are allowed",  # noqa: S108 - it is not created
    }
    for unix_socket, reason in wrong.items():
        with pytest.raises(UnixSocketError, match=reason) as refused:
            unix_socket.claim()
        assert "\n" not in str(refused.value)
    assert not path.exists()


def test_special_characters_of_endpoints_are_quoted(tmp_path: Path) -> None:
    assert UnixSocket("/run/a:b=c.sock").endpoint == r"unix:/run/a\:b\=c.sock:mode=660:lockfile=0"
