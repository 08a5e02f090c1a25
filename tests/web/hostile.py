"""Prompts that try to run as code in whoever reads them: at least 250, each different.

They come from a few dozen known shapes, combined with the places where markup may be closed. Any that runs calls
`alert`, fetches `/pwned`, or sets `window.pwned`; the browser tests look for all three.
"""

RUN = "window.pwned=1;fetch('/pwned');alert(1)"
SHAPES = [
    "<script>{run}</script>",
    "<ScRiPt >{run}</sCrIpT>",
    "<script src=/pwned></script>",
    "<script src=data:text/javascript,{run}></script>",
    "<script type=module>{run}</script>",
    "<img src=x onerror={run}>",
    "<img src=x onerror=\"{run}\">",
    "<img/src=x/onerror={run}>",
    "<svg onload={run}>",
    "<svg><script>{run}</script></svg>",
    "<svg><animate onbegin={run} attributeName=x dur=1s>",
    "<svg><a xlink:href=\"javascript:{run}\"><text>x</text></a></svg>",
    "<svg><foreignObject><iframe srcdoc=\"<script>{run}</script>\"></iframe></foreignObject></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror={run}>",
    "<body onload={run}>",
    "<iframe src=javascript:{run}></iframe>",
    "<iframe srcdoc='<script>{run}</script>'></iframe>",
    "<object data=javascript:{run}></object>",
    "<embed src=javascript:{run}>",
    "<a href=javascript:{run}>x</a>",
    "<a href=\"java&#x09;script:{run}\">x</a>",
    "<form action=javascript:{run}><button>x</button></form>",
    "<button formaction=javascript:{run}>x</button>",
    "<input autofocus onfocus={run}>",
    "<select autofocus onfocus={run}>",
    "<textarea autofocus onfocus={run}>",
    "<details open ontoggle={run}>",
    "<video src=x onerror={run}></video>",
    "<audio src=x onerror={run}></audio>",
    "<marquee onstart={run}>",
    "<meta http-equiv=refresh content=\"0;url=javascript:{run}\">",
    "<base href=//evil.example/>",
    "<link rel=stylesheet href=/pwned>",
    "<style>@import '/pwned';</style>",
    "<div style=\"background:url(/pwned)\">",
    "<template><script>{run}</script></template>",
    "<noscript><p title=\"</noscript><img src=x onerror={run}>\">",
    "<xmp><img src=x onerror={run}></xmp>",
    "<!--><img src=x onerror={run}>-->",
    "<![CDATA[><img src=x onerror={run}>]]>",
    "[x](javascript:{run})",
    "![x](x \"onerror={run}\")",
    "{{{{constructor.constructor('{run}')()}}}}",
    "${{{run}}}",
    "javascript:{run}",
    "data:text/html,<script>{run}</script>",
    "\\u003cscript\\u003e{run}\\u003c/script\\u003e",
    "&lt;script&gt;{run}&lt;/script&gt;",
    "=cmd|'/C calc'!A0",
    "\u202e>tpircs/<{run}>tpircs<",
]
OPENINGS = ["", "\">", "'>", "</textarea>", "</title></style></script>", "-->", "]]>"]


def payloads():
    """The same list every time."""
    found = []
    for opening in OPENINGS:
        for shape in SHAPES:
            found.append(opening + shape.replace("{run}", RUN).replace("{{", "{").replace("}}", "}"))
    found += ["\u0000<img src=x onerror=" + RUN + ">", "\x1b]8;;javascript:" + RUN + "\x07x", "A" * 20_000 + "<script>" + RUN + "</script>",
              "\ufeff\u200b\u2066<script>" + RUN + "</script>\u2069", "__proto__", "constructor", "toString", "</script><!--"]
    unique = list(dict.fromkeys(found))
    assert len(unique) >= 250
    return unique
