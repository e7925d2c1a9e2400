"""Text: what people type, as safe HTML and as names. Everything here is pure.

markup.py reads blocks and sanitizes, inline.py reads the marks within a line; names.py says which names rooms and
people may have, confusables.py which names a reader could mistake for each other. Here comes in what needs a text
alone. Imports nothing of the app.
"""
