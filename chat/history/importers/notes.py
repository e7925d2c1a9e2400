"""What readers say of several formats in the same words."""


def private_room(name: str, title: str) -> str:
    """A note about a room that not everybody could read in the other chat. `title`: that of its format."""
    return f"{name} is a private room in {title}: here everybody reads it who can open the site"
