"""What messages of other chats look like in chatsite's Markdown: one module for each dialect.

markdown.py makes chatsite's Markdown from plain text and styled runs; the dialects use it and nothing else of the
kind. All are pure functions of text.
"""
