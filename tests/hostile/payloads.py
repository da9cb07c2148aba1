"""What an ill-disposed model may write: combinations of what has worked elsewhere, each with a canary that would sing.

Every address contains `canary`, and every script calls `alert` and sets `window.canary`.
"""

from collections.abc import Iterator
from itertools import product

AWAY = "http://127.0.0.1:9/canary"
HOME = "/accounts/token/?canary"
CALL = "alert(window.canary=1)"

TAGS = (
    "img",
    "svg",
    "video",
    "audio",
    "body",
    "iframe",
    "math",
    "object",
    "input",
    "details",
    "marquee",
    "x",
)
EVENTS = ("onerror", "onload", "ontoggle", "onfocus", "onbegin", "onmouseover", "onanimationstart")

SCRIPTS = (
    "<script>{call}</script>",
    "<ScRiPt>{call}</sCrIpT >",
    "<script src={away}></script>",
    "<svg><script>{call}</script></svg>",
    "<svg><script xlink:href={away} /></svg>",
    "<svg><use href='{away}#x'/></svg>",
    "<svg><image href={away} /></svg>",
    "<svg><foreignObject><iframe src={away}></iframe></foreignObject></svg>",
    "<svg><a><animate attributeName=href values=javascript:{call} /><text y=20>x</text></a></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror={call}></style></mglyph></table></mtext></math>",
    "<math href='javascript:{call}'>x</math>",
    "<iframe srcdoc='<script>{call}</script>'></iframe>",
    "<iframe src='{home}'></iframe>",
    "<object data='{away}'></object>",
    "<embed src='{away}'>",
    "<base href='{away}/'>",
    "<link rel=stylesheet href='{away}.css'>",
    "<link rel=prefetch href='{away}'>",
    "<style>@import '{away}.css';</style>",
    "<style>*{{background:url({away})}}</style>",
    "<p style='background:url({away})'>x</p>",
    "<meta http-equiv=refresh content='0;url={away}'>",
    "<meta http-equiv=refresh content='0;url=javascript:{call}'>",
    "<form action='{away}'><input name=x><button autofocus>Go on</button></form>",
    "<button formaction='javascript:{call}'>Go on</button>",
    "<input type=image src='{away}'>",
    "<video src='{away}' poster='{away}'></video>",
    "<img srcset='{away} 2x' src='{away}'>",
    "<picture><source srcset='{away}'><img></picture>",
    "<table background='{away}'><tr><td>x</table>",
    "<template><script>{call}</script></template>",
    "<noscript><p title='</noscript><img src=x onerror={call}>'></noscript>",
    "<textarea></textarea><script>{call}</script>",
    "</textarea></title></style></script><script>{call}</script>",
    "</div></article></main></body></html><script>{call}</script>",
    "<!--><script>{call}</script-->",
    "<![CDATA[<script>{call}</script>]]>",
    "<?xml version='1.0'?><script>{call}</script>",
    "<portal src='{away}'></portal>",
    "<dialog open><a href='{away}' ping='{away}'>x</a></dialog>",
    "&lt;script&gt;{call}&lt;/script&gt;",
    "&#60;script&#62;{call}&#60;/script&#62;",
    "\\<script>{call}\\</script>",
    "<scr\x00ipt>{call}</scr\x00ipt>",
    "\uff1cscript\uff1e{call}\uff1c/script\uff1e",
    "{{{{constructor.constructor('{call}')()}}}}",
    "${{{call}}} <%= {call} %> {{% include 'x' %}}",
    '"type":"turn.finished"}}\n\nevent: reset\ndata: {{}}\n\n',
)
SCHEMES = (
    "javascript:{call}",
    "JaVaScRiPt:{call}",
    " javascript:{call}",
    "\x01javascript:{call}",
    "java\tscript:{call}",
    "java%0ascript:{call}",
    "java&Tab;script:{call}",
    "java&NewLine;script:{call}",
    "java&#10;script:{call}",
    "javascript&colon;{call}",
    "&#106;avascript:{call}",
    "&#x6A;&#x61;vascript:{call}",
    "%6aavascript:{call}",
    "javascript%3A{call}",
    "java\\script:{call}",
    "java\u200bscript:{call}",
    "\u202ejavascript:{call}",
    "feed:javascript:{call}",
    "view-source:javascript:{call}",
    "vbscript:{call}",
    "livescript:{call}",
    "data:text/html,<script>{call}</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "DATA:image/svg+xml,<svg onload={call}>",
    "blob:{away}",
    "filesystem:{away}",
    "file:///canary",
    "ws://127.0.0.1:9/canary",
    "intent://127.0.0.1:9/canary",
    "//127.0.0.1:9/canary",
    "\\\\127.0.0.1:9/canary",
    "/\\127.0.0.1:9/canary",
    "https:127.0.0.1:9/canary",
    "{home}",
    "#canary",
    "{away}",
)
LINKS = (
    "[press]({url})",
    "[press](<{url}>)",
    '[press]({url} "a title")',
    "[press][{n}]\n\n[{n}]: <{url}>",
    "<{url}>",
    "![picture]({url})",
    "![picture][{n}]\n\n[{n}]: <{url}>",
    "[![picture]({url})]({url})",
    "# [press]({url})",
    "| a | b |\n|---|---|\n| [press]({url}) | ![x]({url}) |",
)
TITLES = (
    '[x](https://example.org/canary "<img src=x onerror={call}>")',
    "[x](https://example.org/canary '\" onmouseover={call} x=\"')",
    "[<img src=x onerror={call}>](https://example.org/canary)",
    '![" onerror={call} "](https://example.org/canary)',
    "![<script>{call}</script>](https://example.org/canary)",
    '[x](https://example.org/canary"onmouseover={call})',
    "[x](https://user:pass@example.org/canary%22%20onclick={call})",
    '<https://example.org/canary?"onclick={call}>',
    "[x]: https://example.org/canary '<script>{call}</script>'\n\n[x]",
    "[a\u202e](https://example.org/canary) \u202edrow\u202c \u2066x\u2069 \u200b\u200d\ufeff\u2028\u2029\x85",
)
REQUESTS = tuple(
    f"<{tag} {prefix}{attribute} hx-trigger=load>x</{tag}>"
    for tag, prefix, attribute in product(
        ("div", "button"),
        ("hx-", "data-hx-"),
        (f"get='{HOME}'", f"post='{HOME}'", f"on:load='{CALL}'", f"vals='js:{{x:{CALL}}}'", "ext='canary'"),
    )
)
NAMES = ("body", "head", "forms", "getElementById", "transcript", "composer", "text", "code-tools", "notice")
CLOBBERS = (
    "<a id={name}></a>",
    "<form name={name}><input name=action id=submit></form>",
    "<img name={name}>",
    "# {name} {{#{name}}}",
)
INFOS = (
    '```"><script>{call}</script>\nx\n```',
    "```js onload={call} class=x\nx\n```",
    "```\u202ejs\nx\n```",
    "~~~' onmouseover='{call}\nx\n~~~",
    "```html\n<script>{call}</script>\n```",
    '```language-x" id="canary\nx\n```',
    "```__proto__\nx\n```",
    "```constructor\nx\n```",
    "```python\n</code></pre><script>{call}</script>\n```",
    "    </code></pre><img src=x onerror={call}>",
)
FORMULAE = (
    "\\href{{javascript:{call}}}{{x}}",
    "\\href{{{away}}}{{x}}",
    "\\url{{{away}}}",
    "\\includegraphics{{{away}}}",
    "\\htmlId{{transcript}}{{x}}",
    "\\htmlClass{{composer}}{{x}}",
    "\\htmlStyle{{background:url({away})}}{{x}}",
    "\\htmlData{{hx-get={home}}}{{x}}",
    "\\unknown<img src=x onerror={call}>",
    "\\text{{<script>{call}</script>}}",
    "\\def\\x{{\\x\\x}}\\x",
    "\\rule{{99999em}}{{99999em}}",
    "\\color{{url({away})}}x",
    "\\frac{{<svg onload={call}>",
)
DELIMITERS = ("\\({}\\)", "$${}$$", "\\[{}\\]")


def payloads() -> list[str]:
    """Each by itself; what is left open closes with the text."""
    return list(dict.fromkeys(_all()))


def _all() -> Iterator[str]:
    yield from (f"<{tag} src=x {event}={CALL}>" for tag, event in product(TAGS, EVENTS))
    yield from map(_filled, (*SCRIPTS, *TITLES, *INFOS))
    for number, (shape, scheme) in enumerate(product(LINKS, SCHEMES)):
        yield shape.format(url=_filled(scheme), n=f"r{number}")
    yield from REQUESTS
    yield from (shape.format(name=name) for shape, name in product(CLOBBERS, NAMES))
    yield from (around.format(_filled(formula)) for around, formula in product(DELIMITERS, FORMULAE))


def _filled(shape: str) -> str:
    return shape.format(call=CALL, away=AWAY, home=HOME)


DIAGRAMS = tuple(
    _filled(shape)
    for shape in (
        'graph TD\n A-->B\n click A href "{away}" _blank\n click B call alert(1)',
        'graph TD\n A["<img src={away} onerror={call}>"]-->B["<script>{call}</script>"]',
        'graph TD\n A@{{ img: "{away}.png", label: "x" }}',
        '%%{{init: {{"securityLevel": "loose"}}}}%%\ngraph TD\n A["<img src={away} onerror={call}>"]',
        '%%{{init: {{"themeCSS": "*{{background:url({away})}}"}}}}%%\ngraph TD\n A-->B',
        '%%{{init: {{"fontFamily": "x;}} *{{background:url({away})}}"}}}}%%\ngraph TD\n A-->B',
        "graph TD\n classDef x background:url({away})\n A:::x\n style A fill:url({away})",
        "sequenceDiagram\n participant A\n link A: x @ {away}\n A->>A: <img src={away} onerror={call}>",
        'classDiagram\n class A\n link A "{away}"\n callback A "alert"',
        'graph TD\n A["$$\\\\href{{javascript:{call}}}{{x}}$$"]',
        '---\nconfig:\n  securityLevel: loose\n---\ngraph TD\n A["<a href=javascript:{call}>x</a>"]',
        "nonsense </script><script>{call}</script>",
    )
)
