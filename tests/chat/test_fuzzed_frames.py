"""Frames of every kind: understood or refused as a second reading of the protocol says, and nobody is disturbed."""

import dataclasses
import json
import logging
from pathlib import Path
from random import Random

import pytest

from chat.conf import Conf
from chat.rooms.hub import Hub
from chat.routing import application
from chat.storage.json_files.store import JsonFileStore
from chat.wire import protocol
from chat.wire.protocol import ErrorCode, ProtocolError
from tests.support.core.doubles import read_records
from tests.support.core.fuzzed_frames import fuzzed
from tests.support.core.fuzzing_client import Stranger
from tests.support.core.reference_decoder import MOST, verdict
from tests.support.core.virtual_time_loop import stepped
from tests.support.effort import Tally, effort

BESIDE = 500  # bytes of an error beside what it repeats of the frame


@pytest.mark.promise
def test_every_frame_is_understood_or_refused_as_the_protocol_says(tally: Tally) -> None:
    random = Random(8)
    for _ in range(effort(40_000, torture=1_000_000)):
        frame = fuzzed(random)
        if isinstance(frame, str):
            expected, found = verdict(frame), decoded(frame)
            assert found == expected or expected == "either" or (expected == "refused" and found != "right"), frame
            tally("fuzzed frames")


def decoded(text: str) -> str:
    """`right` for a frame that is understood, or the code of its error; both are looked at themselves."""
    try:
        command = protocol.decode(text, MOST)
    except ProtocolError as error:
        answer = protocol.encode(protocol.error_event(error))
        assert json.loads(answer)["code"] in set(ErrorCode)
        assert len(answer) <= len(text) + BESIDE
        return error.code
    assert verdict(protocol.encode(command)) == "right"
    return "right"


@pytest.mark.promise
def test_a_stranger_is_answered_frame_by_frame_and_disturbs_nobody(
    conf: Conf, storage: Path, caplog: pytest.LogCaptureFixture, tally: Tally
) -> None:
    conf, random = dataclasses.replace(conf, rate=0.0, max_message=MOST), Random(9)
    with stepped() as loop:
        hub = Hub(JsonFileStore(storage), conf)
        stranger = Stranger(loop, application(hub, None))
        for _ in range(effort(1_200, torture=40_000)):
            stranger.send([fuzzed(random) for _ in range(random.randint(1, 15))])
        loop.run_until_complete(hub.close())
    tally("fuzzed frames", stranger.sent)
    assert stranger.closed > 3
    assert [record["id"] for record in read_records(storage / "lobby.json")] == list(range(1, stranger.last_id + 1))
    assert not [record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR]
