"""What lessons 06 and 07 share: multiparts, files in parts and whole messages, as forms.

Keys and conditions as in `letters`. `as_pieces`, `as_file` and `as_message` are keys. What is
wrong with such a form is told by `pieces_differ`, `file_differs` and `message_differs`: each goes
through it in the order in which a reader meets it, and tells the first thing in words of its own.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import getaddresses
from html import unescape
from typing import Any
from urllib.parse import unquote

from .. import mime
from ..judge import Facts
from ..judge.formatting import shown
from ..solutions.multipart import media_type
from ..words import Words
from .letters import Form, first_broken, in_words, text_differs

__all__ = ["as_file", "as_message", "as_pieces", "boundary_again", "field_lost", "file_differs",
           "ids", "message_differs", "name_differs", "octets_raw", "pieces_differ"]  # fmt: skip

WORDS = Words(__file__)
# What a part need not have; that a related names the type of its root, the course leaves open; and
# short lines, which RFC 5322, section 2.1.1, advises, are asked of header alone.
WHOLE = ("field-missing", "no-mime-version", "related-without-type", "not-folded")
FIELDS = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type")
FILE_KEYS = {"type": "Content-Type", "encoding": "Content-Transfer-Encoding",
             "disposition": "Content-Disposition"}  # fmt: skip
CID = re.compile(r"cid:([^\"'\s>)]+)")


def first_of(value: Any) -> Any:
    """What a function returned; with what else a case needs it is the first in a list."""
    return value[0] if type(value) is list else value


def tell(key: str, values: Form) -> Form:
    """A mistake's own words: of a reason, maybe with a variant, and values for its words."""
    words = in_words(WORDS, key, values)
    return {**words, "say": words["say"][:1].upper() + words["say"][1:]}


def _rule(found: Iterable[mime.Violation], called: str) -> mime.Violation | None:
    """The first broken rule, or a field that stands twice, where that may have caused it."""
    minded = [one for one in found if one.rule not in WHOLE]
    if minded and minded[0].rule in ("encoded-multipart", "no-boundary"):
        minded.sort(key=lambda one: "field-twice" not in one.rule)
    return first_broken(minded, called)


# A multipart


def made_of(value: Any, parts: Sequence[bytes]) -> Any:
    """What was made of parts, and these; where a case chose other ones, both are in a list."""
    return value if type(value) is list else (value, parts)


def as_pieces(octets: bytes, parts: Sequence[bytes]) -> Form:
    """The form of a multipart of these parts: each part is None where it came out as it went in.

    Rules count that the multipart itself breaks, and not its parts.
    """
    letter = mime.read(octets)
    own = (one for one in letter.demands if not one.part)
    given = [*parts, *[None] * len(letter.root.children)]
    return {
        "rule": _rule(own, WORDS("called.multipart")),
        "type": letter.root.content_type if letter.root.all("Content-Type") else "",
        "pieces": [
            None if piece.octets == part else piece.octets
            for piece, part in zip(letter.root.children, given, strict=False)
        ],
    }


def pieces_differ(f: Facts) -> Any:
    """How the multipart is not one of its parts: the first thing that a reader meets."""
    form, subtype = f.form, f.subtype
    octets, parts = made_of(f.got, f.parts)
    pieces, boundary = form["pieces"], mime.read(octets).root.boundary
    mark = b"--" + boundary.encode()
    values = {"count": len(parts), "out": len(pieces), "boundary": boundary}
    if form["type"] != f"multipart/{subtype}":
        key = "wrong-subtype" if form["type"] else "wrong-subtype.none"
        return tell(key, {"type": form["type"], "subtype": subtype})
    if len(pieces) > len(parts):
        where = next((n for n, part in enumerate(parts, 1) if mark in part), 0)
        return tell("boundary-occurs" if where else "wrong-count", {**values, "part": where})
    if len(pieces) < len(parts):
        return tell("closed-early" if octets.count(mark + b"--") > 1 else "wrong-count", values)
    for number, (piece, part) in enumerate(zip(pieces, parts, strict=True), 1):
        if piece is not None:
            ends = {b"\r\n" + part: "line-before", part + b"\r\n": "line-after"}
            lost = "end-lost" if piece + b"\r\n" == part else "part-changed"
            return tell(ends.get(piece, lost), {"number": number, "is": piece, "wanted": part})
    return None


# A file in a part


def as_file(octets: bytes, filename: str) -> Form:
    """The form of one part with a file in it, in base64; filename is how sentences call it."""
    letter = mime.read(octets)
    # What is in the file is no text of this mail; a type that cannot be in base64 is told below.
    other = ("not-in-charset", "encoded-multipart")
    demands = (one for one in letter.demands if one.rule not in other)
    return {"rule": _rule(demands, _called(filename)), **_file_form(letter.root)}


def _called(filename: str) -> str:
    return WORDS("called.file", name=shown(filename))


def _file_form(part: mime.Part) -> Form:
    name = mime.read_parameters(part.get("Content-Disposition")).value.get("filename")
    known = media_type(name or "").startswith("image/")  # other files may have one of many types
    known |= part.content_type.startswith(("message/", "multipart/"))
    return {
        "fields": [name for name in FILE_KEYS.values() if part.all(name)],
        "type": part.content_type if known else "",
        "encoding": part.encoding,
        "disposition": part.disposition,
        "filename": name,
        "octets": part.content,
        "id": bool(part.content_id),
    }


def file_differs(form: Form, due: Form) -> Any:
    """How the part is not that of the file that was given: the first thing that a reader meets."""
    what = _called(due["filename"])
    for key in due:
        one, other = form[key], due[key]
        if one == other or key == "rule":
            continue
        values = {"what": what, "is": one, "wanted": other}
        match key:
            case "fields":
                lost = next((name for name in other if name not in one), other)
                return tell("field-missing.file", {**values, "missing": lost})
            case "filename" if one is not None:
                fact = WORDS("fact.file", name=shown(one), what=what)
                return name_differs(one, other, fact)
            case "octets":
                sizes = {"count": len(other), "out": len(one)}
                return tell(_octets(one, other), {**values, **sizes})
            case "id" if one:
                return tell("content-id-there", values)
            case "filename" | "id":
                return tell(f"no-{key}", values)
        kept = one.startswith(("message/", "multipart/"))  # as it is, and not in base64
        field = {"field": FILE_KEYS.get(key, key)}
        return tell(f"wrong-file.{'kept' if kept else key}", {**values, **field})
    return None


def _octets(got: bytes, data: bytes) -> str:
    if got == repr(data).encode():
        return "wrong-octets.shown"
    twice = got.rstrip(b"=\r\n") and mime.decode_base64(got).value == data
    return "wrong-octets.twice" if twice else "wrong-octets"


def octets_raw(f: Facts) -> bool:
    """The octets of the file stand in the part as they are."""
    end = f.data.rstrip(b"\r\n")
    return len(end) > 60 and type(f.got) is bytes and f.got.rstrip(b"\r\n").endswith(end)


def name_differs(found: str, value: str, fact: str) -> Any:
    """Why a reader finds this in the place of value; fact is a sentence that says so."""
    return tell(_name(found, value), {"fact": fact})


def _name(found: str, value: str) -> str:
    if unquote(found).removeprefix("utf-8''") == value:
        return "wrong-value.no-star"
    if found == f"'{value}'":
        return "wrong-value.apostrophes"
    bare = value.replace("\\", "")
    if found == bare or found.replace("\\", "") == bare.replace('"', ""):
        return "wrong-value.not-escaped"
    if found.replace("+", " ") == value:
        return "wrong-value.plus"
    if found.encode() in (value.encode("ascii", "replace"), value.encode("ascii", "ignore")):
        return "wrong-value.letters-lost"
    return "wrong-value"


# A whole message


def as_message(octets: bytes) -> Form:
    """The form of a whole message: its fields, its tree, its text and HTML, and its files.

    In the HTML a picture's name in brackets stands in the place of its id. Pictures are in the
    order of their names, since any order is right.
    """
    letter = mime.read(octets)
    root, leaves = letter.root, letter.leaves
    pictures = sorted(
        (part for part in leaves if part.content_type.startswith("image/")),
        key=lambda part: part.filename or "",
    )
    files = [part for part in leaves if not _is_text(part) and part not in pictures]
    known = {part.content_id: part.filename for part in pictures if part.content_id}
    date = mime.read_date(root.get("Date")).value
    return {
        "rule": _rule(letter.demands, ""),
        "nested": _nested(root),
        "fields": [name for name in FIELDS if root.all(name)],
        "Bcc": bool(root.all("Bcc")),
        "From": _addresses(root, "From"),
        "To": _addresses(root, "To"),
        "Subject": next((one.decoded for one in root.all("Subject")), ""),
        "MIME-Version": mime.without_comments(root.get("MIME-Version")).strip(),
        "now": date is not None and abs(datetime.now(UTC) - date) < timedelta(days=1),
        "tree": _tree(root),
        "text": _text(leaves, "text/plain"),
        "html": _html(_text(leaves, "text/html"), known),
        "files": [_file_form(part) for part in (*pictures, *files)],
    }


def _addresses(root: mime.Part, name: str) -> list[str]:
    return [address for _, address in getaddresses([root.get(name)])]


def _is_text(part: mime.Part) -> bool:
    return part.content_type in ("text/plain", "text/html") and not part.filename


def _text(leaves: Sequence[mime.Part], kind: str) -> str:
    """The text of the first part of that type; line breaks at its end do not count."""
    texts = [part.text or "" for part in leaves if part.content_type == kind and _is_text(part)]
    return texts[0].replace("\r\n", "\n").rstrip("\n") if texts else ""


def _html(html: str, known: Mapping[str, str | None]) -> str:
    """With the name of a picture in the place of its id."""

    def name(found: re.Match[str]) -> str:
        one = _id(found[1])
        return f"cid:[{known[one]}]" if one in known else found[0]

    return CID.sub(name, html)


def _id(written: str) -> str:
    """The id that stands behind cid: in HTML, RFC 2392."""
    return unquote(unescape(written))


def _tree(part: mime.Part) -> str:
    """The shape in which a file is a file, of whatever type."""
    if part.is_multipart:
        return f"{part.content_type[10:]}({', '.join(map(_tree, part.children))})"
    if _is_text(part):
        return part.content_type
    return "picture" if part.content_type.startswith("image/") else "file"


def _nested(part: mime.Part, outer: Sequence[str] = ()) -> Any:
    """A boundary that begins with the one of a multipart around it, so that its lines cut there."""
    own = part.boundary
    for one in outer if own else ():
        if own.startswith(one):
            return tell("boundary-again", {"inner": own, "outer": one})
    inside = (_nested(child, [*outer, own] if own else outer) for child in part.children)
    return next(filter(None, inside), None)


def boundary_again(f: Facts) -> Any:
    """An inner multipart has the boundary of an outer one, or one that begins with it."""
    return _nested(mime.read(first_of(f.got)).root)


def ids(octets: bytes) -> list[str]:
    """The id of a message, and those of its parts."""
    letter = mime.read(octets)
    found = [letter.root.get("Message-ID"), *(part.get("Content-ID") for part in letter.leaves)]
    return [one for one in found if one]


def field_lost(f: Facts) -> Any:
    """A field of the message that hangs on another one, or stands in the text."""
    octets = first_of(f.got)
    root = mime.read(octets).root
    for name in FIELDS:
        if root.all(name):
            continue
        for one in root.fields:
            if f"{name}:".lower() in one.value.lower():
                return tell("field-glued", {"field": name, "before": one.name})
        if re.match(rb"\s*%s:" % name.encode(), octets[root.body :], re.IGNORECASE):
            return tell("field-in-text", {"field": name})
    return None


def message_differs(f: Facts) -> Any:
    """How the message is not the one that was asked for: the first thing that a reader meets."""
    return next(_differences(f), None)


def _differences(f: Facts) -> Iterator[Form]:
    form, due = f.form, f.due_form
    letter = mime.read(first_of(f.got))
    for name in due["fields"]:
        if name not in form["fields"]:
            yield tell("field-missing", {"field": name})
    if form["Bcc"] and not due["Bcc"]:
        yield tell("bcc-shown", {})
    for name in ("From", "To", "Subject", "MIME-Version"):
        if form[name] != due[name]:
            values = {"field": name, "is": form[name], "wanted": due[name]}
            yield tell(f"wrong-header.{name}", values)
    if not form["now"]:
        yield tell("wrong-header.Date", {"is": letter.root.get("Date")})
    if form["tree"] != due["tree"]:
        shape = mime.read(first_of(f.want)).root.shape
        yield tell("wrong-tree", {"is": letter.root.shape, "wanted": shape})
    yield from filter(None, map(file_differs, form["files"], due["files"]))
    if form["html"] != due["html"]:
        yield from _pictures(letter, due)
    for name in ("text", "html"):
        if how := text_differs(f, name):
            words = in_words(WORDS, f"differs.{name}", {"how": how["say"]})
            yield {**words, "reason": how["reason"]}


def _pictures(letter: mime.Letter, due: Form) -> Iterator[Form]:
    """A picture whose id the HTML does not say."""
    html = next((part.text or "" for part in letter.leaves if part.content_type == "text/html"), "")
    pictures = [part for part in letter.leaves if part.content_id]
    if len({part.content_id for part in pictures}) < len(pictures):
        yield tell("id-shared", {"id": pictures[0].content_id})
    for part in pictures:
        name, own = part.filename, part.content_id
        values = {"name": name, "id": own, "said": ", ".join(re.findall(r"cid:[^\"']*", html))}
        if f"cid:[{name}]" not in due["html"] or str(own) in map(_id, CID.findall(html)):
            continue
        yield tell("cid-elsewhere" if "cid:" in html else "cid-elsewhere.none", values)
