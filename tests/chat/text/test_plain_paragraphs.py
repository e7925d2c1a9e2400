"""A message without markup has the paragraphs that the page shows while the message is pending."""

import json
from pathlib import Path

import pytest

from chat.text.markup import render

PARAGRAPHS = json.loads((Path(__file__).parents[2] / "fixtures/message_text.json").read_text())["paragraphs"]


@pytest.mark.parametrize(("text", "paragraphs"), PARAGRAPHS)
def test_blank_lines_separate_paragraphs_and_other_blanks_stay(text: str, paragraphs: list[str]) -> None:
    html = render(text).replace("<br>", "\n").replace("&lt;", "<").replace("&amp;", "&")
    html = html.replace("&quot;", '"').replace("&#34;", '"').replace("&#x27;", "'")
    assert html == "".join(f'<p dir="auto">{paragraph}</p>' for paragraph in paragraphs)
