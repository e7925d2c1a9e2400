"""The search of rooms in a database: the table `chat_search_text` (chat/storage/database/search_texts.py).

index.py  the candidates of a query: conditions on its rows, and how many rows are looked at together
"""
