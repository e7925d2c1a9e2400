"""Logs of IRC: WeeChat, irssi, ZNC, EnergyMech, HexChat, mIRC, Eggdrop, Konversation, Textual; a file or folder.

reader.py makes entries of the lines of a log. styles.py knows how each program writes a line, conversations.py what a
log is of and on which day it begins, by its path.
"""

from chat.history.importers.irc.reader import READER

__all__ = ["READER"]
