"""Text: what people type, as safe HTML and as names. Everything here is pure.

markup.py renders a message, within the budget of cost.py:

    blocks.py       its blocks: code_blocks.py (languages.py), quotes.py, lists.py, tables.py, and paragraphs
    inline.py       the marks within a paragraph: delimiters.py decides which are markup, links.py finds addresses
    emoji.py        messages of one to three emoji
    escape.py       text as HTML
    sanitizer.py    the allow-list, and bleach for HTML that is not known to be safe

names.py says which names rooms and people may have, confusables.py which names a reader could mistake for each other.
This package holds code that needs a text and nothing else. It imports no other package of the app.
"""
