"""Names that rooms are about to get. Between the check of a name and its storage another room could get the same one.

Attack: two rooms ask for one name in the same moment, and both get it: one is taken for the other.
"""

from typing import NamedTuple

from chat.text.confusables import skeletons

CLAIM_SECONDS = 5.0  # then the name is stored, and in the list of rooms; or it was refused


class _Claim(NamedTuple):
    name: str
    until: float


class NameClaims:
    """The last name that each room asked for, for some seconds. Of one process; a database compares those of all."""

    def __init__(self) -> None:
        self._claims: dict[str, _Claim] = {}

    def claim(self, name: str, room: str, now: float) -> str | None:
        """Claim a name for a room; or the name that another room has claimed, and that looks like it."""
        self._claims = {slug: claim for slug, claim in self._claims.items() if claim.until > now}
        wanted = skeletons(name)
        for slug, claim in self._claims.items():
            if slug != room and skeletons(claim.name) & wanted:
                return claim.name
        self._claims[room] = _Claim(name, now + CLAIM_SECONDS)
        return None
