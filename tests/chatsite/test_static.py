"""What collectstatic makes of the sources: one module and one style sheet under hashed names, with a source map."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from chatsite.static import StaticFilesStorage

MAIN, HELPER = 'import {helper} from "./helper.js";\nhelper();\n', "export function helper() {}\n"


@pytest.fixture
def source(tmp_path: Path, settings: Any) -> Path:
    """The folder of the sources, which the tests collect into another one."""
    folder = tmp_path / "static"
    folder.mkdir()
    settings.STATICFILES_DIRS = [folder]
    settings.STATIC_ROOT = tmp_path / "collected"
    for name, text in {
        "main.js": MAIN,
        "helper.js": HELPER,
        "main.css": '@import "a.css";\n',
        "a.css": "q {}\n",
    }.items():
        (folder / name).write_text(text)
    return folder


def collect(root: Path) -> StaticFilesStorage:
    call_command("collectstatic", interactive=False, verbosity=0)
    return StaticFilesStorage(location=root, base_url="/static/")


def test_the_hashed_names_are_those_of_bundles_and_the_plain_names_those_of_sources(source: Path) -> None:
    root = source.with_name("collected")
    for _ in range(2):  # over what was collected before, too
        storage = collect(root)
        script = (root / storage.stored_name("main.js")).read_text()
        assert "import" not in script
        assert "function helper" in script
        [source_map] = re.findall(r"sourceMappingURL=(\S+)", script)
        assert (root / source_map).read_text().startswith('{"version": 3, "sources": ["helper.js", "main.js"]')
        assert (root / storage.stored_name("main.css")).read_text() == "q {}\n"
        assert (root / "main.js").read_text() == MAIN
        assert (root / "main.js.map").exists(), "the server looks for the plain name of everything in the manifest"


def test_a_changed_module_changes_the_name_of_the_bundle(source: Path) -> None:
    before = collect(source.with_name("collected")).stored_name("main.js")
    (source / "helper.js").write_text("export function helper() { return 1; }\n")
    assert collect(source.with_name("collected")).stored_name("main.js") != before


def test_a_module_that_cannot_be_bundled_ends_the_command_with_one_line(source: Path) -> None:
    (source / "main.js").write_text('import {other} from "./other.js";\n')
    with pytest.raises(CommandError, match="other.js is imported, but there is no such file"):
        collect(source.with_name("collected"))
