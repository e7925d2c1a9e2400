"""HTTP: pages, forms, errors and the read-only API.

    room.py              the home page and the page of a room
    rows.py              messages and room links as cached HTML, for that page
    forms.py             the two forms: create a room, choose a name
    api.py               the JSON API: rooms and messages
    endpoints.py         `page`, `form`, `api_resource`: what makes a function a view
    errors.py            every error response, and the HTTP status of each error code
    responses.py         a response as HTML or as JSON
    request_context.py   the hub and the address limits of a request

chat/urls.py lists the views. Each of them is made by a decorator of endpoints.py.
"""
