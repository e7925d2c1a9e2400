"""RFC 6455: Autobahn's test cases, run by kosoku against an echo application."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.effort import Tally, effort
from tests.support.live_server import TIME_LIMIT
from tests.support.servers.raw_websocket import EchoServer

KOSOKU = Path(sys.executable).with_name("kosoku")
COMPRESSION = ["-x", "12.*", "-x", "13.*"]  # not offered
LARGE = ["-x", "9.*"]  # messages of up to 16 MiB
CASES = effort(247, torture=301)


@pytest.mark.promise
@pytest.mark.parametrize("leg", ["on", "off"])
def test_every_case_of_the_websocket_protocol_passes(leg: str, storage: Path, tmp_path: Path, tally: Tally) -> None:
    server = EchoServer(storage, env={"CHAT_WEBSOCKET_LEG": leg})
    server.max_message = effort(2**20, torture=2**25)
    left_out = effort([*COMPRESSION, *LARGE], torture=COMPRESSION)
    with server:
        command = [str(KOSOKU), "-p", "4", *left_out, "-o", str(tmp_path / "report"), f"127.0.0.1:{server.port}"]
        outcome = subprocess.run(
            command, capture_output=True, text=True, timeout=5 * TIME_LIMIT, check=False, cwd=tmp_path
        )
    assert f"{CASES} cases passed" in outcome.stdout, outcome.stdout + outcome.stderr
    assert outcome.returncode == 0
    tally("cases of the WebSocket protocol", CASES)
