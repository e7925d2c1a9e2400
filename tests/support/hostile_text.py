"""Text that must stay text: the payloads of the package brs-kb, and strings written for this renderer and this page.

The strings here do nothing by themselves. They carry a mark, an element or an attribute named MARK, and the tests look
for the mark outside of text: in the allow-list check of the rendered HTML, and in the DOM of a page (page_monitor.py).
"""

from collections.abc import Sequence
from functools import cache
from itertools import product

import brs_kb

from chat.wire.commands import clean_message
from chat.wire.errors import ProtocolError

MARK = "x-mark"
SCRIPT_URL = f"javascript:({MARK})"
URLS = [
    SCRIPT_URL,
    f"JaVaScRiPt:({MARK})",
    f" javascript:({MARK})",
    f"java\tscript:({MARK})",
    f"java\nscript:({MARK})",
    f"&#106;avascript:({MARK})",
    f"&#x6A;avascript&colon;({MARK})",
    f"javascript&#58;({MARK})",
    f"java&Tab;script&colon;({MARK})",
    f"java&NewLine;script:({MARK})",
    f"javascript%3A({MARK})",
    f"%6Aavascript:({MARK})",
    f"\u200bjavascript:({MARK})",
    f"java\u00adscript:({MARK})",
    f"\uff4aavascript:({MARK})",
    f"javascript\uff1a({MARK})",
    f"\u2028javascript:({MARK})",
    f"javascript://https://a.example/%0a({MARK})",
    f"javascript:https://a.example/*/({MARK})",
    f"vbscript:({MARK})",
    f"data:text/html,<{MARK}>",
    "data:text/html;base64,PHgtbWFyaz4=",
    f"data:image/svg+xml,<svg {MARK}>",
    f"DATA&colon;text/html,<{MARK}>",
    "blob:https://a.example/1",
    "filesystem:https://a.example/1",
    "view-source:https://a.example",
    f"feed:javascript:({MARK})",
    f"file:///{MARK}",
    f"intent://{MARK}",
    f"//{MARK}.invalid",
    f"\\\\{MARK}.invalid",
    f"/\\{MARK}.invalid",
    f"http:javascript:({MARK})",
    f"http:{MARK}.invalid",
    f"httpx://{MARK}.invalid",
    f"http&colon;//{MARK}.invalid",
    f"https:\n//{MARK}.invalid",
    f'https://a.example/"{MARK}="1',
    f"https://a.example/'{MARK}='1",
    f"https://a.example/><{MARK}>",
    f"https://a.example/`{MARK}=1",
    "https://a.example/\u202egpj.exe",
    f"https://javascript:({MARK})@{MARK}.invalid",
    f"mailto:a@a.example?body=<{MARK}>",
    f"mailto:javascript:({MARK})",
]
LINK_FORMS = [
    "{}",
    "<{}>",
    "**{}**",
    "[x]({})",
    "[x](<{}>)",
    '[x]({} "title")',
    "[x](\n{}\n)",
    "[x](\\{})",
    "[x\\]({})",
    "![x]({})",
    "[**x** `y` ~~z~~]({})",
    "[![x]({})]({})",
    "[[x]({})]({})",
    "[x [y]({}) z]({})",
    "[https://a.example]({})",
    "[x][y]\n\n[y]: {}",
    "[{}]",
    "[x](https://a.example/?u={})",
    "[{}](https://a.example)",
    "<a href='{}'>x</a> *y*",
    "> [x]({})",
    "- [x]({})\n- {}",
]
INFO_STRINGS = [
    f'"><{MARK}>',
    f'"{MARK}="1',
    f"js {MARK}=1",
    f"</code></pre><{MARK}>",
    f"&quot;{MARK}=1",
    "language-js",
    "../../x",
    "x`y",
    "{{7*7}}",
    "c++++++++++++++++++++++++",
]
FENCE_FORMS = [
    "```{}\nx\n```",
    "~~~{}\nx\n~~~",
    "> ```{}\n> x\n> ```",
    "```\n```{}\n```",
    f"`````{{}}\n```\n<{MARK}>\n`````",
    "``{}``",
]
# Elements whose content HTML parsers treat in a way of its own.
SPECIAL_ELEMENTS = (
    "math svg style script textarea title noscript template select listing xmp iframe form table plaintext".split()
)
ELEMENT_FORMS = [f"<{{}}><{MARK}>*x*</{{}}>", f"*x*</{{}}><{MARK}>", f"<{{}} {MARK}>*x*"]
MARKUP_AND_HTML = [
    f"<![CDATA[><{MARK}>]]> *x*",
    f"<?{MARK}?> *x*",
    f"<!--><{MARK}>--> *x*",
    f"<!--!> <{MARK}> --!> *x*",
    f"**<{MARK}//**",
    f"`<p` {MARK}>",
    f"*<p* ~~{MARK}~~=`1`>",
    f"[<{MARK}>](https://a.example)",
    f"[x](https://a.example '<{MARK}>')",
    f'<p dir="auto" {MARK}="1">*x*</p>',
    f'<a href="https://a.example" rel="noopener noreferrer nofollow" target="_blank" {MARK}="1">*x*</a>',
    f'<code class="language-js" {MARK}="1">*x*</code>',
    f'<ol start="1" {MARK}="1"><li>*x*</li></ol>',
    f"</p></div></li></ol></main><h1 {MARK}>*x*</h1>",
    f"<br/{MARK}=1>*x*<br/>",
    f"&lt;{MARK}&gt; *x*",
    f"&#60;{MARK}&#62; *x*",
    f"&amp;lt;{MARK}&amp;gt; *x*",
    f"&LT;{MARK}&GT; &nvlt; &lt &lt\n *x*",
    f"\ufffe<\u200b{MARK}> *x*",
    f"\uff1c{MARK}\uff1e *x*",
]
# Text that would end, or become part of, something else that a page of ours holds: scripts, templates, ids, objects.
PAGE_FRAGMENTS = [
    f"</script><{MARK}>",
    "<!--<script>",
    f"<!-- <script> </script><{MARK}> -->",
    f"</SCRIPT/><{MARK}>",
    f"]]></script><{MARK}>",
    f'"}};{MARK};//',
    f"';{MARK};//",
    f"\\u003c/script\\u003e\\u003c{MARK}\\u003e",
    "\\x3c/script>",
    f"\u2028{MARK}\u2029",
    f'{{"__proto__":{{"html":"<{MARK}>"}}}}',
    "__proto__",
    "constructor",
    f"{{{{ '{MARK}' }}}}{{% comment %}}{MARK}{{% endcomment %}}",
    "{{constructor.name}}",
    f"${{'{MARK}'}}#{{'{MARK}'}}<%= '{MARK}' %>[[${{'{MARK}'}}]]",
    "%s%n%(room)s{}{room}",
    "chat-html",
    "[object TrustedHTML]",
    f"<script {MARK}>'{MARK}'</script>",
    f"<img name=trustedTypes {MARK}><a id=trustedTypes {MARK}>*x*</a>",
    f"<form id=message-list {MARK}><input name=append></form>",
    f'<template id="message-template" {MARK}></template>',
    f'<script id="chat-config" type="application/json" {MARK}>{{}}</script>',
    f'<input name="csrfmiddlewaretoken" form="room-form" value="x" {MARK}>',
    f"<base {MARK}>",
    f"<meta {MARK}>",
    f"<link {MARK}>",
    f"<style {MARK}>{MARK} {{}}</style>",
    f"<img {MARK}>",
    f"<video {MARK}></video>",
    f"<iframe {MARK}></iframe>",
    f"<object {MARK}></object><embed {MARK}>",
    f"<form {MARK}><button autofocus>x</button></form>",
    f"<dialog open {MARK}><details open {MARK}>x</details></dialog>",
    f"<a href=https://a.example {MARK}>*x*</a>",
    f"<x style=animation-name:message-late {MARK}>*x*</x>",
    f"<input autofocus popovertarget=x><div popover id=x {MARK}>",
]


@cache
def payloads() -> Sequence[str]:
    """All payloads that the server accepts as a message, as it stores them, the strings of this module first."""
    links = _filled(LINK_FORMS, URLS)
    fences = _filled(FENCE_FORMS, INFO_STRINGS)
    elements = _filled(ELEMENT_FORMS, SPECIAL_ELEMENTS)
    corpus = [entry["payload"] for entry in brs_kb.get_all_payloads().values()]
    everything = [*elements, *MARKUP_AND_HTML, *PAGE_FRAGMENTS, *fences, *links, *corpus]
    return tuple(filter(None, dict.fromkeys(map(_stored, everything))))


def sample(count: int) -> Sequence[str]:
    """This many payloads, evenly spaced over all of them."""
    return payloads()[:: len(payloads()) // count][:count]


def batches(texts: Sequence[str], size: int) -> list[Sequence[str]]:
    """The texts in groups of at most `size`."""
    return [texts[start : start + size] for start in range(0, len(texts), size)]


def _filled(forms: Sequence[str], values: Sequence[str]) -> list[str]:
    return [form.replace("{}", value) for form, value in product(forms, values)]


def _stored(payload: str) -> str:
    """The text that the server stores; "" if it refuses the message."""
    try:
        return clean_message(payload, 4000)
    except ProtocolError:
        return ""
