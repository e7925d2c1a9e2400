"""The app's start: its system checks are registered."""

from importlib import import_module

from django.apps import AppConfig


class ChatConfig(AppConfig):
    """chatsite's one app."""

    name = "chat"

    def ready(self) -> None:
        """Checks register themselves when they are imported."""
        import_module("chat.checks")
