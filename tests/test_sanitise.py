"""What reaches the page of the HTML of a mail: what a mail program draws, and no address."""

import re
from html.parser import HTMLParser

import pytest

from smtplab.views.sanitise import TAGS, sanitise

from .hostile import KINDS, PAYLOADS, disguised, letters

DATA = "data:image/png;base64,AA"


def picture(address: str) -> str:
    return DATA if address.lower().startswith("cid:") else "data:,"


def drawn(html: str) -> str:
    return sanitise(html, picture)[1]


def styled(css: str) -> str:
    return sanitise(f"<style>{css}</style>", picture)[0]


class Elements(HTMLParser):
    """Every element and attribute, and nothing that is neither element nor text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


NAMES = {"href", "srcset", "srcdoc", "data", "target", "ping", "poster", "action", "cite"}
ELSEWHERE = re.compile(
    r"(?i)<[^a-z/]|<(i?frame|frameset|base|link|meta|portal|fencedframe|webview|object|embed|applet"
    r"|svg|math|script|template|noscript|form|video|audio|source|area|xmp|plaintext|textarea)\b"
)


def asks(styles: str, html: str) -> list[str]:
    """All in some HTML and its styles that is no text and could name an address."""
    found = ELSEWHERE.findall(html) + (["<"] if "<" in styles else [])
    for tag, attributes in Elements(html).found:
        if tag not in TAGS | {"a", "b", "font", "i"}:
            found.append(tag)
        found += NAMES & set(attributes)
        for name in ("src", "background"):
            if not attributes.get(name, "data:").startswith("data:"):
                found.append(f"{tag} {name}")
        styles += attributes.get("style", "")
    # A string by itself asks for nothing.
    return found + re.findall(r"url\((?!\"data:)|image-set\(|image\(|src\(|@(?!media|x)", styles)


@pytest.mark.parametrize("name", [*PAYLOADS, *letters()])
def test_nothing_that_names_an_address_is_left_of_hostile_mail(name: str) -> None:
    html = PAYLOADS.get(name, "").replace("URL", "https://evil.example/") + letters().get(name, "")
    assert asks(*sanitise(html, picture)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_disguise_brings_an_address_past_us(kind: str) -> None:
    for name, html in disguised(kind).items():
        assert asks(*sanitise(html, picture)) == [], name


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_letter_as_it_came_is_noticed(kind: str) -> None:
    """The control: what sees nothing here would prove nothing above."""
    html = disguised(kind)["plain"]
    styles = "".join(re.findall("<style>(.*?)</style>", html))
    assert asks(styles, html)


def test_what_a_mail_program_draws_stays() -> None:
    letter = (
        '<h1 align="center">Hello</h1><table bgcolor="#eee" width="600"><tbody><tr>'
        '<td style="padding:1em;color:rgb(1,2,3)" colspan="2"><font color="red" size="4">x</font>'
        '<b><i class="c">y</i></b></td></tr></tbody></table><ul><li>1 &lt; 2</li></ul><hr>'
    )
    assert drawn(letter) == letter


def test_tags_that_overlap_stay_where_they_stood() -> None:
    """As in much old mail: a browser ends the bold text where the mail does."""
    assert drawn("<p><B>one<p>two</b> three") == "<p><b>one</p><p>two</b> three</p>"


def test_the_body_of_a_mail_keeps_its_colour_and_needs_no_scripts() -> None:
    letter = "<html><head><title>t</title></head><body bgcolor=red><noscript>x</noscript></body>"
    assert drawn(letter) == '<div bgcolor="red"><div>x</div></div>'


def test_a_link_says_where_it_leads_and_leads_nowhere() -> None:
    said = drawn("<a title='https://bank.test/' href='https://x.test/?a=1&amp;b' class='c'>go</a>")
    assert Elements(said).found == [("a", {"class": "c", "title": "https://x.test/?a=1&b"})]
    assert "javascript" not in drawn('<a href="javascript:alert(1)">go</a>')


def test_markup_in_an_attribute_stays_in_it() -> None:
    said = Elements(drawn("<p title='<style>a</style><b href=\"x\">'>y<b title='</b>'>z")).found
    assert [tag for tag, _ in said] == ["p", "b"]


def test_pictures_of_the_mail_are_drawn_wherever_they_stand() -> None:
    for letter in ("<img src='CID:p'>", "<img src=' cid:p'>", "<td background='&#99;id:p'>",
                   "<p style='background:URL( cid:p )'>", '<p style="background:url(\'cid:p\')">',
                   "<p style='background:\\75 rl(\"cid:p\")'>"):  # fmt: skip
        assert DATA in drawn(f"<table><tr>{letter}" if letter.startswith("<td") else letter)
    assert DATA in styled("p{background:url(cid:p)}")


def test_style_sheets_stay_with_their_conditions() -> None:
    sheet = "p > b{color:red}@media (max-width:600px){td{display:block !important}}"
    assert styled(sheet) == styled(f"<!-- {sheet} -->").strip() == sheet
    assert sanitise("<style class=c media='print'>p{}</style>", picture)[0] == "@media print{p{}}"


@pytest.mark.parametrize(
    "css",
    [
        "@import 'https://x.test';",
        "@\\69mport url(https://x.test);",
        "p{background:url(https://x.test)}",
        "p{background:\\75rl(https://x.test)}",
        "p{background:image-set('https://x.test' 1x)}",
        "p{background:src('https://x.test')}",
        "p{background:calc(url(https://x.test))}",
        "@font-face{src:url(https://x.test)}",
        "p{background:url(https://x.test",
        "p{background:ur/**/l(https://x.test)}",
    ],
)
def test_a_style_asks_for_nothing(css: str) -> None:
    asks = r"(?i)@(import|font-face)|(url|src|image-set)\(\s*[\"']?https"
    assert not re.search(asks, styled(css))
    assert not re.search(asks, drawn(f'<p style="{css}">x'))


def test_a_style_sheet_left_open_swallows_no_other() -> None:
    sheets = "<style>p{content:'x</style><style>q{color:red}</style>"
    assert sanitise(sheets, picture)[0] == 'p{content:"x"}\nq{color:red}'


def test_a_style_element_ends_where_we_end_it() -> None:
    styles = styled(r'p::after{content:"\3c/style>\3c img src=x>"}')
    assert "<" not in styles
    assert r"\3c /style" in styles


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "bait",
    [
        # A browser opens each of a hundred elements again in each of a thousand paragraphs.
        "<p>" + "".join(f"<b id={n}>" for n in range(2_000)) + "</p>" + "<p>x" * 8_000,
        "<i>" * 5_000 + "</q>" * 5_000,
        "<div>" * 5_000 + "<p>" * 5_000,
        "<style>" + "{" * 9_000,
        "<style>" + "{" * 190_000,
        "<p style='" + "[" * 190_000 + "'>",
        "<style>" + "url(" * 45_000,
    ],
    ids=["formatting", "ends", "boxes", "braces", "more-braces", "brackets", "urls"],
)
def test_mail_made_to_be_slow_or_to_grow_does_neither(bait: str) -> None:
    styles, rest = sanitise(bait, picture)
    assert len(styles) + len(rest) < 3 * len(bait)
