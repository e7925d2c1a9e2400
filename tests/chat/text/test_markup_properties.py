"""Whatever is typed: safe HTML, no error, no word lost, and no more work than a message may cost."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chat.text import markup
from chat.text.markup import MAX_COST, render
from tests.support.core.rendered_html import Page, seen
from tests.support.core.safe_html import assert_safe, bleach_sanitize, nh3_sanitize

pytestmark = pytest.mark.usefixtures("_sanitizer")


# What no keyboard types and the protocol refuses.
words = st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n\t"), max_size=200)
marked = st.lists(
    st.sampled_from(
        [
            "*",
            "**",
            "_",
            "~~",
            "`",
            "```",
            "[",
            "](",
            ")",
            "http://",
            "https://a.b/",
            "mailto:",
            "<",
            ">",
            "&",
            "\\",
            "!",
        ]
        + [
            "\n",
            "\n\n",
            "\n> ",
            "\n- ",
            "\n  - ",
            "\n1. ",
            "\n```\n",
            " ",
            "\t",
            "a",
            "b c",
            "é",
            "&amp;",
            '"',
            "'",
            "😀",
        ]
    ),
    max_size=60,
).map("".join)


@given(words | marked)
@settings(max_examples=300, deadline=None)
@pytest.mark.parametrize("sanitize", [bleach_sanitize, nh3_sanitize], ids=["bleach", "nh3"])
def test_any_text_gives_safe_html_and_never_an_error(sanitize, text):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markup, "sanitize", sanitize)
        assert_safe(Page(render(text)).tags)


@given(words)
@example("a\n\nb")
@settings(max_examples=300, deadline=None)
def test_a_message_without_marks_shows_exactly_what_was_typed(text):
    text = "".join(character for character in text if character not in "*`_~[]:<>-.\\")
    expected = "\n\n".join(part for part in markup.GAP.split(text.strip("\n").replace("\n", "<br>")) if part.strip())
    assert seen(text) == expected.replace("<br>", "\n").strip("\n")


def test_a_message_without_markup_costs_no_parser(monkeypatch):
    monkeypatch.setattr(markup, "_Message", None)
    monkeypatch.setattr(markup, "sanitize", None)
    assert seen("Good morning!\nHow are you: fine? I'm 5 < 6 & snake_case :-)") != ""


HOSTILE = {
    "brackets": "[",
    "empty links": "[](",
    "images": "![",
    "open links": "[a](http://b",
    "stars": "*a ",
    "bold letters": "**a** ",
    "italic letters": "*a* ",
    "open and close": "*a **b ",
    "code letters": "`a` ",
    "strikes": "~~a~~ ",
    "schemes": "http://",
    "addresses": "http://a ",
    "specials": "*&<",
    "backslashes": "\\*",
    "items": "- a\n",
    "numbers": "1. a\n",
    "nested items": "- - - - a\n",
    "quotes": "> a\n\n",
    "paragraphs": "*a*\n\n",
    "lines": "`a`\n",
    "fences": "```\na\n```\n",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_message_that_would_hold_up_the_others_is_shown_plain(piece):
    text = (piece * 4000)[:4000]
    assert render(text) == markup.render_plain(text.strip("\n"))


@pytest.mark.parametrize(
    "text",
    ["_" * 4000, "*" * 4000, "`" * 4000, ">" * 4000, "> " * 2000, "- " * 2000, "~" * 4000, "<" * 4000, "&" * 4000]
    + ["\n".join(" " * depth + "- a" for depth in range(80)), "http://a/" + "x" * 3990, "a.b@c " * 600, "\t" * 4000],
    ids=range(13),
)
def test_what_nests_or_runs_without_end_makes_few_tags(text):
    assert len(Page(render(text)).tags) <= 150


@given(st.lists(st.sampled_from(sorted(set(HOSTILE.values()))), min_size=1, max_size=8))
@settings(max_examples=100, deadline=None)
def test_no_message_makes_more_tags_than_it_was_charged_for(pieces):
    text = ("".join(pieces) * 4000)[:4000]
    if (html := render(text)) != markup.render_plain(text.strip("\n")):
        assert len(Page(html).tags) * markup.Cost.BREAK <= MAX_COST


def test_the_budget_never_bites_on_what_people_write():
    code = "\n".join(f'    if (a[{n}] < b && *c->d) {{ say("x_y", 2 * {n}); }}' for n in range(60))
    messages = [
        f"```c\n{code}\n```",
        "\n".join(f"- item {n} with `code`" for n in range(30)),
        "\n".join(f"- [issue {n}](https://example.org/{n})" for n in range(30)),
        "\n".join(f"{n}. **step {n}** and what to do" for n in range(1, 41)),
        " ".join(f"https://example.org/page/{n}?q=a&b={n}" for n in range(20)),
        "\n".join(f"> line {n}" for n in range(100)) + "\n**no**",
        "\n\n".join("This is *one* of ten **paragraphs**, see `code`. " * 2 for _ in range(10)),
    ]
    for message in messages:
        assert render(message) != markup.render_plain(message)
