"""The content security policy: every response carries it, and the page works under it (page_monitor.py checks that)."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewUser, OpenPage
from tests.support.browser.page_monitor import PageMonitor
from tests.support.effort import Tally
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
    "trusted-types": "chat-html chat-worker",
}
NOTHING_ALLOWED = {"default-src": "'none'", "frame-ancestors": "'none'"}
# Each function writes HTML or code into the page without html.js. Returns the outcome of each.
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
        ("GET", "/static/chat/main.js", 200),
        ("GET", "/service-worker.js", 200),
        ("GET", "/static/nowhere.js", 404),
        ("POST", "/name/", 403),
        ("POST", "/chat/", 403),
    ],
)
def test_every_response_carries_the_policy(server: LiveServer, method: str, path: str, status: int) -> None:
    answer = fetch(server.url + path, method)
    assert answer.status == status
    header = answer.headers["Content-Security-Policy"]
    sent = dict(directive.strip().split(" ", 1) for directive in header.split(";") if " " in directive.strip())
    needs_policy = path == "/service-worker.js" or answer.headers["Content-Type"].startswith("text/html")
    assert POLICY.items() <= sent.items() if needs_policy else sent == NOTHING_ALLOWED
    assert "unsafe" not in header


def test_an_inline_style_has_no_effect_and_is_reported(new_user: NewUser, monitor: PageMonitor) -> None:
    monitor.expect("style-src", "inline style")
    ada = new_user("ada")
    ada.page.evaluate(
        """() => {
          const style = document.createElement("style");
          style.textContent = "body { display: none }";
          document.head.append(style);
        }"""
    )
    ada.send("still here").expect_messages("still here")
    expect(ada.messages).to_be_visible()
    assert any(problem.startswith("securitypolicyviolation") for problem in monitor.problems)


@pytest.mark.promise
def test_every_way_to_write_html_or_code_except_one_throws(
    new_user: NewUser, monitor: PageMonitor, tally: Tally
) -> None:
    monitor.expect("TrustedHTML", "TrustedScript", "TrustedScriptURL", "require-trusted-types-for", "trusted-types")
    ada = new_user("ada")
    outcomes = dict(ada.page.evaluate(SINKS))
    assert set(outcomes.values()) == {"TypeError"}, outcomes
    assert ada.page.evaluate("() => trustedTypes.defaultPolicy") is None
    ada.send("**still** here").expect_messages("still here")
    tally("sinks", len(outcomes))


def test_a_page_of_another_site_cannot_frame_a_room(
    open_page: OpenPage, server: LiveServer, monitor: PageMonitor
) -> None:
    monitor.expect("frame-ancestors", "X-Frame-Options", "Refused to display", "refused to connect")
    page = open_page()
    page.set_content(f"<iframe src='{server.url}/chat/lobby/'></iframe>")
    assert page.frames[1].locator("#composer").count() == 0
    assert any("frame-ancestors" in problem for problem in monitor.problems)
