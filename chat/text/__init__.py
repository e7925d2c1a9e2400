"""Text: what people type, as safe HTML and as names. Everything here is pure.

markup.py renders a message: blocks.py reads its blocks, inline.py the marks within a line, cost.py bounds the work, and
sanitizer.py has the allow-list. names.py says which names rooms and people may have, confusables.py which names a
reader could mistake for each other. json_depth.py limits how deeply JSON is nested.
This package holds code that needs a text and nothing else. It imports no other package of the app.
"""
