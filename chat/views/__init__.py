"""HTTP: the page of a room, the forms, every error, and the read-only API, a module each.

chat/urls.py lists the views. A decorator of endpoints.py makes each of them: it restricts the methods and answers every
error; rows.py renders messages and room links, scripted.py what only scripts can serve, responses.py the answers;
request_context.py reads the hub and the address from a request.
This package holds code that knows HTTP requests. It may import rooms, entrance, wire, storage, text and conf.
"""
