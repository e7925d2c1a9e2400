"""WhatsApp's "Export chat": a text file, on its own or in a zip with the media.

reader.py finds the chats of a source and makes entries of their lines. stamps.py reads the date and time in front of a
line, dates.py decides over a whole file which number is the day, speakers.py who says it, bodies.py what it is.
"""

from chat.history.importers.whatsapp.reader import READER

__all__ = ["READER"]
