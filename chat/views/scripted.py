"""The template tag `{% scripted %}`: elements that only the page's scripts can serve, as JSON instead of HTML.

Text browsers know neither `hidden` nor `<template>` nor `<dialog>`: they show what is in them. So the elements between
`{% scripted %}` and `{% endscripted %}` are written as HTML, and sent as JSON in a `<script>`, of which no browser
shows anything. static/chat/view/scripted.js makes the elements. It parses no HTML: Trusted Types have nothing to allow.
"""

from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

from django import template
from django.conf import settings
from django.template.base import NodeList, Parser, Token
from django.template.loader import render_to_string
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import get_language

CACHE_SIZE = 200  # fragments; the one of a room has 10 KB
VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
Tree = list[Any]  # of an element: its name, a dict of its attributes, and its children: trees, and texts
register = template.Library()


@register.simple_tag
def constant(template_name: str) -> SafeString:
    """`{% constant "chat/_icons.html" %}`: an include that depends on the language only, rendered once for each."""
    return _rendered(template_name) if settings.DEBUG else _cached(template_name, get_language())


def _rendered(template_name: str) -> SafeString:
    return render_to_string(template_name)


@lru_cache(maxsize=CACHE_SIZE)
def _cached(template_name: str, language: str | None) -> SafeString:
    return _rendered(template_name)


@register.tag
def scripted(parser: Parser, token: Token) -> "ScriptedNode":
    """`{% scripted "id" %}...{% endscripted %}`: a `<script>` of that id with the elements as JSON."""
    _, element_id = token.split_contents()
    nodes = parser.parse(("endscripted",))
    parser.delete_first_token()
    return ScriptedNode(nodes, element_id.strip('"'))


class ScriptedNode(template.Node):
    """The tag in a parsed template."""

    def __init__(self, nodelist: NodeList, element_id: str) -> None:
        self.nodelist = nodelist
        self._element_id = element_id

    def render(self, context: template.Context) -> SafeString:
        """The `<script>`."""
        return _script(self.nodelist.render(context), self._element_id)


@lru_cache(maxsize=CACHE_SIZE)
def _script(html: str, element_id: str) -> SafeString:
    return json_script(element_trees(html), element_id)


def element_trees(html: str) -> list[Tree]:
    """The elements of a template's HTML. Blanks between elements are left out if there is a line break among them."""
    builder = _TreeBuilder()
    builder.feed(html)
    builder.close()
    return builder.trees


class _TreeBuilder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._root: Tree = ["", {}]
        self._open = [self._root]

    @property
    def trees(self) -> list[Tree]:
        assert len(self._open) == 1, f"<{self._open[-1][0]}> is not closed"
        return self._root[2:]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        tree = self._append(tag, attrs)
        if tag not in VOID:
            self._open.append(tree)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._append(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        opened = self._open.pop()[0]
        assert opened == tag, f"</{tag}> closes <{opened}>"

    def handle_data(self, data: str) -> None:
        if data.strip() or "\n" not in data:
            self._open[-1].append(data)

    def _append(self, tag: str, attrs: list[tuple[str, str | None]]) -> Tree:
        tree: Tree = [tag, {name: value or "" for name, value in attrs}]
        self._open[-1].append(tree)
        return tree
