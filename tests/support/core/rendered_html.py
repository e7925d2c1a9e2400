"""A message as its readers see it: the HTML that it becomes, its links, its text."""

from html.parser import HTMLParser

from chat.text.markup import FIXED, render
from tests.support.core.safe_html import assert_safe


class Page(HTMLParser):
    """What a browser would make of the HTML: its tags with their attributes, and the text a reader sees."""

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


def shape(text):
    """The rendered HTML without what FIXED adds and every test would have to repeat."""
    html = render(text)
    assert_safe(Page(html).tags)
    for name, value in {pair for fixed in FIXED.values() for pair in fixed.items()}:
        html = html.replace(f' {name}="{value}"', "")
    return html


def inside(text):
    html = shape(text)
    assert html.startswith("<p>")
    assert html.endswith("</p>")
    return html[3:-4]


def links(text):
    return [attrs.get("href") for tag, attrs in Page(render(text)).tags if tag == "a"]


def seen(text):
    return Page(render(text)).text.strip("\n")
