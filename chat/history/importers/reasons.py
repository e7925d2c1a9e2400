"""Reasons for which several readers leave something out, in the same words: they are counted together."""

DIRECT = "direct messages"
JOINS = "joins and leaves"
DELETED = "deleted messages"
EMPTY = "messages without content"
UNKNOWN_EMOJI = "reactions with an emoji that chatsite does not have"
UNNAMED_PEOPLE = "reactions of people whom the export does not name"
