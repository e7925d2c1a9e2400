"""What HTTP answers: pages, forms, errors and the HTTP API, a module each.

room.py is the page of a room, forms.py makes rooms and sets names, errors.py has every error as a page and as JSON,
api.py is the read-only HTTP API. Here comes in what knows HTTP requests. Imports: rooms, entrance, wire, storage, text.
"""
