"""The sanitizer's short way: HTML that is known to be safe does not go through bleach. Nothing else may take it."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chat.text import markup, sanitizer
from chat.text.sanitizer import is_known_safe, sanitize
from tests.chat.text.test_hostile_markup import messages
from tests.chat.text.test_markup_properties import markup_texts, plain_texts
from tests.support.core.safe_html import Element, assert_safe, element_tree, parse_fragment
from tests.support.effort import Tally
from tests.support.hostile_text import MARK, SCRIPT_URL

REST = ' rel="noopener noreferrer nofollow" target="_blank"'
TAGS = (
    "strong /strong em /em code /code pre /pre ul /ul ol /ol /li /p /a /blockquote br table /table thead /thead tbody "
    "/tbody tr /tr td /td th /th div /div b script"
).split() + [
    'p dir="auto"',
    'p class="emoji" dir="auto"',
    'li dir="auto"',
    'li class="task" dir="auto"',
    'blockquote dir="auto"',
    'td align="right"',
    'ol start="2"',
    f'a href="https://a.example"{REST}',
    f'a href="{SCRIPT_URL}"{REST}',
]
html_texts = st.lists(st.sampled_from([f"<{tag}>" for tag in TAGS] + ["a", "<", ">", "&lt;"]), max_size=12).map("".join)


def written(element: Element) -> str:
    """The start tags and end tags of a tree, in the order in which the renderer writes them."""
    inside = "".join(written(child) for child in element)
    return f"<{element.tag}>{inside}" + ("" if element.tag == "br" else f"</{element.tag}>")


def tag_names(html: str) -> str:
    tags = [piece.partition(">")[0].split(" ")[0] for piece in html.split("<")[1:]]
    return "".join(f"<{tag}>" for tag in tags)


@given(html_texts)
@example('<p dir="auto"><em>a</em><br></p><ul><li dir="auto">b</li></ul>')
@example('<ul><li dir="auto"><li dir="auto"></li></li></ul>')
@example('<p dir="auto"><p dir="auto"></p></p>')
@example("</li>")
@settings(max_examples=1000, deadline=None)
def test_html_that_is_known_to_be_safe_is_parsed_as_it_is_written(html):
    if is_known_safe(html):
        assert_safe(parse_fragment(html).tags)
        assert "".join(written(child) for child in element_tree(html)) == tag_names(html)
        assert sanitize(html) == html


@given(plain_texts | markup_texts)
@settings(max_examples=500, deadline=None)
def test_the_renderer_writes_html_that_is_known_to_be_safe(text):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markup, "sanitize", lambda html: html)
        assert is_known_safe(markup.render(text))


@pytest.mark.promise
def test_hostile_text_makes_html_that_is_known_to_be_safe(monkeypatch: pytest.MonkeyPatch, tally: Tally) -> None:
    """So no message is slow because of what it says."""
    monkeypatch.setattr(sanitizer, "_thread_local", None)  # bleach is out of reach
    for message in messages():
        markup.render(message)
        tally("hostile payloads")


@pytest.mark.parametrize(
    "html",
    [
        f"<{MARK}>",
        f"<p {MARK}>a</p>",
        "<p>a</p>",
        '<p dir="auto">a',
        'a</p>',
        "</>",
        "<",
        "<p",
        "<!-- -->",
        '<p dir="auto"><p dir="auto">a</p></p>',
        '<ul><li dir="auto"><li dir="auto">a</li></li></ul>',
        '<li dir="auto">a</li>',
        "<ul>a<br></ul>",
        f'<p dir="auto"><a href="{SCRIPT_URL}"{REST}>a</a></p>',
        '<p dir="auto"><a href="https://a.example">a</a></p>',
        f'<p dir="auto"><a href="https://a.example"{REST} {MARK}="1">a</a></p>',
        f'<p dir="auto"><a href="https://a.example/" {MARK}="1"{REST}>a</a></p>',
        f'<p dir="auto"><a href="https://a.example"{REST}><em><a href="https://a.example"{REST}>a</a></em></a></p>',
        f'<p dir="auto"><a href="https://a.example" title="a" {MARK}="1"{REST}>a</a></p>',
        '<pre><code class="language-a b">a</code></pre>',
        '<td align="right">a</td>',
        '<P dir="auto">a</P>',
        '<p dir="auto" >a</p>',
        '<br/>',
    ],
)  # fmt: skip
def test_any_other_html_goes_through_bleach(html):
    assert not is_known_safe(html)
    assert_safe(parse_fragment(sanitize(html)).tags)
