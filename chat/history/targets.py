"""Which room of a file is imported into which room of the chat, as `--room` says. Pure."""

from chat.text.names import ROOM_SLUG_RULE, is_room_slug

Targets = dict[str | None, str]  # by room of the file; None: a room that it does not name


class BadTarget(ValueError):
    """`--room` asks for something impossible. The text says what is possible."""


def targets(available: list[str | None], wanted: list[str], default: str | None) -> Targets:
    """The wanted rooms of the file, each with its room in the chat. Raises `BadTarget`.

    `default` is the room of a file that does not name one.
    """
    if not wanted:
        return {room: room or _default(default) for room in available}
    if len(available) == 1 and len(wanted) == 1 and "=" not in wanted[0]:
        return {available[0]: _valid(wanted[0])}
    chosen: Targets = {}
    for text in wanted:
        room, _, target = text.partition("=")
        if room not in available:
            raise BadTarget(f"The file has no room {room!r}. {_list(available)}")
        chosen[room] = _valid(target or room)
    if len(set(chosen.values())) < len(chosen):
        raise BadTarget("Two rooms cannot go into the same one in one run; import them one after the other.")
    return chosen


def is_chosen(wanted: list[str], target: str) -> bool:
    """Whether `--room` says that this very room of the chat is meant."""
    return any(text.endswith(f"={target}") for text in wanted) or wanted == [target]


def _default(room: str | None) -> str:
    if room is None:
        raise BadTarget("The file does not say which room it is of: choose one with --room.")
    return room


def _valid(target: str) -> str:
    if not is_room_slug(target):
        raise BadTarget(f"{target!r} is not a room: {ROOM_SLUG_RULE}")
    return target


def _list(available: list[str | None]) -> str:
    return f"It has: {', '.join(room or '(one without a name)' for room in available)}."
