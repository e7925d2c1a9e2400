"""A rendered message as its readers see it: its HTML, its links, its text."""

from html.parser import HTMLParser

from chat.text.markup import render
from chat.text.sanitizer import ADDED_ATTRIBUTES
from tests.support.core.safe_html import assert_safe


class ParsedHtml(HTMLParser):
    """The tags of the HTML with their attributes, and its text with line breaks as a reader sees them."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "br":
            self.text += "\n"

    def handle_endtag(self, tag):
        if tag == "p":
            self.text += "\n\n"

    def handle_data(self, data):
        self.text += data


def block_html(text):
    """The rendered HTML without the added attributes, which every expected value would have to repeat."""
    html = render(text)
    assert_safe(ParsedHtml(html).tags)
    for name, value in {pair for attributes in ADDED_ATTRIBUTES.values() for pair in attributes.items()}:
        html = html.replace(f' {name}="{value}"', "")
    return html


def inline_html(text):
    """The rendered HTML of text that is a single paragraph, without its tags."""
    html = block_html(text)
    assert html.startswith("<p>")
    assert html.endswith("</p>")
    return html[3:-4]


def link_urls(text):
    return [attrs.get("href") for tag, attrs in ParsedHtml(render(text)).tags if tag == "a"]


def visible_text(text):
    return ParsedHtml(render(text)).text.strip("\n")
