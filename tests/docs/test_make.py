"""The Makefile takes another interpreter, as CONTRIBUTING.md says."""

import os
import re
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


def commands(*arguments: str, **env: str) -> str:
    """What make would run, if nothing were installed yet."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "PYTHON", "VENV"))}
    make = ["make", "--dry-run", "--always-make", *arguments]
    return subprocess.run(make, cwd=PROJECT, env={**own, **env}, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("python", ["python3.13", "/usr/local/bin/python3.13"])
def test_another_interpreter_gets_packages_of_its_own(python: str) -> None:
    planned = commands("test", f"PYTHON={python}")
    for requirements in ("requirements.txt", "requirements-dev.txt"):
        assert f"VENV=.venv/python3.13 scripts/install {requirements}\n" in planned
    assert "\n.venv/python3.13/bin/python scripts/run_tests.py\n" in planned
    assert not re.search(r"\.venv/(?!python3\.13[/ ])", planned)


@pytest.mark.parametrize("env", [{}, {"PYTHON": "python3.13"}])
def test_the_packages_are_in_dot_venv_otherwise(env: dict[str, str]) -> None:
    planned = commands("test", **env)
    assert "VENV=.venv scripts/install requirements.txt\n" in planned
    assert "\n.venv/bin/python scripts/run_tests.py\n" in planned
