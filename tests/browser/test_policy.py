"""The content security policy: sent with every page, and enough for the page to work (see faults.py)."""

import pytest
from playwright.sync_api import Error, expect

from tests.browser.conftest import OpenPage, Visitor
from tests.browser.faults import Faults
from tests.live import LiveServer, fetch

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
}


@pytest.mark.parametrize("path", ["/chat/lobby/", "/nowhere/", "/chat/No%20Room/"])
def test_every_page_carries_the_policy(server: LiveServer, path: str) -> None:
    header = fetch(server.url + path).headers["Content-Security-Policy"]
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


def test_html_from_anywhere_but_the_one_function_is_refused(visitor: Visitor, faults: Faults) -> None:
    faults.expect("TrustedHTML", "require-trusted-types-for")
    ada = visitor("ada")
    with pytest.raises(Error, match="TrustedHTML"):
        ada.page.evaluate("() => { document.body.innerHTML = '<b>hit</b>'; }")
    ada.say("still here").sees("still here")


def test_a_page_of_another_site_cannot_frame_a_room(open_page: OpenPage, server: LiveServer, faults: Faults) -> None:
    faults.expect("frame-ancestors", "X-Frame-Options", "Refused to display", "refused to connect")
    page = open_page()
    page.set_content(f"<iframe src='{server.url}/chat/lobby/'></iframe>")
    assert page.frames[1].locator("#composer").count() == 0
    assert any("frame-ancestors" in fault for fault in faults.found)
