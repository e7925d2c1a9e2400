"""The scripts in findings/ keep to their form. `make findings` runs them; nothing here needs the network."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.live_server import PROJECT

FINDINGS = sorted((PROJECT / "findings").glob("*.sh"))
SHARED = sorted((PROJECT / "findings/lib").glob("*.*"))
TITLE = re.compile(r"# (?P<name>[A-Za-z][\w-]*) (?P<version>\d[\d.]*)(?:, \w+)?: \S.*\.")
PINNED = re.compile(r"(?P<name>[\w-]+)(?:(?:==|@)(?P<version>\d[\d.]*(?:post\d+)?)|=(?P<debian>\d[\w.+~]*)-[\w.+~]+)")
REQUIREMENTS = dict(
    line.split(" ; ")[0].lower().split("==")
    for file in ("requirements.txt", "requirements-dev.txt")
    for line in (PROJECT / file).read_text().splitlines()
    if "==" in line
)
each_finding = pytest.mark.parametrize("finding", FINDINGS, ids=[path.stem for path in FINDINGS])


def installed(finding: Path) -> list[str]:
    """The packages that a finding installs, as it names them."""
    text = finding.read_text().replace("\\\n", " ")
    return " ".join(re.findall(r"^with_(?:npm_|debian_)?packages (.*)$", text, re.MULTILINE)).split()


def test_there_are_findings() -> None:
    assert len(FINDINGS) >= 6


@each_finding
def test_a_finding_can_be_run_and_stops_at_errors(finding: Path) -> None:
    lines = finding.read_text().splitlines()
    assert os.access(finding, os.X_OK)
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -eu" in lines
    assert lines.index("set -eu") < 12


@each_finding
def test_a_finding_names_its_software_and_pins_every_package(finding: Path) -> None:
    title = TITLE.fullmatch(finding.read_text().splitlines()[1])
    assert title
    pins = {}
    for package in installed(finding):
        pinned = PINNED.fullmatch(package)
        assert pinned, f"{package} has no version"
        pins[pinned["name"].lower()] = pinned["version"] or pinned["debian"]
    name = title["name"].lower()
    assert pins.get(name, pins.get(f"python-{name}")) == title["version"]


@each_finding
def test_a_finding_is_about_the_versions_that_chatsite_uses(finding: Path) -> None:
    for package in installed(finding):
        name, _, version = package.lower().partition("==")
        assert version == REQUIREMENTS.get(name, version)


@pytest.mark.parametrize("file", FINDINGS + SHARED, ids=lambda path: path.name)
def test_a_finding_uses_no_code_of_chatsite_and_no_other_machine(file: Path) -> None:
    text = file.read_text()
    assert not re.search(r"chatsite|manage\.py|requirements|(?:import|from) chat\b", text)
    assert {host for host in re.findall(r"\b(?:https?|wss?)://([\w.-]*)", text) if host} <= {"127.0.0.1"}
    assert not re.search(r"pkill|killall|--index-url|--registry", text)


def test_make_help_lists_the_findings() -> None:
    listed = subprocess.run(["make", "help"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    assert "make findings" in listed
