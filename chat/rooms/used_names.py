"""The names in use in a room, found by what they can be mistaken for. Pure."""

import random
from collections.abc import Iterator
from itertools import chain

from chat.rooms.person import Person
from chat.text.confusables import skeletons
from chat.text.names import COMMAND_USERNAME, MAX_USERNAME

_reserved = skeletons(COMMAND_USERNAME)


class UsedNames:
    """The holders of every name. One name has several only until the processes have agreed on whose it is."""

    def __init__(self) -> None:
        self._holders: dict[str, list[Person]] = {}  # by every skeleton of every name

    def add(self, person: Person) -> None:
        """Note the name of a person."""
        for skeleton in skeletons(person.username):
            self._holders.setdefault(skeleton, []).append(person)

    def remove(self, person: Person) -> None:
        """Forget the name of a person: the one that they had when they were added."""
        for skeleton in skeletons(person.username):
            holders = self._holders[skeleton]
            holders.remove(person)
            if not holders:
                del self._holders[skeleton]

    def holders(self, name: str) -> set[Person]:
        """Whose names can be mistaken for this one."""
        return {person for skeleton in self._holders.keys() & skeletons(name) for person in self._holders[skeleton]}


def is_reserved(name: str) -> bool:
    """Whether a name can be mistaken for that of the owner's commands, which nobody else has.

    `chatsite.` and `chat site` can, too. Between people they are different names.
    """
    letters = "".join(filter(str.isalnum, name))
    return bool((skeletons(name) | skeletons(letters)) & _reserved)


def alternatives(name: str) -> Iterator[str]:
    """`ada`, `ada-2`, `ada-3` and so on, none longer than MAX_USERNAME. After `-20` the numbers are random: a thousand
    guests would otherwise cost a thousand lookups at every arrival."""
    yield name
    for number in chain(range(2, 21), iter(lambda: random.randrange(100, 10**6), None)):  # noqa: S311 - no secret
        suffix = f"-{number}"
        yield name[: MAX_USERNAME - len(suffix)] + suffix
