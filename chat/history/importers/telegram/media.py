"""What is in Telegram's messages beside text: files, polls, places, contacts."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from chat.history.importers.entry import Attachment
from chat.history.importers.fields import Record, mapping, mappings, number, string
from chat.history.importers.text.markdown import Run, bullet, inline, link
from chat.history.importers.text.telegram import plain
from chat.history.importers.text.telegram_rich import files_of
from chat.history.importers.typed_records import BadRecord, parse_json

_files = (("photo", "photo_file_size"), ("file", "file_size"), ("contact_vcard", "contact_vcard_file_size"))
_others = ("giveaway_information", "giveaway_results", "paid_stars_amount", "story")
_contents = {"poll", "todo_list", "location_information", "contact_information", "game_title", "invoice_information"}
_contents |= {"place_name", "address", "inline_bot_buttons", *_others}
_kinds = {
    "sticker": "sticker",
    "voice_message": "voice message",
    "video_message": "video message",
    "video_file": "video",
    "audio_file": "audio",
    "animation": "GIF",
}
_unnamed_kinds = ("sticker", "voice_message", "video_message", "animation")  # their files have names like sticker.webp


def has_file(record: Record) -> bool:
    """Whether the message has a photo or a file, though it need not be in the export."""
    parts = (record, *files_of(mapping(record, "rich_message"))) if "rich_message" in record else (record,)
    return any(_value(part, key) for part in parts for key, _ in _files)


def attachments(record: Record, folder: str, members: set[str]) -> tuple[Attachment, ...]:
    """The photo and the file of a message. `folder`: where the export has its files; `members`: all names in it."""
    found = [file for part in files_of(mapping(record, "rich_message")) for file in attachments(part, folder, members)]
    for key, size_key in _files:
        if value := _value(record, key):
            path = _path(value, folder, members)
            name = PurePosixPath(path).name if path else ""
            shown = string(record, "file_name") if key == "file" and _shows_its_name(record) else ""
            label = _label(record, key)
            is_named = label in ("file", "photo", "contact")
            found.append(Attachment(shown or (name if is_named and name else label), number(record, size_key), path))
    return tuple(found)


def media_text(record: Record) -> str:
    """Polls, places, contacts and the like as Markdown, "" if there is none."""
    if not _contents & record.keys():
        return ""
    parts = [_poll(record), _todo(record), _place(record), _contact(record), _game(record), _invoice(record)]
    parts += _buttons(record)
    parts += [f"[{key.partition('_')[0]}]" for key in _others if record.get(key) is not None]
    return "\n".join(part for part in parts if part)


def _value(record: Record, key: str) -> str:
    """The path of a file, or why it is not there: in rich messages that is a field of its own."""
    return string(record, key, f"{key}_skip_reason")


def _path(value: str, folder: str, members: set[str]) -> str | None:
    """The path of a file that the export has. Otherwise Telegram writes a sentence: "(File not included. …"."""
    path = value.replace("\\", "/")
    path = f"{folder}/{path}" if folder else path
    return path if path in members else None


def _label(record: Record, key: str) -> str:
    if key != "file":
        return "contact" if key == "contact_vcard" else key
    media = string(record, "media_type")
    label = _kinds.get(media, media.replace("_", " ") or "file")
    if media == "audio_file":
        label = " – ".join(filter(None, (string(record, "performer"), string(record, "title")))) or label
    if emoji := string(record, "sticker_emoji"):
        label = f"{label} {emoji}"
    seconds = number(record, "duration_seconds")
    return label if seconds is None or media == "animation" else f"{label} {seconds // 60}:{seconds % 60:02}"


def _shows_its_name(record: Record) -> bool:
    """Whether Telegram shows the name of the file: of a sticker it shows the picture, of music who plays what."""
    media = string(record, "media_type")
    return media not in _unnamed_kinds and not (media == "audio_file" and string(record, "title"))


def _poll(record: Record) -> str:
    poll = mapping(record, "poll")
    if not poll:
        return ""
    lines = [inline([Run(f"Poll: {plain(poll.get('question'))}", bold=True)])]
    for answer in mappings(poll, "answers"):
        votes = number(answer, "voters")
        counted = "" if votes is None else f" ({votes} {'vote' if votes == 1 else 'votes'})"
        lines.append(bullet(inline([Run(plain(answer.get("text")) + counted)])))
    return "\n".join(lines)


def _todo(record: Record) -> str:
    todo = mapping(record, "todo_list")
    if not todo:
        return ""
    items = [bullet(inline([Run(plain(answer.get("text")))])) for answer in mappings(todo, "answers")]
    return "\n".join([inline([Run(plain(todo.get("title")), bold=True)]), *items])


def _place(record: Record) -> str:
    """A position, a place with a name, or both. Of one that Telegram does not tell, that there was one."""
    label = ", ".join(filter(None, (string(record, "place_name"), string(record, "address"))))
    place = mapping(record, "location_information")
    latitude, longitude = place.get("latitude"), place.get("longitude")
    if isinstance(latitude, (int, float)) and isinstance(longitude, (int, float)):
        url = f"https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}"
        return link(f"Location: {label or f'{latitude}, {longitude}'}", url)
    if label:
        return inline([Run(f"Location: {label}")])
    return "[location]" if "location_information" in record else ""


def _contact(record: Record) -> str:
    contact = mapping(record, "contact_information")
    name = " ".join(filter(None, (string(contact, "first_name"), string(contact, "last_name"))))
    words = ", ".join(filter(None, (name, string(contact, "phone_number"))))
    return inline([Run(f"Contact: {words}")]) if words else ""


def _game(record: Record) -> str:
    title, url = string(record, "game_title"), string(record, "game_link")
    if not title:
        return ""
    head = link(f"Game: {title}", url) if url else inline([Run(f"Game: {title}")])
    return "\n".join(filter(None, (head, inline([Run(string(record, "game_description"))]))))


def _invoice(record: Record) -> str:
    """Telegram writes it as JSON in a text, and not as an object like all others."""
    invoice: object = record.get("invoice_information")
    if isinstance(invoice, str):
        try:
            invoice = parse_json(invoice.encode(errors="replace"))
        except BadRecord:
            return inline([Run(f"Invoice: {invoice}")])
    words = ": ".join(filter(None, (string(invoice, "title"), string(invoice, "description"))))
    return inline([Run(f"Invoice: {words}")]) if words else ""


def _buttons(record: Record) -> Iterator[str]:
    """The buttons below a bot's message that open an address; others do nothing outside of Telegram."""
    rows = record.get("inline_bot_buttons")
    for row in rows if isinstance(rows, list) else ():
        for button in row if isinstance(row, list) else ():
            if (url := string(button, "data")).startswith(("http://", "https://")):
                yield link(string(button, "text") or url, url)
