"""The tables. The statements that read and write them are in the other modules: Django's models only make them.

Foreign keys are not checked by the database: that would cost as much as the insert, and every writer holds the lock of
the room's row.
"""

from django.db import models
from django.db.models import Q


class Room(models.Model):
    """A room. Its row is the lock of every writer, and counts ids, messages and bytes.

    `name_id`, `topic_id`: the events that set these. `changed_ns`: of the last write, in nanoseconds since 1970.
    """

    id = models.BigAutoField(primary_key=True)
    slug = models.TextField()
    name = models.TextField()
    name_id = models.BigIntegerField()
    topic = models.TextField()
    topic_id = models.BigIntegerField()
    epoch = models.TextField()
    created = models.TextField()
    last_id = models.BigIntegerField()
    compacted_id = models.BigIntegerField()
    messages = models.BigIntegerField()
    cleared = models.BigIntegerField()
    size = models.BigIntegerField()
    changed_ns = models.BigIntegerField()

    class Meta:
        db_table = "chat_room"
        constraints = [models.UniqueConstraint(fields=["slug"], name="chat_room_slug")]


class Event(models.Model):
    """A stored record, with the fields of `Record`; the record of the room itself is its row in `Room`.

    Of a message also: `rev`, the last amendment; `edit`, the newest edit; `deletion`, the delete.
    """

    pk = models.CompositePrimaryKey("room_id", "id")
    room = models.ForeignKey(Room, models.CASCADE, db_constraint=False, db_index=False)
    id = models.BigIntegerField()
    type = models.TextField()
    author = models.TextField(null=True)
    username = models.TextField(null=True)
    message = models.TextField(null=True)
    timestamp = models.TextField()
    client_id = models.TextField(null=True)
    reply_to = models.BigIntegerField(null=True)
    target = models.BigIntegerField(null=True)
    emoji = models.TextField(null=True)
    on = models.BooleanField(null=True)
    topic = models.TextField(null=True)
    name = models.TextField(null=True)
    batch = models.BigIntegerField(null=True)
    rev = models.BigIntegerField(null=True)
    edit = models.BigIntegerField(null=True)
    deletion = models.BigIntegerField(null=True)

    class Meta:
        db_table = "chat_event"
        # The room comes last: while PostgreSQL knows of no rows, an index that begins with it is as good as the primary
        # key to find one event, and then the whole room is read for it.
        constraints = [models.UniqueConstraint(fields=["author", "client_id", "room"], name="chat_event_client_id")]
        indexes = [
            models.Index(fields=["room", "target", "id"], name="chat_event_target", condition=Q(target__isnull=False)),
        ]


class Reaction(models.Model):
    """A reaction that is there now: `id` is the event that added it, `since` the one that added its emoji first."""

    pk = models.CompositePrimaryKey("room_id", "target", "emoji", "author")
    room = models.ForeignKey(Room, models.CASCADE, db_constraint=False, db_index=False)
    target = models.BigIntegerField()
    emoji = models.TextField()
    author = models.TextField()
    username = models.TextField()
    id = models.BigIntegerField()
    since = models.BigIntegerField()

    class Meta:
        db_table = "chat_reaction"


class SearchedRoom(models.Model):
    """A room that was searched: messages up to the id `through` have their row in `SearchText`."""

    room_id = models.BigIntegerField(primary_key=True)
    through = models.BigIntegerField()

    class Meta:
        db_table = "chat_searched_room"


class SearchText(models.Model):
    """What is searched of a message (search_texts.py). It is filled later than the message is stored."""

    pk = models.CompositePrimaryKey("room_id", "id")
    room = models.ForeignKey(Room, models.CASCADE, db_constraint=False, db_index=False)
    id = models.BigIntegerField()
    search = models.TextField()
    timestamp = models.TextField()

    class Meta:
        db_table = "chat_search_text"
