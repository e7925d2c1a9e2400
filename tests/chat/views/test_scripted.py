"""What only scripts can serve is sent as JSON: browsers without scripts show nothing of it."""

import json
import re

import pytest
from django.template import Context, Engine
from django.utils.translation import get_language, override
from hypothesis import given
from hypothesis import strategies as st

from chat.rooms.hub import Hub
from chat.views import scripted
from chat.views.scripted import element_trees
from tests.support.core.asgi_clients import HttpClient, WebSocketClient
from tests.support.hostile_text import MARK


def test_elements_keep_their_names_attributes_and_texts() -> None:
    html = """
      <button class="a b" type="button" hidden>
        <svg aria-hidden="true"><use href="#icon-down"/></svg>
        <span>Edit &amp; retry</span><i>, </i><input name="x">
      </button>
      <p></p>
    """
    svg = ["svg", {"aria-hidden": "true"}, ["use", {"href": "#icon-down"}]]
    inner = [svg, ["span", {}, "Edit & retry"], ["i", {}, ", "], ["input", {"name": "x"}]]
    button = ["button", {"class": "a b", "type": "button", "hidden": ""}, *inner]
    assert element_trees(html) == [button, ["p", {}]]


@pytest.mark.parametrize("html", ["<p>", "<p></b>", "<p><b></p></b>"])
def test_a_template_with_unclosed_elements_is_a_bug(html: str) -> None:
    with pytest.raises(AssertionError):
        element_trees(html)


@given(st.text())
def test_a_value_stays_text_whatever_it_is(value: str) -> None:
    source = '{% load scripted %}{% scripted "x" %}<p title="{{ value }}">-{{ value }}</p>{% endscripted %}'
    engine = Engine(libraries={"scripted": "chat.views.scripted"})
    script = engine.from_string(source).render(Context({"value": value}))
    assert script.count("<") == 2, "the script's own tags"
    (element,) = json.loads(re.sub(r"<.*?>", "", script))
    title = value.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "�")
    assert element[1]["title"].replace("\r\n", "\n").replace("\r", "\n").replace("\0", "�") == title
    assert element[0] == "p"
    assert all(isinstance(child, str) for child in element[2:])


async def test_the_html_of_a_room_has_nothing_that_only_scripts_can_serve(hub: Hub, http_client: HttpClient) -> None:
    """Regression: text browsers showed dialogs, empty templates, "Nothing said here yet." above fifty messages, "new
    messages" beside every room, and "site" beside every name."""
    async with WebSocketClient(hub, username="ada") as ada:
        await ada.say("hello")
    html = (await http_client.get("/chat/lobby/")).text
    assert "new messages" not in html
    shown = re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
    for text in ("<dialog", "<template", "Nothing said", ">site<", "Try now", "Cancel", "Newest mess"):
        assert text not in shown, text
        if text not in ("<dialog", "<template"):
            assert text.strip("<>") in html
    assert "Nothing said here yet." in (await http_client.get("/chat/empty/")).text


async def test_names_in_scripted_elements_are_escaped(hub: Hub, http_client: HttpClient) -> None:
    await hub.directory.create("nasty", f"</script><{MARK} title='1'>")
    html = (await http_client.get("/chat/nasty/")).text
    script = html.split('id="scripted-elements"')[1].split(">", 1)[1].split("</script>")[0]
    assert f"<{MARK}" not in script
    assert f"Message </script><{MARK} title='1'>" in str(json.loads(script))


def test_a_constant_part_of_a_page_is_rendered_once_for_each_language(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered = []

    def render(name: str) -> str:
        rendered.append((name, get_language()))
        return f"{name} in {get_language()}"

    monkeypatch.setattr(scripted, "_rendered", render)
    template = Engine(libraries={"scripted": "chat.views.scripted"}).from_string(
        '{% load scripted %}{% constant "part-of-a-test.html" %}'
    )
    for language in ("en", "de", "en", "de"):
        with override(language):
            assert template.render(Context()) == f"part-of-a-test.html in {language}"
    assert rendered == [("part-of-a-test.html", "en"), ("part-of-a-test.html", "de")]
