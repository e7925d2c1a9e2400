"""What a reader tells about its source beside the entries: rooms, what it leaves out and why, what is broken."""

from typing import NamedTuple

MAX_PROBLEMS_KEPT = 1000  # the others are counted
PEOPLE, BOTS, ROOMS = "people", "bots", "rooms"  # who and what has a name


class SourceRoom(NamedTuple):
    """A room of the source. `direct`: a conversation of a few people, which is imported only if the owner says so.

    `has_telling_ids`: no message of another room has the same id and author, also in other sources, because ids are
    times to the microsecond, for example. Then a room is known by its messages even if its key was another one.
    """

    key: str
    name: str
    topic: str = ""
    direct: bool = False
    has_telling_ids: bool = False


class Problem(NamedTuple):
    """A broken record. `place`: the file and the line or record."""

    place: str
    text: str


class Report:
    """Filled by a reader while it reads.

    `workspace`: set by the reader before its first entry if ids of people are not unique without it: the address of a
    server, the name of a team. `unnamed`: what is called by an id, by its kind (`PEOPLE`, `BOTS`, `ROOMS`). `lacking`:
    why names of a kind are missing, as in "users.json is missing".
    """

    def __init__(self) -> None:
        self.workspace = ""
        self.rooms: dict[str, SourceRoom] = {}
        self.skipped: dict[str, int] = {}
        self.problems: list[Problem] = []
        self.problem_count = 0
        self.notes: list[str] = []
        self.lacking: dict[str, str] = {}
        self.unnamed: dict[str, set[str]] = {}

    def room(
        self,
        key: str,
        name: str,
        *,
        topic: str = "",
        direct: bool = False,
        private: bool = False,
        has_telling_ids: bool = False,
    ) -> None:
        """Tell a room, before its first entry. A room that was told already stays as it is.

        `private`: not everybody could read it in the other chat. That is noted. A room of the source that has no
        messages is told too, so that it is counted.
        """
        if key not in self.rooms:
            self.rooms[key] = SourceRoom(key, printable(name), printable(topic), direct, has_telling_ids)
            if private:
                self.note(f"{name} was a private room: here everybody reads it who can open the site")

    def skip(self, reason: str, count: int = 1) -> None:
        """Count what is not imported, under a reason in the plural: "joins and leaves", "deleted messages"."""
        if count:
            self.skipped[reason] = self.skipped.get(reason, 0) + count

    def problem(self, place: str, text: str) -> None:
        """Name a broken record; the reader goes on behind it. If there is one, nothing is written (--skip-broken)."""
        self.problem_count += 1
        if len(self.problems) < MAX_PROBLEMS_KEPT:
            self.problems.append(Problem(printable(place), printable(text)))

    def lack(self, kind: str, why: str) -> None:
        """Say why the names of a kind are missing. That is a warning if something `has_no_name` then."""
        self.lacking.setdefault(kind, printable(why))

    def has_no_name(self, kind: str, identifier: str) -> str:
        """Note what is called by its id, which is returned."""
        self.unnamed.setdefault(kind, set()).add(printable(identifier))
        return identifier

    def note(self, text: str) -> None:
        """Say what was decided: "dates are day/month: line 12 has 28/04/23". Each note is kept once."""
        if printable(text) not in self.notes:
            self.notes.append(printable(text))


def printable(text: str) -> str:
    """A text that every terminal takes: names of files may hold bytes that are no characters."""
    return text.encode("utf-8", "backslashreplace").decode()
