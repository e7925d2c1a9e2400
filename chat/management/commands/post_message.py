"""`manage.py post_message`: post from a script. A running server sends it to all clients within a second."""

import sys
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from chat.management.owner_command import USAGE, OwnerCommand
from chat.management.room_choice import room_to_write
from chat.storage import Draft
from chat.text.names import COMMAND_AUTHOR, COMMAND_USERNAME, LOBBY, BadName, clean_username
from chat.wire.commands import clean_message
from chat.wire.errors import ProtocolError
from chat.wire.protocol import MAX_CLIENT_ID


class Command(OwnerCommand):
    help = "Posts a message, and prints its id."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("text", nargs="?", default="-", help="what to say; - or nothing takes stdin")
        parser.add_argument("--room", default=LOBBY, help=f"by address or name; default: {LOBBY}; a new one is made")
        parser.add_argument(
            "--as",
            dest="username",
            type=_username,
            default=COMMAND_USERNAME,
            metavar="NAME",
            help=f"default: {COMMAND_USERNAME}",
        )
        parser.add_argument(
            "--client-id", type=_client_id, metavar="ID", help="the same ID is posted once, however often"
        )

    def act(self, **options: Any) -> None:
        text = _standard_input() if options["text"] == "-" else options["text"]
        try:
            text = clean_message(text, settings.CHAT.max_message, options["client_id"])
            f"{text}{options['client_id']}".encode()
        except ProtocolError as error:
            raise CommandError(error.detail, returncode=USAGE) from None
        except UnicodeEncodeError:
            raise CommandError("The message or its ID is not UTF-8 text.", returncode=USAGE) from None
        draft = Draft(author=COMMAND_AUTHOR, username=options["username"], message=text, client_id=options["client_id"])
        record = self.store.append(room_to_write(self.store, options["room"]), [draft])[0].record
        assert record is not None, "a message that answers none is not refused"
        self.stdout.write(str(record.id))


def _standard_input() -> str:
    """The text of a pipe. No more is read than a message can hold, with some line breaks at its end."""
    if sys.stdin.isatty():
        raise CommandError("Write the message as an argument, or pipe it in.", returncode=USAGE)
    max_bytes = 4 * settings.CHAT.max_message + 8  # of UTF-8
    data = sys.stdin.buffer.read(max_bytes + 1)
    if len(data) > max_bytes:
        limit = f"A message can have {settings.CHAT.max_message} characters"
        raise CommandError(f"{limit}; more than {max_bytes} bytes came in.", returncode=USAGE)
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise CommandError("What came in is not UTF-8 text.", returncode=USAGE) from None


def _username(text: str) -> str:
    try:
        return clean_username(text)
    except BadName as error:
        raise ArgumentTypeError(str(error)) from None


def _client_id(text: str) -> str:
    if not 1 <= len(text) <= MAX_CLIENT_ID:
        raise ArgumentTypeError(f"an ID has 1 to {MAX_CLIENT_ID} characters")
    return text
