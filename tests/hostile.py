"""Hostile mail, and a canary that would notice if it ran or loaded.

Each payload names itself in what it asks for: the canary is a web server of our own that
remembers what it was asked.
"""

import base64
import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Error, Frame

from smtplab.lab import Message

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
