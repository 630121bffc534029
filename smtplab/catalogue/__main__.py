"""Make the catalogue from the code, and a translation from the catalogue.

python -m smtplab.catalogue          writes smtplab.pot
python -m smtplab.catalogue zh_CN    and makes zh_CN.po, or brings it up to date
"""

import argparse
import sys
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.core import get_locale_identifier, parse_locale
from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import unescape, write_po

from . import FOLDER, misfit, read

PACKAGE = FOLDER.parent
TEMPLATE = FOLDER / "smtplab.pot"
KEYWORDS = {"say": None, "plural": (1, 2)}
HEADER = "# The words of smtplab's views and verdicts.\n# Made by: python -m smtplab.catalogue"


def extract() -> Catalog:
    """Every message of the code, in the order of files and lines."""
    catalog = Catalog(project="smtplab", header_comment=HEADER, fuzzy=False)
    found = extract_from_dir(
        PACKAGE, [("**.py", "python")], keywords=KEYWORDS, comment_tags=("Translators:",)
    )
    for file, line, message, comments, context in sorted(found, key=lambda each: each[:2]):
        catalog.add(
            message,
            locations=[(Path(file).as_posix(), line)],
            auto_comments=[each.removeprefix("Translators:").strip() for each in comments],
            context=context,
        )
    return catalog


def template(catalog: Catalog) -> bytes:
    """The catalogue as the octets of a .pot file: nothing in it changes from day to day."""
    out = BytesIO()
    write_po(out, catalog, width=100, omit_header=True, include_lineno=False)
    head = f'{HEADER}\nmsgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    return head.encode() + out.getvalue()


def translate(language: str, catalog: Catalog) -> str:
    """Make or renew the .po file of a language, and return what is still to be done."""
    path = FOLDER / f"{language}.po"
    if path.exists() and path.stat().st_size:
        known = read(path)
        if len(known) and not any(message.id in catalog for message in known if message.id):
            raise ValueError("there is no message of this course in it")
        known.locale = language
    else:
        known = Catalog(language, project="smtplab", header_comment=HEADER, fuzzy=False)
    renew(known, catalog)
    out = BytesIO()
    write_po(out, known, width=100, include_lineno=False, include_previous=True)
    path.write_bytes(out.getvalue())
    messages = [message for message in known if message.id]
    done, lines = 0, []
    for message in messages:
        wrong = misfit(message)
        if message.fuzzy and message.string:
            was = f", made for {message.previous_id[0]!r}" if message.previous_id else ""
            wrong = f"fuzzy{was}"
        if wrong:
            lines.append(f"Not used, {wrong}: {message.id!r}")
        elif message.string and all(message.string):
            done += 1
    said = f"{path.name}: {done:,} of {len(messages):,} messages are translated."
    return "\n".join([said, *lines])


def renew(known: Catalog, catalog: Catalog) -> None:
    """Bring the messages up to date, and keep what babel forgets on the way."""
    kept = [*known, *known.obsolete.values()]
    previous = {_one(message): _previous(message) for message in kept}
    forms = {_one(message): message.id for message in kept if isinstance(message.id, tuple)}
    for key, message in list(known.obsolete.items()):  # what the code says once more
        if message.id in catalog and message.id not in known:
            known[message.id] = known.obsolete.pop(key)
    known.update(catalog, update_creation_date=False)
    for message in kept:  # one that was taken for another is no less worth keeping
        if message.id and message.string and message.id not in known and not message.fuzzy:
            known.obsolete.setdefault(_one(message), message)
    for message in known:
        was = forms.get(_one(message), message.id)
        if was != message.id and message.string and any(message.string):
            message.flags.add("fuzzy")
            message.previous_id = list(was)
        elif message.fuzzy and not message.previous_id:
            message.previous_id = previous.get(_one(message), [])


def _one(message: Message) -> str:
    return str(message.id[0] if isinstance(message.id, tuple) else message.id)


def _previous(message: Message) -> list[str]:
    """What the English was: babel writes it with #| and reads it as a comment, so take it out."""
    said: list[str] = []
    for line in (each for each in message.user_comments if each.startswith("|")):
        keyword, _, text = line.removeprefix("|").strip().partition('"')
        if keyword:
            said.append("")
        said[-1:] = ["".join(said[-1:]) + unescape('"' + text)]
    message.user_comments = [line for line in message.user_comments if not line.startswith("|")]
    return said


def name_of(language: str) -> str:
    """As gettext writes the language, and the course looks for it: zh_CN, not zh_Hans_CN."""
    asked = language.replace("-", "_")
    Locale.parse(asked)
    return get_locale_identifier(parse_locale(asked))


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m smtplab.catalogue",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("language", nargs="?", help="of the translation: zh_CN, de, pt_BR")
    language = parser.parse_args().language
    try:
        name = name_of(language) if language else ""
    except (UnknownLocaleError, ValueError) as error:
        print(f"{language} is not the name of a language: {error}", file=sys.stderr)
        return 2
    catalog = extract()
    TEMPLATE.write_bytes(template(catalog))
    print(f"{TEMPLATE.name}: {len(catalog):,} messages.")
    if name:
        try:
            print(translate(name, catalog))
        except (OSError, ValueError) as error:
            print(f"{name}.po: {error}. It was left as it is.", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
