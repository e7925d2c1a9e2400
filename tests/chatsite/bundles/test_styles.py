"""Bundles of style sheets."""

import re
from pathlib import Path

import pytest

from chatsite.bundles import BundleError
from chatsite.bundles.styles import has_imports, join_styles

STYLES = Path(__file__).resolve().parents[3] / "static/chat/css"


def test_a_bundle_has_the_rules_of_its_sheets_in_their_order() -> None:
    sources = {
        "css/main.css": '/* The order. */\n@import "first.css";\n@import "second.css";\n',
        "css/first.css": "/* Layers. */\n@layer one, two;\n",
        "css/second.css": '@layer two {\n  q::before {\n    content: "/* kept */";\n  }\n}\n',
    }
    rules = '@layer one, two;\n@layer two {\nq::before {\ncontent: "/* kept */";\n}\n}\n'
    assert join_styles("css/main.css", sources.__getitem__) == rules


def test_an_import_in_a_comment_is_none() -> None:
    assert not has_imports('/*\n@import "a.css";\n*/\nq {}\n')


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ('@import "../other/a.css";', "has to be in the folder of its importer"),
        ('@import url("a.css");', "imports are written as"),
        ('@import "a.css" print;', "imports are written as"),
    ],
)
def test_imports_that_a_bundle_would_change_are_refused(source: str, reason: str) -> None:
    with pytest.raises(BundleError, match=reason):
        join_styles("css/main.css", {"css/main.css": source, "css/a.css": ""}.__getitem__)


def test_the_page_has_every_sheet_once_and_the_order_of_the_layers_first() -> None:
    entries = ["main.css", "on-demand.css"]
    imported = [re.findall(r'^@import "(.*)";$', (STYLES / name).read_text(), re.MULTILINE) for name in entries]
    assert imported[0][0] == "tokens.css"
    of_other_pages = ["search.css", "all-rooms.css"]
    assert sorted(sum(imported, [*entries, *of_other_pages])) == sorted(path.name for path in STYLES.glob("*.css"))
    bundle = join_styles("main.css", lambda name: (STYLES / name).read_text())
    assert re.match(r"@layer [\w, ]+;", bundle)
