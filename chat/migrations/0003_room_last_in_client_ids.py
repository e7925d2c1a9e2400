"""The constraint of the client_ids again, with the room behind them: see models.py."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0002_search_index")]
    operations = [
        migrations.RemoveConstraint("event", "chat_event_client_id"),
        migrations.AddConstraint(
            "event", models.UniqueConstraint(fields=("author", "client_id", "room"), name="chat_event_client_id")
        ),
    ]
