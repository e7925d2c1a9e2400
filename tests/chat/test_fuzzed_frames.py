"""Random frames: the server decodes them as a second implementation does, and no other client is affected."""

import dataclasses
import json
import logging
from pathlib import Path
from random import Random

import pytest

from chat.conf import Conf
from chat.rooms.hub import Hub
from chat.routing import build_application
from chat.storage.json_files.store import JsonFileStore
from chat.wire import commands, protocol
from chat.wire.errors import ErrorCode, ProtocolError
from tests.support.core.doubles import read_records
from tests.support.core.fuzzed_frames import fuzzed_frame
from tests.support.core.fuzzing_client import FuzzingClient
from tests.support.core.reference_decoder import MAX_MESSAGE, expected_result
from tests.support.core.virtual_time_loop import virtual_time
from tests.support.effort import Tally, effort

ERROR_BYTES = 500  # of an error frame, in addition to the parts of the refused frame that it repeats


@pytest.mark.promise
def test_every_frame_is_accepted_or_refused_as_the_protocol_says(tally: Tally) -> None:
    rng = Random(8)
    for _ in range(effort(40_000, torture=1_000_000)):
        frame = fuzzed_frame(rng)
        if isinstance(frame, str):
            expected, result = expected_result(frame), server_result(frame)
            is_right = result == expected or (expected == "not json" and result != "valid")
            assert is_right or expected == "ambiguous", frame
            tally("fuzzed frames")


def server_result(text: str) -> str:
    """`valid` for a frame that is a command, or the code of its error. Checks the command or the error frame too."""
    try:
        command = commands.decode(text, MAX_MESSAGE)
    except ProtocolError as error:
        error_frame = protocol.encode(protocol.error_frame(error))
        assert json.loads(error_frame)["code"] in set(ErrorCode)
        assert len(error_frame) <= len(text) + ERROR_BYTES
        return error.code
    assert expected_result(protocol.encode(command)) == "valid"
    return "valid"


@pytest.mark.promise
def test_a_fuzzing_client_gets_every_reply_and_affects_no_other_client(
    conf: Conf, storage: Path, caplog: pytest.LogCaptureFixture, tally: Tally
) -> None:
    conf, rng = dataclasses.replace(conf, rate=0.0, max_message=MAX_MESSAGE), Random(9)
    with virtual_time() as loop:
        hub = Hub(JsonFileStore(storage), conf)
        client = FuzzingClient(loop, build_application(hub, None))
        for _ in range(effort(1_200, torture=40_000)):
            client.send([fuzzed_frame(rng) for _ in range(rng.randint(1, 15))])
        loop.run_until_complete(hub.close())
    tally("fuzzed frames", client.sent)
    assert client.times_closed > 3
    assert len(client.other_ids) > 3, "edits, deletes, reactions, topics and names were stored"
    assert [record["id"] for record in read_records(storage / "lobby.json")] == list(range(1, client.last_id + 1))
    assert not [record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR]
