"""The content security policy: sent with every page, and enough for the page to work (see faults.py)."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, Visitor
from tests.support.browser.page_monitor import Faults
from tests.support.effort import Held
from tests.support.live_server import LiveServer, fetch

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "chat-html",
}
# Each writes HTML or code into the page, past html.js; gives what became of each.
SINKS = """() => Object.entries({
  innerHTML: () => { document.body.innerHTML = "<b>hit</b>"; },
  outerHTML: () => { document.querySelector("main").outerHTML = "<b>hit</b>"; },
  insertAdjacentHTML: () => document.body.insertAdjacentHTML("beforeend", "<b>hit</b>"),
  write: () => document.write("<b>hit</b>"),
  setHTMLUnsafe: () => document.body.setHTMLUnsafe("<b>hit</b>"),
  parseFromString: () => new DOMParser().parseFromString("<b>hit</b>", "text/html"),
  createContextualFragment: () => document.createRange().createContextualFragment("<b>hit</b>"),
  srcdoc: () => { document.createElement("iframe").srcdoc = "<b>hit</b>"; },
  template: () => { document.createElement("template").innerHTML = "<b>hit</b>"; },
  handler: () => document.body.setAttribute("onclick", "hit()"),
  script: () => { document.createElement("script").text = "hit()"; },
  scriptSource: () => { document.createElement("script").src = "/static/chat/main.js"; },
  timer: () => setTimeout("hit()"),
  worker: () => new Worker("/static/chat/main.js"),
  policyOfTheSameName: () => trustedTypes.createPolicy("chat-html", {createHTML: (html) => html}),
  defaultPolicy: () => trustedTypes.createPolicy("default", {createHTML: (html) => html}),
  anotherPolicy: () => trustedTypes.createPolicy("another", {createHTML: (html) => html}),
}).map(([name, write]) => {
  try {
    write();
    return [name, "written"];
  } catch (error) {
    return [name, error.name];
  }
})"""


@pytest.mark.promise
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/chat/lobby/", 200),
        ("GET", "/", 302),
        ("GET", "/nowhere/", 404),
        ("GET", "/chat/No%20Room/", 404),
        ("GET", "/chat/lobby", 301),
        ("GET", "/api/rooms/", 200),
        ("GET", "/api/rooms/No/messages", 404),
        ("GET", "/static/chat/icon.svg", 200),
        ("GET", "/static/nowhere.js", 404),
        ("POST", "/name/", 403),
        ("POST", "/chat/", 403),
    ],
)
def test_every_answer_carries_the_policy(server: LiveServer, method: str, path: str, status: int) -> None:
    answer = fetch(server.url + path, method)
    assert answer.status == status
    header = answer.headers["Content-Security-Policy"]
    sent = dict(directive.strip().split(" ", 1) for directive in header.split(";") if " " in directive.strip())
    assert POLICY.items() <= sent.items()
    assert "unsafe" not in header


def test_what_the_policy_forbids_does_not_happen_and_is_noticed(visitor: Visitor, faults: Faults) -> None:
    faults.expect("style-src", "inline style")
    ada = visitor("ada")
    ada.page.evaluate(
        """() => {
          const style = document.createElement("style");
          style.textContent = "body { display: none }";
          document.head.append(style);
        }"""
    )
    ada.say("still here").sees("still here")
    expect(ada.messages).to_be_visible()
    assert any(fault.startswith("securitypolicyviolation") for fault in faults.found)


@pytest.mark.promise
def test_whatever_writes_html_or_code_past_the_one_function_throws(
    visitor: Visitor, faults: Faults, held: Held
) -> None:
    faults.expect("TrustedHTML", "TrustedScript", "TrustedScriptURL", "require-trusted-types-for", "trusted-types")
    ada = visitor("ada")
    outcomes = dict(ada.page.evaluate(SINKS))
    assert set(outcomes.values()) == {"TypeError"}, outcomes
    assert ada.page.evaluate("() => trustedTypes.defaultPolicy") is None
    ada.say("**still** here").sees("still here")
    held("sinks", len(outcomes))


def test_a_page_of_another_site_cannot_frame_a_room(open_page: OpenPage, server: LiveServer, faults: Faults) -> None:
    faults.expect("frame-ancestors", "X-Frame-Options", "Refused to display", "refused to connect")
    page = open_page()
    page.set_content(f"<iframe src='{server.url}/chat/lobby/'></iframe>")
    assert page.frames[1].locator("#composer").count() == 0
    assert any("frame-ancestors" in fault for fault in faults.found)
