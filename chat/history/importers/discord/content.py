"""What a message of Discord says: its text, and what stands beside it (forwards, embeds, polls, stickers, files)."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from chat.history.importers.entry import Attachment
from chat.history.importers.fields import Record, mapping, mappings, number, string
from chat.history.importers.text.discord import markdown
from chat.history.importers.text.markdown import Run, bullet, inline, link, quote

_expiring = ("https://cdn.discordapp.com/", "https://media.discordapp.net/")  # links work for a day

MAX_ROWS_DEPTH = 5  # of components in each other; Discord's own have three


def text_of(record: Record) -> str:
    """The Markdown of a message. One of which the export has nothing gets a line that says so."""
    parts = [_command(record), _text(record), _forwarded(record), *_embeds(record), _poll(record), *_stickers(record)]
    parts += _button_rows(record)
    text = "\n".join(part for part in parts if part)
    return text if text or _files(record) else "[no text in the export]"


def attachments(record: Record, folder: str, members: set[str]) -> tuple[Attachment, ...]:
    """The files of a message and of the one that it forwards. `folder`: of the file; `members`: all names."""
    return tuple(_attachment(file, folder, members) for file in _files(record))


def _files(record: Record) -> list[Record]:
    return mappings(record, "attachments") + mappings(mapping(record, "forwardedMessage"), "attachments")


def _attachment(file: Record, folder: str, members: set[str]) -> Attachment:
    """The address is a path on the machine that exported, with its separators, if the files were downloaded."""
    url = string(file, "url")
    path = url.replace("\\", "/").removeprefix("./")
    path = f"{folder}/{path}" if folder else path
    name = string(file, "fileName") or PurePosixPath(path).name or "file"
    is_link = url.startswith(("https://", "http://")) and not url.startswith(_expiring)
    return Attachment(name, number(file, "fileSizeBytes"), path if path in members else None, url if is_link else None)


def _text(record: Record) -> str:
    mentioned = (string(person, key) for person in mappings(record, "mentions") for key in ("nickname", "name"))
    return markdown(string(record, "content"), mentioned)


def _command(record: Record) -> str:
    """Who used which command, above the answer of the bot."""
    command = mapping(record, "interaction")
    user = mapping(command, "user")
    name = string(user, "nickname", "name")
    return inline([Run(f"{name} used /{string(command, 'name')}".strip(), italic=True)]) if command else ""


def _forwarded(record: Record) -> str:
    forwarded = mapping(record, "forwardedMessage")
    if not forwarded:
        return "*Forwarded a message*" if string(mapping(record, "reference"), "type") == "Forward" else ""
    parts = [_text(forwarded), *_embeds(forwarded), *_stickers(forwarded)]
    text = "\n".join(part for part in parts if part)
    return f"*Forwarded:*\n{quote(text)}" if text else "*Forwarded:*"


def _embeds(record: Record) -> Iterator[str]:
    """What bots and feeds show in a box. Previews of links that are in the text say nothing new."""
    content = string(record, "content")
    for embed in mappings(record, "embeds"):
        url = string(embed, "url")
        is_preview = url and (url in content or ("://" in content and not mapping(record, "author").get("isBot")))
        if not is_preview and (text := _embed(embed)):
            yield quote(text)


def _embed(embed: Record) -> str:
    author, title, url = mapping(embed, "author"), string(embed, "title"), string(embed, "url")
    lines = [
        inline([Run(string(author, "name"), bold=True, link=string(author, "url") or None)]),
        inline([Run(title or url, bold=True, link=url or None)]) if title or url else "",
        markdown(string(embed, "description")),
    ]
    for field in mappings(embed, "fields"):
        lines += [inline([Run(string(field, "name"), bold=True)]), markdown(string(field, "value"))]
    if not any(lines):
        lines += [_address(mapping(embed, key)) for key in ("image", "video", "thumbnail")]
        lines += [_address(image) for image in mappings(embed, "images")]
    lines.append(inline([Run(string(mapping(embed, "footer"), "text"))]))
    return "\n".join(line for line in lines if line)


def _address(media: Record) -> str:
    found = next((value for key in ("canonicalUrl", "url") if (value := string(media, key)).startswith("http")), "")
    return inline([Run(found)])


def _poll(record: Record) -> str:
    poll = mapping(record, "poll")
    if not poll:
        return ""
    lines = [inline([Run(f"Poll: {_words(poll.get('question'))}", bold=True)])]
    for answer in mappings(poll, "answers"):
        votes = next(
            (count for key in ("voteCount", "votes", "count") if (count := number(answer, key)) is not None), None
        )
        words = _words(answer.get("text") or answer.get("pollMedia") or answer.get("poll_media"))
        lines.append(bullet(inline([Run(words if votes is None else f"{words} ({votes})")])))
    return "\n".join(lines)


def _words(value: object) -> str:
    if isinstance(value, dict):
        return string(value, "text")
    return value if isinstance(value, str) else ""


def _button_rows(record: Record, depth: int = 0) -> Iterator[str]:
    """The buttons below a message, a line for each row. Of other components the export has no words."""
    components = mappings(record, "components")
    buttons = [_button(each) for each in components if string(each, "type") == "Button"]
    if line := " ".join(filter(None, buttons)):
        yield line
    for each in components if depth < MAX_ROWS_DEPTH else ():
        yield from _button_rows(each, depth + 1)


def _button(component: Record) -> str:
    emoji = mapping(component, "emoji")
    sign = string(emoji, "name") if emoji and not string(emoji, "id") else ""
    label, url = f"{sign} {string(component, 'label')}".strip(), string(component, "url")
    return link(label or url, url) if url else inline([Run(f"[{label}]")]) if label else ""


def _stickers(record: Record) -> Iterator[str]:
    for sticker in mappings(record, "stickers"):
        yield inline([Run(f"[sticker {string(sticker, 'name')}]".replace(" ]", "]"))])
