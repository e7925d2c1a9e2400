"""Which room of a file goes into which room of the chat, as `--room` says. Pure."""

from chat.text.names import is_room

Targets = dict[str | None, str]  # None: the room of a file that does not say which it is


class BadTarget(ValueError):
    """What `--room` asks for cannot be. The text says what can."""


def targets(there: list[str | None], wanted: list[str], default: str | None) -> Targets:
    """The rooms of the file that are wanted, each with its room in the chat. Raises `BadTarget`.

    `default` is the room of a file that does not say which room it is of.
    """
    if not wanted:
        return {room: room or _default(default) for room in there}
    if len(there) == 1 and len(wanted) == 1 and "=" not in wanted[0]:
        return {there[0]: _valid(wanted[0])}
    chosen: Targets = {}
    for text in wanted:
        room, _, target = text.partition("=")
        if room not in there:
            raise BadTarget(f"The file has no room {room!r}. {_list(there)}")
        chosen[room] = _valid(target or room)
    if len(set(chosen.values())) < len(chosen):
        raise BadTarget("Two rooms cannot go into the same one in one run; import them one after the other.")
    return chosen


def _default(room: str | None) -> str:
    if room is None:
        raise BadTarget("The file does not say which room it is of: choose one with --room.")
    return room


def _valid(target: str) -> str:
    if not is_room(target):
        raise BadTarget(f"{target!r} is not a room: 1 to 64 of a-z, 0-9 and -, with a letter or digit first")
    return target


def _list(there: list[str | None]) -> str:
    return f"It has: {', '.join(room or '(one without a name)' for room in there)}."
