"""What owners do to a room's file with the tools of their machine loses nothing but what the tool takes away."""

import asyncio
import re

import pytest

from tests.support.effort import Tally
from tests.support.tools.owner_tools import TOOLS, Effect, Tool
from tests.support.tools.tool_rows import RUNNING, STOPPED, ToolRows

READABLE = "^(?!.*(damaged|repaired|cannot))"
VERIFIED = {  # what verify_history says of a room
    Effect.KEEPS: READABLE,
    Effect.RESTORES: READABLE,
    Effect.CUTS: READABLE,
    Effect.EMPTIES: "^(?!.*all well)",
    Effect.LAYS_OUT: "to be repaired .* laid out anew by a tool .*--repair-layout",
    Effect.EDITS: r"damaged at line \d+: the checksum does not match",
    Effect.HIDES: "UTF-16|symbolic link",
    Effect.RENAMES: "^$",
}
LOCKING = [tool for tool in TOOLS if "flock" in tool.needs and tool.effect is Effect.KEEPS]
each_tool = pytest.mark.parametrize("tool", TOOLS, ids=[tool.name for tool in TOOLS])


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> ToolRows:
    """Every tool was used, on a running and on a stopped server."""
    rows = ToolRows(tmp_path_factory.mktemp("tools"))
    asyncio.run(rows.run())
    return rows


@pytest.fixture
def _installed(tool: Tool) -> None:
    if tool.missing:
        pytest.skip(f"needs {', '.join(tool.missing)}")


@pytest.mark.promise
@pytest.mark.usefixtures("_installed")
@pytest.mark.parametrize("state", [RUNNING, STOPPED])
@each_tool
def test_a_tool_loses_nothing_but_what_it_takes_away(tool: Tool, state: str, rows: ToolRows, tally: Tally) -> None:
    tally("files changed by an owner's tool")
    violations = rows.rooms[tool.name, state].violations
    assert not violations, "\n".join(violations)


@pytest.mark.usefixtures("_installed")
@each_tool
def test_verify_history_says_what_a_tool_has_done(tool: Tool, rows: ToolRows) -> None:
    room = rows.rooms[tool.name, STOPPED]
    assert re.search(VERIFIED[tool.effect], room.verified), room.verified


@pytest.mark.usefixtures("_installed")
@pytest.mark.parametrize("tool", LOCKING, ids=[tool.name for tool in LOCKING])
def test_under_the_lock_a_tool_rewrites_a_file_without_losing_what_is_posted(tool: Tool, rows: ToolRows) -> None:
    assert rows.rooms[tool.name, RUNNING].poster.resets == 0
