"""The tables of CHAT_STORAGE=database, step by step: `manage.py migrate` makes them.

0001 makes the tables of chat/models.py, 0002 the index of the search. With CHAT_STORAGE=json nothing of it is used.
"""
