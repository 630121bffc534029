"""What of the HTML of a mail may be drawn: text, tables, pictures that are already there, styles.

The policy of a frame is not enough. Chromium looks up the server of an `<iframe>` in a mail and
connects to it before it asks whether the frame may load. So nothing that names another document
reaches the page. nh3 (https://nh3.readthedocs.io) parses as a browser does, keeps the elements
and attributes that are listed here, and writes them down again; tinycss2 does the same for styles.
"""

import re
from collections.abc import Callable, Iterable
from html import unescape

import nh3
import tinycss2
from tinycss2.ast import Node
from tinycss2.serializer import serialize_string_value

__all__ = ["sanitise"]


def _names(text: str) -> set[str]:
    return set(text.split())


# A browser opens these again in every paragraph after the one in which they were left open, so
# that a short mail could become millions of elements. While nh3 parses, each of their tags is an
# empty element in its place; the browser opens no more than it can bear.
FORMATTING = _names("a b big code em font i nobr s small strike strong tt u")
# Drawn as boxes: nh3 returns the content of a body alone, and a frame runs no script.
BOXES = _names("body noscript")
TAGS = _names(
    "abbr address article aside bdi bdo blockquote br caption center cite col colgroup dd del"
    " details dfn dir div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr img ins kbd li"
    " main mark menu nav ol p pre q rp rt ruby samp section span style sub summary sup table tbody"
    " td tfoot th thead time tr ul var wbr"
)
# What stands in these is no text of the mail.
SILENT = _names(
    "audio canvas embed fencedframe frameset iframe math noembed noframes object portal script"
    " select svg template textarea title video"
)
ADDRESSES = {"src", "background"}
ATTRIBUTES = {
    "*": _names(
        "abbr align alt background bgcolor border cellpadding cellspacing class clear color colspan"
        " dir face frame headers height hspace id lang noshade nowrap open reversed role rowspan"
        " rules scope size span start style summary title type valign value vspace width"
    ),
    "img": {"src"},
    "style": {"media"},
    "wbr": {"href", "tag"},
}
REPLACED = re.compile(rf"(?i)<(/?)({'|'.join(FORMATTING | BOXES)})(?![^\s/>])")

AT_RULES = {"media"}
# Any other might name an address some day, as image-set() does.
FUNCTIONS = _names(
    "rgb rgba hsl hsla calc min max clamp rotate scale translate not is where lang nth-child"
    " nth-of-type linear-gradient radial-gradient repeating-linear-gradient"
)
MAX_BRACKETS = 10_000  # in one sheet: a parser is slow where thousands stand in each other
NONE = tinycss2.parse_one_component_value("none")
UNKNOWN = tinycss2.parse_one_component_value("@x")  # a browser skips a rule that it does not know


def sanitise(html: str, picture: Callable[[str], str]) -> tuple[str, str]:
    """The style sheets of a mail, and the rest of its HTML, both safe to be drawn.

    `picture` returns the data: address to show for an address that the mail gives. A link keeps
    its look and says where it leads, but leads nowhere.
    """

    def attribute(tag: str, name: str, value: str) -> str | None:
        if name in ADDRESSES:
            return picture(value.strip())
        if (tag, name) == ("wbr", "title"):
            return None  # on a link the address will stand there
        return css(value, picture) if name == "style" else value

    html = nh3.clean(
        REPLACED.sub(_replaced, html),
        tags=TAGS,
        clean_content_tags=SILENT,
        attributes=ATTRIBUTES,
        attribute_filter=attribute,
        url_schemes={"cid", "data", "http", "https", "mailto", "tel"},
        link_rel=None,
    )
    # From here on "<" begins an element: nh3 has escaped it in text and in attributes.
    sheets: list[str] = []

    def sheet(match: re.Match[str]) -> str:
        media, rules = re.search(r' media="([^"]*)"', match[1]), match[2]
        if media:
            rules = f"@media {unescape(media[1])}{{{rules}}}"
        sheets.append(css(rules, picture))
        return ""

    html = re.sub(r"(?s)<style([^>]*)>(.*?)</style>", sheet, html)
    return "\n".join(sheets), re.sub("<wbr([^>]*)>", _put_back, html)


def _replaced(match: re.Match[str]) -> str:
    slash, name = match[1], match[2].lower()
    return f"<{slash}div" if name in BOXES else f"<wbr tag={slash}{name} "


def _put_back(match: re.Match[str]) -> str:
    """The tag for which this element stood, if for any."""
    tag = re.search(r' tag="(/?)([a-z]+)"', match[1])
    if tag is None or tag[2] not in FORMATTING:
        return "<wbr>"
    if tag[1]:
        return f"</{tag[2]}>"
    return f"<{tag[2]}{match[1].replace(tag[0], '').replace(' href=', ' title=')}>"


def css(text: str, picture: Callable[[str], str]) -> str:
    """Rules or declarations without what could load something."""
    if sum(map(text.count, "([{")) > MAX_BRACKETS:
        return ""
    try:
        nodes = tinycss2.parse_component_value_list(text, skip_comments=True)
        calm: str = tinycss2.serialize(_calmed(nodes, picture))
    except RecursionError:
        return ""  # brackets in brackets, hundreds deep
    # In a string or a name this is the same character; a style element would end at it.
    return calm.replace("<", r"\3c ")


def _calmed(nodes: Iterable[Node], picture: Callable[[str], str]) -> list[Node]:
    calm = (_calm(node, picture) for node in nodes)
    return [node for node in calm if node is not None]


def _calm(node: Node, picture: Callable[[str], str]) -> Node | None:
    if node.type == "url":
        return _url(picture(node.value))
    if node.type == "function":
        if node.lower_name == "url":
            said = (part.value for part in node.arguments if part.type == "string")
            return _url(picture("".join(said)))
        if node.lower_name not in FUNCTIONS:
            return NONE
        node.arguments = _calmed(node.arguments, picture)
    elif node.type in ("() block", "[] block", "{} block"):
        node.content = _calmed(node.content, picture)
    elif node.type == "string":
        # tinycss2 leaves open what the mail leaves open, and would swallow the next sheet.
        node.representation = f'"{serialize_string_value(node.value)}"'
    elif node.type == "at-keyword" and node.lower_value not in AT_RULES:
        return UNKNOWN
    elif node.type == "error" or (node.type == "literal" and node.value in ("<!--", "-->")):
        return None
    return node


def _url(address: str) -> Node:
    return tinycss2.parse_one_component_value(f'url("{serialize_string_value(address)}")')
