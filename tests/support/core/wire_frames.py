"""The frames of the protocol: their classes in chat/wire/, and the examples in tests/fixtures/wire.json."""

import json
from pathlib import Path
from typing import Any, Union

import msgspec

from chat.wire import commands, protocol
from chat.wire.commands import Command
from chat.wire.protocol import HistoryFrame, ServerFrame, StoredEvent

FIXTURE: dict[str, dict[str, Any]] = json.loads((Path(__file__).parents[2] / "fixtures" / "wire.json").read_text())
SIDES: dict[str, type[msgspec.Struct]] = {"client": Command, "server": ServerFrame}


def examples(direction: str) -> dict[str, dict[str, Any]]:
    """The frames of the fixture that one side sends, by their names."""
    return {name: case["frame"] for name, case in FIXTURE.items() if case["direction"] == direction}


def frame_classes(base: type[msgspec.Struct]) -> set[type[msgspec.Struct]]:
    """The classes of commands.py and protocol.py below a base, without those that are a base themselves."""
    below = [cls for cls in base.__subclasses__() if cls.__module__ in {commands.__name__, protocol.__name__}]
    return set().union(*(frame_classes(cls) for cls in below)) if below else {base}


def frame_types(base: type[msgspec.Struct]) -> set[object]:
    """The `type` of each of these classes."""
    return {cls.__struct_config__.tag for cls in frame_classes(base)}


def to_server_frame(frame: dict[str, Any]) -> ServerFrame:
    """The object that the server encodes as this frame."""
    if frame["type"] != "history":
        return msgspec.convert(frame, _union(ServerFrame))
    fields = {name: value for name, value in frame.items() if name != "type"}
    return HistoryFrame(**{**fields, "events": msgspec.convert(frame["events"], list[_union(StoredEvent)])})


def _union(base: type[msgspec.Struct]) -> Any:
    classes = frame_classes(base) - {HistoryFrame}  # its events are of a class that is only encoded
    return Union[tuple(classes)]  # noqa: UP007
