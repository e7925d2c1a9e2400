"""A response as an HTML page or as JSON."""

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from chat.views.request_context import hub_of


def wants_json(request: HttpRequest) -> bool:
    """Whether the client prefers JSON to HTML."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def json_response(content: Any, status: int = 200) -> HttpResponse:
    """JSON, encoded as on the WebSocket."""
    response = HttpResponse(msgspec.json.encode(content), content_type="application/json", status=status)
    response.headers["Cache-Control"] = "no-cache, private"
    return response


async def html_response(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A page. Rendering a template blocks the event loop, so it yields to batches first."""
    await hub_of(request).batch_priority.yield_to_batches()
    return render(request, template, context)
