"""`manage.py migrate`: Django's, which says in one sentence why the database could not be used."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as DjangoCommand
from django.db import OperationalError


class Command(DjangoCommand):
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            super().handle(*args, **options)
        except OperationalError as error:
            reason = str(error).splitlines()[0].rstrip(".")
            raise CommandError(f"{reason}. Start the database, or correct DATABASE_URL.") from None
