"""A file of a message as a line of its text: chatsite's messages are text alone."""

from chat.history.importers.entry import Attachment
from chat.history.importers.text.markdown import code, link, literal

UNITS = ("bytes", "KB", "MB", "GB")


def attachment_line(attachment: Attachment) -> str:
    """As in `[plan.pdf, 2.1 MB: files/plan.pdf]`: the path is where the export has the file."""
    name = " ".join(attachment.name.split()) or "file"
    size = "" if attachment.size is None else f", {size_of(attachment.size)}"
    if attachment.path:
        return f"[{literal(name)}{size}: {code(' '.join(attachment.path.split()))}]"
    if attachment.url and attachment.url.startswith(("https://", "http://")):
        return f"[{link(name, attachment.url)}{size}]" if size else link(name, attachment.url)
    return f"[{literal(name)}{size}]"


def size_of(size: int) -> str:
    """For people: 2.1 MB, of 1000 KB each."""
    amount, unit = float(size), UNITS[0]
    for unit in UNITS:
        if amount < 1000 or unit == UNITS[-1]:
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if unit == UNITS[0] else f"{amount:.1f} {unit}"
