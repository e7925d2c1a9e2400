"""The words of a message without its markup. The client does the same: tests/js/model/plain_text.test.js."""

import pytest

from chat.text import markup
from chat.text.plain import plain_text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello Sue", "Hello Sue"),
        ("**so** `much`, ~~x~~", "so much, x"),
        ("a\n\nb\nc\n\n- d\n- e", "a b c d e"),
        ("[there](https://a.example/?b&c)", "there"),
        ("1 < 2 && \"x\" 'y' &lt;", "1 < 2 && \"x\" 'y' &lt;"),
        ("```python\nif a:\n    b", "if a: b"),
        ("", ""),
    ],
)
def test_what_is_left_of_markup(text: str, words: str) -> None:
    assert plain_text(markup.render(text)) == words
