"""Who says a line: the name in front of ": ", which may hold ": " itself, and is missing in lines of news."""

import re
from os.path import commonprefix
from typing import NamedTuple

from chat.history.importers.whatsapp.bodies import LRM
from chat.history.importers.whatsapp.stamps import MARKS

MAX_NAME = 200  # characters: longer ones are news with a colon in it
MIN_LINES = 3  # that all have the same words and ": " behind a name, until they belong to it

_marks = re.compile(f"[{MARKS}]")
_spaces = re.compile(r"\s+")
# With those that close them.
_quotes = {"“": "”", "”": "”", "«": "»", "»": "«", "„": "“”", "「": "」", "『": "』", '"': '"'}
_within_word = re.compile(r'(?<=\w)"(?=\w)')  # of Hebrew abbreviations


class Person(NamedTuple):
    """`id`: the name in the export, with the `~` of somebody who is no contact. `name`: without it."""

    id: str
    name: str


class Speakers:
    """The people of one file. Names are learnt from a part of it first, for those that hold ": "."""

    def __init__(self) -> None:
        self.known: dict[str, Person] = {}  # by the text in front of ": ", names that hold ": " not among them
        self._begins: dict[str, tuple[str, int]] = {}  # what all texts behind a name begin with, and how many there are
        self._longer: dict[str, str] = {}  # first part of a name that holds ": " -> all of it

    def learn(self, name: str, text: str) -> None:
        """Take a line into account: what stands in front of its first ": ", and behind it."""
        begin, count = self._begins.get(name, (text, 0))
        if begin:
            self._begins[name] = (commonprefix((begin, text)), count + 1)

    def learnt(self) -> None:
        """All lines to learn from were there."""
        for name, (begin, count) in self._begins.items():
            own, colon, rest = begin.rpartition(": ")
            if colon and (count >= MIN_LINES or (count > 1 and rest.startswith(LRM))):
                self._longer[name] = f"{name}: {own}"

    def split(self, body: str) -> tuple[Person, str] | None:
        """Who says this, and what. None if it is news. For a body whose name is not in `known`, or any other."""
        line = body.partition("\n")[0]
        name, colon, _ = line.partition(": ")
        if not colon:
            name = line.removesuffix(":")  # a text that begins below its name
            is_known = line.endswith(":") and (name in self.known or name in self._longer.values())
            return (self.person(name), body[len(line) + 1 :]) if is_known else None
        if (longer := self._longer.get(name)) and line.startswith(f"{longer}: "):
            return self.person(longer), body[len(longer) + 2 :]
        if not is_name(name):
            return None
        person = self.person(name)
        if name not in self._longer:
            self.known[name] = person
        return person, body[len(name) + 2 :]

    def person(self, name: str) -> Person:
        cleaned = clean_name(name)
        return Person(cleaned, cleaned.removeprefix("~").lstrip() or cleaned)


def clean_name(name: str) -> str:
    """A name without direction marks, its spaces plain ones."""
    return _spaces.sub(" ", _marks.sub("", name)).strip()


def is_name(text: str) -> bool:
    """Not `Anna changed the group name from "Plot`: the text in front of a colon that stands in quotes."""
    return len(text) <= MAX_NAME and not _ends_in_quotes(_within_word.sub("", text))


def _ends_in_quotes(text: str) -> bool:
    closing = ""
    for character in text:
        if closing:
            closing = "" if character in closing else closing
        else:
            closing = _quotes.get(character, "")
    return bool(closing)
