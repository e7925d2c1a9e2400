
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
