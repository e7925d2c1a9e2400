"""The catalogs of chat/locale: they have every text of the sources, translated, and are compiled."""

import re
import shutil
import subprocess
import sys
from gettext import GNUTranslations
from pathlib import Path
from typing import Any

import pytest

from tests.support.live_server import PROJECT

pytestmark = pytest.mark.skipif(not shutil.which("xgettext"), reason="needs Debian's package gettext")

SOURCES = ["chat", "chatsite", "templates", "static"]
LOCALE = PROJECT / "chat/locale"
CATALOGS = sorted(path.relative_to(LOCALE) for path in LOCALE.glob("*/LC_MESSAGES/*.po"))
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w*\}")


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """chat/locale as `make messages` would write it now."""
    copy = tmp_path_factory.mktemp("sources")
    shutil.copy(PROJECT / "manage.py", copy)
    for folder in SOURCES:
        shutil.copytree(PROJECT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for domain in ("django", "djangojs"):
        options = ["--all", "--no-wrap", "--no-obsolete", "--add-location", "file", "--domain", domain]
        command = [sys.executable, "manage.py", "makemessages", *options]
        subprocess.run(command, cwd=copy, check=True, capture_output=True, text=True)
    return copy / "chat/locale"


@pytest.mark.parametrize("catalog", CATALOGS, ids=str)
def test_every_text_of_the_sources_is_in_the_catalog(extracted: Path, catalog: Path) -> None:
    assert _texts(LOCALE / catalog) == _texts(extracted / catalog), "run: make messages"


@pytest.mark.parametrize("catalog", CATALOGS, ids=str)
def test_every_text_is_translated_and_none_is_a_guess(catalog: Path, tmp_path: Path) -> None:
    report = _compile(LOCALE / catalog, tmp_path / "catalog.mo")
    assert re.fullmatch(r"\d+ translated messages\.\n", report), report


@pytest.mark.parametrize("catalog", CATALOGS, ids=str)
def test_the_compiled_catalog_belongs_to_the_readable_one(catalog: Path, tmp_path: Path) -> None:
    _compile(LOCALE / catalog, tmp_path / "catalog.mo")
    assert _entries((LOCALE / catalog).with_suffix(".mo")) == _entries(tmp_path / "catalog.mo"), "run: make messages"


@pytest.mark.parametrize("catalog", CATALOGS, ids=str)
def test_a_translation_has_the_placeholders_of_its_text(catalog: Path) -> None:
    for key, translation in _entries((LOCALE / catalog).with_suffix(".mo")).items():
        text = key[0] if isinstance(key, tuple) else key
        if text:
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(translation)), text


def _texts(path: Path) -> list[str]:
    """The lines of a catalog without the date of its extraction."""
    return [line for line in path.read_text().splitlines() if not line.startswith('"POT-Creation-Date')]


def _compile(source: Path, target: Path) -> str:
    """Compile a catalog. Returns how many texts are translated, guessed and missing, as msgfmt says it."""
    command = ["msgfmt", "--check-format", "--statistics", "--output-file", str(target), str(source)]
    environment = {"LC_ALL": "C", "PATH": "/usr/bin:/usr/local/bin:/opt/homebrew/bin"}
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stderr


def _entries(path: Path) -> dict[Any, str]:
    with path.open("rb") as file:
        entries: dict[Any, str] = vars(GNUTranslations(file))["_catalog"]
    return {key: text for key, text in entries.items() if key != ""}
