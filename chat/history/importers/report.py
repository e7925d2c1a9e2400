"""What a reader tells about its source beside the entries: rooms, what it leaves out and why, what is broken."""

from typing import NamedTuple

MAX_PROBLEMS_KEPT = 1000  # the others are counted


class SourceRoom(NamedTuple):
    """A room of the source. `direct`: a conversation of a few people, which is imported only if the owner says so."""

    key: str
    name: str
    topic: str = ""
    direct: bool = False


class Problem(NamedTuple):
    """A broken record. `place`: the file and the line or record."""

    place: str
    text: str


class Report:
    """Filled by a reader while it reads.

    `workspace`: set by the reader before its first entry if ids of people are not unique without it: the address of a
    server, the name of a team.
    """

    def __init__(self) -> None:
        self.workspace = ""
        self.rooms: dict[str, SourceRoom] = {}
        self.skipped: dict[str, int] = {}
        self.problems: list[Problem] = []
        self.problem_count = 0
        self.notes: list[str] = []

    def room(self, key: str, name: str, *, topic: str = "", direct: bool = False, private: bool = False) -> None:
        """Tell a room, before its first entry. A room that was told already stays as it is.

        `private`: not everybody could read it in the other chat. That is noted.
        """
        if key not in self.rooms:
            self.rooms[key] = SourceRoom(key, printable(name), printable(topic), direct)
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

    def note(self, text: str) -> None:
        """Say what was decided: "dates are day/month: line 12 has 28/04/23". Each note is kept once."""
        if printable(text) not in self.notes:
            self.notes.append(printable(text))


def printable(text: str) -> str:
    """A text that every terminal takes: names of files may hold bytes that are no characters."""
    return text.encode("utf-8", "backslashreplace").decode()
