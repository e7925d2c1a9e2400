"""docs/commands.md documents every option of the owner's commands, and no other."""

import re

import pytest
from django.core.management import BaseCommand, get_commands, load_command_class

from chat.management.commands import export_history
from tests.support.live_server import PROJECT

DOCS = (PROJECT / "docs" / "commands.md").read_text()
OTHERS = {"serve", "runserver", "migrate"}  # no commands on the history
COMMANDS = sorted(name for name, app in get_commands().items() if app == "chat" and name not in OTHERS)
DJANGOS = {option for action in BaseCommand().create_parser("", "")._actions for option in action.option_strings}


def section(command: str) -> str:
    return DOCS.partition(f"\n## {command}\n")[2].partition("\n## ")[0]


def options(command: str) -> set[str]:
    parser = load_command_class("chat", command).create_parser("manage.py", command)
    return {option for action in parser._actions for option in action.option_strings}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_documented_and_no_other(command: str) -> None:
    own = options(command) - DJANGOS - {"--no-input"}
    in_tables = re.findall(r"^\| (`.*?) \|", section(command), re.M)
    named = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", "".join(in_tables)))
    assert named == own


@pytest.mark.parametrize("command", COMMANDS)
def test_every_example_is_one_that_the_command_understands(command: str) -> None:
    known = options(command)
    examples = re.findall(rf"manage\.py {command}([^\n|]*)", section(command))
    assert examples
    for example in examples:
        assert set(re.findall(r"(?<=\s)--?[a-z][a-z-]*", re.sub(r'"[^"]*"', "", example))) <= known


def test_every_format_is_documented() -> None:
    for name in export_history.FORMATS:
        assert f"| `{name}` |" in section("export_history")
