"""Our reader of letters beside MIME-tools for Perl: subject, tree, names and octets of each letter.

Where the two differ, DIFFERENT says why that is right; a letter that is on the list and does not
differ any more is an error too.
"""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from smtplab import mime

from .conftest import absent
from .letters import BROKEN, LEGAL, crlf

READER = Path(__file__).with_name("read_mail.pl")
LETTERS = {row[0]: row[1] if isinstance(row[1], bytes) else crlf(row[1])
           for row in (*LEGAL, *BROKEN)}  # fmt: skip

# Why we read it otherwise.
DIFFERENT = {
    why: names
    for names, why in (
        (["what only looks like a word"],
         "It decodes a word with a space inside, which is none: RFC 2047, section 2."),
        (["an address in UTF-8, for SMTPUTF8", "octets in a header"],
         "It takes octets of a header for Latin-1; in a header they are UTF-8, RFC 6532."),
        (["a word of GBK", "a word of Windows' Japanese", "a name of GBK"],
         "It knows no wider charset than the one that is named, and loses characters."),
        (["space before colon"],
         "It sees no field there; readers must take this old form, RFC 5322, section 4.5.8."),
        (["blanks around /"],
         "It reads no further than the blank, which is legal: RFC 2045, section 5.1."),
        (["no media type", "no semicolon"],
         "A Content-Type that is none means text/plain: RFC 2045, section 5.2."),
        (["a value that needs quotes", "apostrophes", "a name given twice", "comma between pieces"],
         "It ends a value without quotes at the first sign that needs them. We read on, as mail"
         " programs do: the name is seen as it was meant."),
        (["percent", "no charset that is UTF-8", "a name of no charset"],
         "It shows an octet that is none of its charset as an escape, and we as U+FFFD."),
        (["no boundary"],
         "It takes a multipart without a boundary for one part, and we for one without parts."),
        (["boundary without quotes"],
         "It finds no boundary where quotes are missing, and so no part; we find both."),
        (["padding inside"],
         "It decodes on behind the first padding; many mail programs end there, and lesson 07"
         " shows it."),
        (["a quoted line that goes on and ends"],
         "It keeps a = at the very end; it breaks a line, and no other follows."),
    )
}  # fmt: skip
WHY = {name: why for why, names in DIFFERENT.items() for name in names}


def digest(data: bytes | str) -> str:
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def read_by_perl(mails: list[bytes], folder: Path) -> list[dict[str, Any]]:
    """Of each mail the subject, and the tree of parts as [type, file name, parts or SHA-256]."""
    perl = shutil.which("perl")
    found = perl and subprocess.run(
        [perl, "-MMIME::Parser", "-e1"], stderr=subprocess.DEVNULL, check=False
    )
    if not perl or not found or found.returncode:
        absent("Perl's MIME-tools are not on this machine")
    files = [folder / f"{number}.eml" for number in range(len(mails))]
    for file, mail in zip(files, mails, strict=True):
        file.write_bytes(mail)
    done = subprocess.run(
        [perl, READER, *files], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True,
        timeout=60,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


def read_by_us(mail: bytes) -> dict[str, Any]:
    def tree(part: mime.Part) -> list[Any]:
        node = [part.content_type, part.filename]
        if part.is_multipart:
            return [*node, [tree(child) for child in part.children]]
        content = part.content
        text = part.content_type.startswith("text/") and not part.filename
        if text or part.encoding in ("7bit", "8bit"):  # as in read_mail.pl
            content = content.replace(b"\r\n", b"\n")
        return [*node, digest(content)]

    root = mime.read(mail).root
    subject = next((one.decoded for one in root.all("Subject")), "")
    return {"subject": subject.strip(), "tree": tree(root)}


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    found = read_by_perl(list(LETTERS.values()), tmp_path_factory.mktemp("mail"))
    return dict(zip(LETTERS, found, strict=True))


@pytest.mark.parametrize("name", LETTERS)
def test_two_readers_find_the_same_or_it_is_said_why_not(
    name: str, theirs: dict[str, dict[str, Any]]
) -> None:
    found = theirs[name]
    found["subject"] = found["subject"].strip()
    alike = read_by_us(LETTERS[name]) == found
    assert alike is (name not in WHY), WHY.get(name, found)


def test_the_list_of_differences_names_letters() -> None:
    assert set(WHY) <= set(LETTERS)
