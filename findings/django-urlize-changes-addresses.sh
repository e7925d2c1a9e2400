#!/usr/bin/env bash
# Django 5.2.19: urlize links an address to another one when a parameter is called center, section, region or timestamp.
#
# urlize makes links in plain text. It takes the address for HTML and undoes character references in it, also those of
# old HTML that need no semicolon: `&center=` becomes the sign of a cent and `er=`, `&section=` that of a section and
# `ion=`. The text of the link stays right, its target is wrong: parameters are missing and values have a tail.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages Django==5.2.19 asgiref==3.13.0 sqlparse==0.6.1
seen=$(observe <<'PYTHON'
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

from django.template import Context, Engine

TEMPLATE = Engine().from_string("{{ text|urlize }}")
NAMES = "page", "language", "center", "section", "region", "timestamp", "copy", "notify", "current", "parameter"


class Links(HTMLParser):
    """The addresses that a browser opens."""

    def __init__(self, html):
        super().__init__()
        self.addresses = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.addresses.append(dict(attributes)["href"])


def parameters(address):
    return parse_qsl(urlsplit(address).query)


def is_changed(name):
    address = f"https://127.0.0.1/list?id=1&{name}=2"
    links = Links(TEMPLATE.render(Context({"text": f"See {address} please"})))
    return [parameters(link) for link in links.addresses] != [parameters(address)]


print("changed:", ", ".join(filter(is_changed, NAMES)) or "none")
PYTHON
)
verdict "changed: none" \
    "changed: center, section, region, timestamp, copy, notify, current, parameter" "$seen"
