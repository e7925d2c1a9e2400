"""What hangs on a Slack message: files, what apps attach, messages that were passed on. Link previews are left out."""

import re
from collections.abc import Iterator

from chat.history.importers.entry import Attachment
from chat.history.importers.fields import Record, mapping, mappings, string
from chat.history.importers.text.markdown import Run, code_block, inline, literal, quote
from chat.history.importers.text.slack import Directory, link_run, markdown, plain
from chat.history.importers.text.slack_blocks import blocks_markdown

_token = re.compile(r"[?&]t=xox[^&#]*")
_documents = ("quip", "canvas", "list", "docs", "space")
_gone = {"tombstone": "deleted file", "hidden_by_limit": "hidden file", "non_owner_file": "file"}


def attached_files(files: list[Record], uploads: dict[str, str]) -> tuple[Attachment, ...]:
    """The files of a message. `uploads`: the files that the export brings, by the ids of files."""
    return tuple(_file(file, uploads) for file in files)


def _file(file: Record, uploads: dict[str, str]) -> Attachment:
    """Its address is behind Slack's login; one that an export token opens for everybody is not kept."""
    gone = _gone.get(string(file, "mode"), "")
    name = string(file, *_names(file)) or gone or "file"
    url = string(file, "url_private") if file.get("is_external") is True else string(file, "permalink", "url_private")
    size = file.get("size")
    return Attachment(
        name=plain_name(name),
        size=size if isinstance(size, int) and size > 0 and not gone else None,
        path=uploads.get(string(file, "id")),
        url=_token.sub("", url) or None,
    )


def _names(file: Record) -> tuple[str, str]:
    """The fields with the name, the better first: canvases, lists and posts have one for people in their title."""
    return ("title", "name") if string(file, "mode") in _documents else ("name", "title")


def plain_name(name: str) -> str:
    """In one line."""
    return " ".join(name.split())


def file_texts(files: list[Record], directory: Directory) -> Iterator[str]:
    """The words in files that Slack shows as part of the message: snippets and mails."""
    for file in files:
        if string(file, "mode") == "snippet" and string(file, "preview"):
            cut = "\n…" if file.get("preview_is_truncated") or file.get("lines_more") else ""
            yield code_block(string(file, "preview").replace("\r\n", "\n").rstrip("\n") + cut)
        elif string(file, "mode") == "email" and string(file, "plain_text"):
            yield quote(literal(string(file, "plain_text").replace("\r\n", "\n").strip("\n")))


def attachment_texts(attachments: list[Record], text: str, directory: Directory) -> Iterator[str]:
    """Markdown of what apps attach and of messages passed on. `text`: that of the message, in which links stand."""
    for attachment in attachments:
        if not _is_preview(attachment, text):
            yield from _attachment(attachment, directory)


def _is_preview(attachment: Record, text: str) -> bool:
    """Whether Slack made it of a link in the message. A message that was passed on has such an address too."""
    if attachment.get("is_share") is True:
        return False
    url = string(attachment, "original_url", "from_url", "app_unfurl_url")
    return bool(url) and (bool(text.strip()) or attachment.get("is_app_unfurl") is True)


def _attachment(attachment: Record, directory: Directory) -> Iterator[str]:
    pretext = string(attachment, "pretext")
    if pretext:
        yield markdown(pretext, directory)
    parts = [part for part in _parts(attachment, directory) if part.strip()]
    if not parts and not pretext:
        parts = [markdown(string(attachment, "fallback", "from_url", "title_link", "image_url"), directory)]
    text = "\n".join(part for part in parts if part.strip())
    if text:
        yield quote(text)


def _parts(attachment: Record, directory: Directory) -> Iterator[str]:
    yield _titled(attachment, ("author_name", "author_subname"), "author_link", directory)
    yield _titled(attachment, ("title",), "title_link", directory)
    yield _body(attachment, directory)
    for field in mappings(attachment, "fields"):
        yield _field(field, directory)
    if image := string(attachment, "image_url"):
        yield inline([link_run(image)])
    for action in mappings(attachment, "actions"):
        if string(action, "url") and string(action, "text"):
            yield inline([link_run(string(action, "url"), plain(string(action, "text"), directory))])
    yield markdown(string(attachment, "footer"), directory)


def _titled(attachment: Record, names: tuple[str, ...], link: str, directory: Directory) -> str:
    title = plain(string(attachment, *names), directory)
    if not title:
        return ""
    run = link_run(string(attachment, link), title) if string(attachment, link) else Run(title)
    return inline([run._replace(bold=True)])


def _body(attachment: Record, directory: Directory) -> str:
    """Its blocks, those of the message that was passed on, or its text."""
    blocks = mappings(attachment, "blocks")
    for each in mappings(attachment, "message_blocks") if not blocks else ():
        blocks += mappings(mapping(each, "message"), "blocks")
    return blocks_markdown(blocks, directory) or markdown(string(attachment, "text"), directory)


def _field(field: Record, directory: Directory) -> str:
    title, value = string(field, "title"), string(field, "value")
    head = inline([Run(plain(title, directory), bold=True)]) if title else ""
    return "\n".join(part for part in (head, markdown(value, directory)) if part)
