"""What hangs on a message of Rocket.Chat: files, what apps attach, and messages that are quoted."""

from collections.abc import Callable, Iterator
from urllib.parse import unquote

from chat.history.importers.entry import Attachment
from chat.history.importers.fields import Record, mapping, mappings, number, string
from chat.history.importers.text.attached import attached_text
from chat.history.importers.text.markdown import Run, inline, quote
from chat.history.importers.text.rocketchat import markdown


def attached_files(record: Record, assets: dict[str, str], size_of: Callable[[str], int]) -> Iterator[Attachment]:
    """Uploads: their attachments have the name, and the size of images.

    `assets`: the files that the export brings, by the ids of files; `size_of` tells the bytes of one.
    """
    sizes = {string(file, "_id"): file for file in [*mappings(record, "files"), mapping(record, "file")]}
    for attachment in mappings(record, "attachments"):
        link = _link(attachment)
        if not _is_file(attachment):
            continue
        # "Export messages" gives all files of a message the id of its first one; the address has their own.
        file_id = link.partition("/file-upload/")[2].partition("/")[0] or string(attachment, "fileId")
        file = sizes.get(file_id, {})
        name = string(attachment, "title") or string(file, "name") or unquote(link.rpartition("/")[2]) or "file"
        size = number(file, "size") or number(attachment, "image_size") or number(attachment, "video_size")
        path = assets.get(file_id)
        size = size_of(path) if path else size or number(attachment, "audio_size")
        yield Attachment(name, size, path, link if link.startswith("http") else None)


def attached_parts(attachment: Record, is_reply: bool) -> Iterator[str]:
    """The words of what apps attach, the caption of a file, and what is quoted unless the message answers it."""
    if string(attachment, "message_link"):
        if not is_reply:
            name = string(attachment, "author_name")
            head = inline([Run(name, bold=True)]) if name else ""
            text = markdown(string(attachment, "text")) or string(attachment, "message_link")
            yield quote("\n".join(filter(None, (head, text))))
        return
    yield markdown(string(attachment, "description"))
    yield markdown(string(attachment, "pretext"))
    if text := attached_text(_shown(attachment), markdown):
        yield quote(text)


def _shown(attachment: Record) -> Record:
    """Without what the line of a file says, and addresses that lead nowhere outside of the server."""
    link, image = _link(attachment), string(attachment, "image_url")
    shown = {**attachment, "title_link": link if link.startswith("http") else ""}
    if _is_file(attachment):
        shown["title"] = ""
    if _is_file(attachment) or not image.startswith("http"):
        shown["image_url"] = ""
    return shown


def _is_file(attachment: Record) -> bool:
    return "/file-upload/" in _link(attachment) or string(attachment, "type") == "file"


def _link(attachment: Record) -> str:
    return string(attachment, "title_link", "image_url", "video_url", "audio_url", "url")
