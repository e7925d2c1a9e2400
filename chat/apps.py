"""The Django app of the chat."""

from importlib import import_module

from django.apps import AppConfig


class ChatConfig(AppConfig):
    """Registers the system checks of the chat when Django starts."""

    name = "chat"

    def ready(self) -> None:
        """Import the checks; they register themselves."""
        import_module("chat.checks")
