#!/usr/bin/env bash
# Django 5.2.19: makemigrations writes a first migration that migrate refuses, if a model has a composite primary key.
#
# The composite key of one model includes its foreign key to another model. That one has a unique constraint, and a third
# model has a one-to-one field to it as its primary key. The constraint then stands between the models, so that the
# foreign key is added in an operation of its own, behind the one that makes the composite key of it: "Event has no field
# named 'room_id'". Without the constraint, or without the third model, the migration is right. makemigrations and the
# system checks report nothing.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages Django==5.2.19 asgiref==3.13.0 sqlparse==0.6.1
seen=$(observe <<'PYTHON'
import contextlib
import io
import sys
import tempfile
from pathlib import Path

import django
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.core.management import call_command

MODELS = """
from django.db import models

class Event(models.Model):
    pk = models.CompositePrimaryKey("room_id", "number")
    room = models.ForeignKey("Room", models.CASCADE)
    number = models.BigIntegerField()

class Room(models.Model):
    id = models.BigAutoField(primary_key=True)
    slug = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["slug"], name="slug_is_unique")]

class Summary(models.Model):
    room = models.OneToOneField(Room, models.CASCADE, primary_key=True)
"""
temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)
(folder / "rooms").mkdir()
(folder / "rooms/__init__.py").touch()
(folder / "rooms/models.py").write_text(MODELS)
sys.path.insert(0, str(folder))
settings.configure(
    INSTALLED_APPS=["rooms"], DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
)
django.setup()
with contextlib.redirect_stdout(io.StringIO()):
    call_command("check")
    call_command("makemigrations", "rooms", interactive=False)
    try:
        call_command("migrate", interactive=False)
        outcome = "migrate applies what makemigrations wrote"
    except FieldDoesNotExist as error:
        outcome = f"migrate refuses it: {error}"
print(outcome)
PYTHON
)
verdict "migrate applies what makemigrations wrote" "migrate refuses it: Event has no field named 'room_id'" "$seen"
