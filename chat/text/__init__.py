"""Text: what people type, as safe HTML and as names. Everything here is pure.

markup.py renders a message within the budget of cost.py: blocks.py reads its blocks (code_blocks.py, quotes.py,
lists.py, tables.py), inline.py the marks within a paragraph (delimiters.py, backslashes.py), links.py the
addresses, emoji.py messages of few emoji. escape.py turns text into HTML; sanitizer.py has the allow-list, and bleach.
plain.py takes the words of that HTML alone; literal.py is the inverse: markup that is shown as a given text.
emoji_names.py finds an emoji by its name or spelling. folding.py folds text for comparing: what people take for the
same becomes the same. normalizing.py bounds the time that Unicode normalization takes.
names.py says which names rooms and people may have, confusables.py which names a reader could mistake for each other.
json_depth.py limits how deeply JSON is nested. This package imports no other package of the app.
"""
