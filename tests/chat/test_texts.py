"""Every text that people read goes through the translations. These tests look for the ones that do not."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.live_server import PROJECT

TEMPLATES = sorted((PROJECT / "templates").rglob("*.html"))
SCRIPTS = sorted((PROJECT / "static/chat").rglob("*.js"))
STYLES = sorted((PROJECT / "static/chat/css").rglob("*.css"))
SAME_IN_EVERY_LANGUAGE = {"chatsite", "UTC"}
NOT_FOR_PEOPLE = {"noopener noreferrer nofollow", "not all"}
READ_ALOUD_OR_SHOWN = "alt|title|placeholder|content|aria-label|aria-description|aria-roledescription"

# What is left of a template without its tags, variables and scripts.
_block = re.compile(r"{% blocktranslate.*?{% endblocktranslate %}|{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
_attribute = re.compile(rf"""\s(?:{READ_ALOUD_OR_SHOWN})=(?:"([^"]*)"|'([^']*)')""")
_markup = re.compile(r"<(?:svg|script|style|code|kbd)\b.*?</\w+>|<!doctype[^>]*>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_meta = re.compile(r"<meta\b(?![^>]*\bdescription\b)[^>]*>")
_word = re.compile(r"[^\W\d_]{2,}")

_css_words = re.compile(r"""\bcontent:\s*["']([^"';]*[^\W\d_]{2,}[^"';]*)["']""")
_comment = re.compile(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*", re.DOTALL)
_for_programmers = re.compile(r"(?:new \w*Error|console\.\w+|require\w+)\((?:[^()]|\([^()]*\))*\)")
_translated = re.compile(r"""\bn?gettext\(\s*(?:"[^"]*",?\s*)+""")
# Words like a sentence: a capital letter, a small one, then a blank or the end of a sentence somewhere.
_sentence = re.compile(r"""["`]((?:\$\{[^}]*\} )?[A-Z]?[a-z]+(?: [\w${}.]+)* ?[a-z]+[.…!?]?)["`]""")
_value = re.compile(r"\$\{[^}]*\}")
_shown = re.compile(
    r"""(?:\b(?:say|alert)\(|\b(?:textContent|ariaLabel|placeholder|label|title) ?[=:] ?)"""
    r"""["`]([^"`]*[A-Za-z]{2}[^"`]*)["`]"""
)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_text_of_its_own(path: Path) -> None:
    assert list(_template_texts(path.read_text())) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_translates_its_sentences(path: Path) -> None:
    assert list(_script_texts(path.read_text())) == []


def test_a_style_sheet_has_no_words() -> None:
    """Regression: the line above the unread messages said "New" in German too."""
    sheets = {path.name: path.read_text() for path in STYLES}
    assert {name: words for name, sheet in sheets.items() if (words := _css_words.findall(sheet))} == {}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_gives_its_texts_as_literals(path: Path) -> None:
    """`makemessages` finds no others."""
    if path.name != "translate.js":
        code = _comment.sub("", path.read_text())
        assert re.findall(r"\bgettext\((?!\s*\")[^)]*|\bngettext\((?!\s*\"[^\"]*\",\s*\"[^\"]*\",)[^)]*", code) == []


def test_texts_of_templates_are_found() -> None:
    html = '<p title="A title">{% translate "known" %} unknown {{ name }}</p><meta name="x" content="no text">'
    assert list(_template_texts(html)) == ["A title", "unknown"]


def test_texts_of_scripts_are_found() -> None:
    script = 'alert("Sent"); say(gettext("Known text."), "Unknown text.", `${name} is here`); new Error("not shown");'
    assert list(_script_texts(script)) == ["Unknown text.", "${name} is here", "Sent"]


def _template_texts(html: str) -> Iterator[str]:
    html = _block.sub(" ", html)
    html = _meta.sub("", html)
    attributes = [first or second for first, second in _attribute.findall(html)]
    for text in [*attributes, *_markup.sub("\n", html).split("\n")]:
        if set(_word.findall(text)) - SAME_IN_EVERY_LANGUAGE:
            yield text.strip()


def _script_texts(script: str) -> Iterator[str]:
    code = _translated.sub("", _for_programmers.sub("", _comment.sub("", script)))
    sentences = [text for text in _sentence.findall(code) if " " in text]
    for text in dict.fromkeys([*sentences, *_shown.findall(code)]):
        if _word.search(_value.sub("", text)) and text not in NOT_FOR_PEOPLE:
            yield text
