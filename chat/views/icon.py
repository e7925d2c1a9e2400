"""The icon of the page with a number of unread messages. The policy of a page allows it no icon that it drew itself."""

from django.http import HttpRequest, HttpResponse

from chat.views.endpoints import page

MAX_COUNT = 99  # two digits can be read at 16 pixels
SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">\
<path d="M8 1h16a5 5 0 0 1 5 5v11a5 5 0 0 1-5 5H14l-6 5.5V22a5 5 0 0 1-5-5V6a5 5 0 0 1 5-5Z" fill="#1c6b58"/>\
<rect x="{x}" y="13" width="{width}" height="19" rx="6" fill="#a5321d"/>\
<text x="{middle}" y="28" text-anchor="middle" font-family="sans-serif" font-size="16" font-weight="bold" fill="#fff">\
{text}</text></svg>"""


@page(constant=True)
async def badge(request: HttpRequest, count: int) -> HttpResponse:
    """The icon with a number, the same for ever."""
    text = str(count) if count <= MAX_COUNT else f"{MAX_COUNT}+"
    width = 6 + 10 * len(text)
    svg = SVG.format(text=text, width=width, x=32 - width, middle=32 - width / 2)
    return HttpResponse(svg, content_type="image/svg+xml")
