"""The index of the search on PostgreSQL. Without the extension pg_trgm there is none, and search takes longer."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.utils import DatabaseError

from chat.storage.database.checks import SEARCH_INDEX


def make_index(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Try it; only a superuser, or the owner of the database, may create the extension."""
    connection = schema_editor.connection
    if connection.vendor == "postgresql":
        from django.db import transaction

        try:
            with transaction.atomic(connection.alias):
                for statement in SEARCH_INDEX:
                    schema_editor.execute(statement)
        except DatabaseError:
            pass  # a system check says what to do


class Migration(migrations.Migration):
    dependencies = [("chat", "0001_initial")]
    operations = [migrations.RunPython(make_index, migrations.RunPython.noop, elidable=False)]
