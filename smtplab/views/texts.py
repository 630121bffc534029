"""Every text that a view shows, in one place: English, and in the reader's language as it runs.

Names in braces are filled in by the views. A text with a number that is counted has forms, one
for each plural form of the language.
"""

from ..catalogue import form_of, plural, say

# --- reply codes -----------------------------------------------------------------------------
# RFC 5321, section 4.2.1: "The first digit denotes whether the response is good, bad, or
# incomplete." The whole codes are those of its sections 4.2.2 and 4.2.3, and of the extensions
# that a submission server offers. Each entry: a few words, the RFC, its section.
Reply = tuple[str, str, str]

REPLY_CODES: dict[str, Reply] = {
    "211": (say("system status"), "5321", "4.2.3"),
    "214": (say("help"), "5321", "4.2.3"),
    "220": (say("ready"), "5321", "4.2.3"),
    "221": (say("goodbye, the server closes"), "5321", "4.2.3"),
    "235": (say("logged in"), "4954", "4"),
    "250": (say("done"), "5321", "4.2.3"),
    "251": (say("not local, will be forwarded"), "5321", "4.2.3"),
    "252": (say("cannot verify, will try"), "5321", "4.2.3"),
    "334": (say("your turn: the next answer, in base64"), "4954", "4"),
    "354": (say("send the message, end with a lone dot"), "5321", "4.2.3"),
    "421": (say("closing now, try again later"), "5321", "4.2.3"),
    "432": (say("a password transition is needed"), "4954", "6"),
    "450": (say("mailbox busy, try again later"), "5321", "4.2.3"),
    "451": (say("a local error, try again later"), "5321", "4.2.3"),
    "452": (say("no room now, try again later"), "5321", "4.2.3"),
    "454": (say("not possible right now"), "4954", "6"),
    "455": (say("cannot take these parameters"), "5321", "4.2.3"),
    "500": (say("command not recognised"), "5321", "4.2.3"),
    "501": (say("wrong parameter"), "5321", "4.2.3"),
    "502": (say("command not offered here"), "5321", "4.2.3"),
    "503": (say("not now: wrong order of commands"), "5321", "4.2.3"),
    "504": (say("parameter not offered here"), "5321", "4.2.3"),
    "521": (say("takes no mail at all"), "7504", "3"),
    "530": (say("something must come first"), "4954", "6"),
    "534": (say("this way to log in is too weak"), "4954", "6"),
    "535": (say("user or password refused"), "4954", "6"),
    "538": (say("log in needs encryption"), "4954", "6"),
    "550": (say("refused: no such mailbox, or policy"), "5321", "4.2.3"),
    "551": (say("not local, try the other address"), "5321", "4.2.3"),
    "552": (say("too much data"), "5321", "4.2.3"),
    "553": (say("address not allowed"), "5321", "4.2.3"),
    "554": (say("refused, for good"), "5321", "4.2.3"),
    "555": (say("parameters of MAIL or RCPT not known"), "5321", "4.2.3"),
    "556": (say("the domain takes no mail"), "7504", "4"),
}
# One code can mean two things; the command that it answers tells which.
REPLY_AFTER: dict[tuple[str, str], Reply] = {
    ("STARTTLS", "220"): (say("ready for the TLS handshake"), "3207", "4"),
    ("STARTTLS", "454"): (say("TLS not available now"), "3207", "4"),
    ("DATA", "250"): (say("the message is taken"), "5321", "4.2.5"),
    ("MAIL", "530"): (say("TLS or a login must come first"), "4954", "6"),
}
REPLY_CLASSES: dict[str, Reply] = {
    "2": (say("done"), "5321", "4.2.1"),
    "3": (say("go on"), "5321", "4.2.1"),
    "4": (say("not now, try again later"), "5321", "4.2.1"),
    "5": (say("refused, for good"), "5321", "4.2.1"),
}
RFC_URL = "https://www.rfc-editor.org/rfc/rfc{rfc}#section-{section}"
RFC_LABEL = "RFC {rfc}, {section}"

# --- shared ----------------------------------------------------------------------------------
CUT = say("… ({total:,} characters)")
OCTETS = plural("1 octet", "{count:,} octets")
# Translators: a name before its value, in many places; the value may be empty.
NAMED = say("{name}: {value}")
# Translators: stands between the things of a list.
LIST = say(", ")
# Translators: stands between clauses that say different things of one state.
CLAUSES = say("; ")
NOT_DRAWN = say("This view could not be drawn ({error}).")

# --- lab card --------------------------------------------------------------------------------
CARD_TITLE = say("Mail provider {hostname}, profile {profile}")
CARD_STOPPED = say("Mail provider {hostname}, profile {profile}: stopped")
CARD_COLUMNS = (say("In code"), say("Value"), say("What for"))
CARD_PORTS = {
    ("strict", 25): say("from server to server: takes mail for {domain} alone, no login"),
    ("strict", 465): say("submission, TLS from the first octet"),
    ("strict", 587): say("submission, STARTTLS comes first"),
    ("legacy", 25): say("as in 2016: takes mail for {domain}, and logins in the clear"),
    ("legacy", 465): say("submission, TLS from the first octet"),
    ("legacy", 587): say("submission, logins in the clear, STARTTLS if you ask"),
}
CARD_ADDRESS = say("your address, and your user name")
CARD_WEB_PASSWORD = {
    "strict": say("for the web page; SMTP refuses it"),
    "legacy": say("for the web page, and for SMTP too"),
}
CARD_CODE = say("the password that SMTP wants")
CARD_CA_FILE = say("whom to trust for TLS")
CARD_HOSTNAME = say("the name in the certificate")

# --- transcript ------------------------------------------------------------------------------
TRANSCRIPT_TITLE = say("Transcript: {sessions}")
TRANSCRIPT_EMPTY = say("Transcript: nothing was said yet.")
SESSIONS = plural("1 session", "{count:,} sessions")
SESSION_TITLE = say("Session {number}, port {port} ({role}), {lines}, {ended}")
SESSION_EMPTY = say("Nothing was said in this session.")
SESSION_ROLES = {
    25: say("server to server"),
    465: say("submission with TLS"),
    587: say("submission"),
}
SESSION_ROLE_OTHER = "SMTP"
SESSION_ENDED = {
    "C": say("closed by the client"),
    "S": say("closed by the server"),
    None: say("still open"),
}
SESSIONS_OLDER = plural(
    "1 older session is not drawn: transcript.sessions has it.",
    "{count:,} older sessions are not drawn: transcript.sessions has them.",
)
LINES = plural("1 line", "{count:,} lines")
LADDER_COLUMNS = (say("Seconds"), say("Client"), say("Way"), say("Server"))
TO_SERVER = say("client to server")
TO_CLIENT = say("server to client")
MARK_TLS = "TLS"
MARK_AUTH = "AUTH"
MARK_DATA = "DATA"
MARK_END = say("end of the message")
TLS_BEGINS = say("TLS from here on: who listens sees sizes and times, no words")
TLS_FIRST = say("TLS from the first octet: who listens sees sizes and times, no words")
TLS_ENDS = say("no TLS from here on: who listens reads every word")
MESSAGE_FOLD = say("the message: {lines}, {octets}")
LINES_LEFT_OUT = say("… {lines} more, {octets}: session.lines() has them all")
ROWS_LEFT_OUT = say("… {lines} left out here: session.lines() has them all")

# --- mailbox ---------------------------------------------------------------------------------
MAILBOX_TITLE = say("Mailbox: {messages}, newest first")
MAILBOX_EMPTY = say("Mailbox: no message has arrived.")
MESSAGES = plural("1 message", "{count:,} messages")
MAILBOX_COLUMNS = (say("No."), say("Subject"), say("From"), say("To"), say("Size"))
MAILBOX_OLDER = plural(
    "1 older message is not drawn: mailbox[i] has it.",
    "{count:,} older messages are not drawn: mailbox[i] has them.",
)
MAILBOX_OTHER = say("No. {number}: {subject}")
MESSAGE_TITLE = say("No. {number}: {subject}")
MESSAGE_ALONE = say("Message: {subject}")
NO_SUBJECT = say("(no subject)")
NO_FIELD = say("(no {name} field)")
FROM = say("From")
TO = say("To")
DATE = say("Date")
ENVELOPE = say("Envelope")
ENVELOPE_VALUE = say("from {sender} to {recipients}, session {session}")
NULL_SENDER = "<>"
ENVELOPE_NONE = say("none: this message was not sent")
AND_MORE = say("and {count:,} more")
FRAME_TITLE = say("The message as a mail program shows it: {subject}")
FRAME_NOTE = say("Shown in a sealed frame: nothing in it can run or load.")
HTML_CUT = say("The HTML has {total:,} characters; the first {shown:,} are shown.")
REMOTE_LEFT = say("The message asks for things from the network. They were not loaded.")
CID_MISSING = say("The HTML refers to cid:{cid}, but no part has this Content-ID.")
CID_TOO_BIG = say("The picture cid:{cid} ({size}) is too big to be shown here.")
CID_NO_PICTURE = say("cid:{cid} is {content_type}: not a kind of picture that is shown.")
NO_PARTS = say("A mail program shows nothing: no part was found in this message.")
NO_TEXT = say("No part of this message is text that a mail program would show.")
EMPTY_TEXT = say("The text of this message is empty.")
AS_TEXT = say("The same as plain text")
TEXT_CUT = say("… {size} in all, cut here: part.text has it all")
ATTACHMENTS = say("Attachments")
SAVE = say("Save {name}")
ATTACHMENT = "{content_type}, {size}"
ATTACHMENT_SAID = say("the message calls it {name}")
TOO_BIG = say("too big for this page: {code} has its octets")
PICTURE = say("Picture: {name}")
UNNAMED = say("part-{number}")
RAW = say("Raw: {size}, as sent")
RAW_CUT = say("… {size} in all, cut here: message.raw has it all")
HEADERS = plural("Header: 1 field", "Header: {count:,} fields")
HEADER_COLUMNS = (say("Field"), say("Value, decoded"))
HEADERS_MORE = plural(
    "… 1 more field: message.headers has them all",
    "… {count:,} more fields: message.headers has them all",
)
PARTS = say("Parts: {count:,}")
PART_COLUMNS = (
    say("No."),
    say("Type"),
    say("File name"),
    say("Disposition"),
    say("Content-ID"),
    say("Charset"),
    say("Size"),
)
PARTS_MORE = plural(
    "… 1 more part: message.parts has them all",
    "… {count:,} more parts: message.parts has them all",
)
DEFECTS = say("Defects: {count:,}")
DEFECTS_NONE = say("Defects: none that a parser finds")
DEFECTS_MORE = say("… {count:,} more: message.defects has them all")
# Kind of defect: what the lab says in English. Names in braces are its values.
DEFECT_KINDS: dict[str, str] = {
    "delimiters": say("more than {limit:,} lines begin with --: too many parts to take apart"),
    "boundaries": say("more than {limit} boundaries: too deeply nested to take apart"),
    "lines": say("too many lines to take apart"),
    "header": say("more than {limit:,} lines of header: too many to take apart"),
    "mime-field": say("a Content- field of more than {limit:,} octets: too long to take apart"),
    "mime-fields": say("more than {limit:,} octets of Content- fields: too many to take apart"),
    "charset-unknown": say("charset {charset!r} is not one that Python knows"),
    "parser": "{name}",
    "parser-says": "{name}: {line}",
    "refused": say("Python's parser could not take this apart: {error}"),
    "refused-content": say("content: Python's parser could not take this apart: {error}"),
    "refused-charset": say("charset: Python's parser could not take this apart: {error}"),
    "refused-file-name": say("file name: Python's parser could not take this apart: {error}"),
    "refused-mime": say("{field}: Python's parser could not take this apart: {error}"),
    "refused-field": say("field {field}: Python's parser could not take this apart: {error}"),
}
# What Python's parser finds: the names of its classes, as words.
DEFECT_NAMES: dict[str, str] = {
    "close boundary not found": say("close boundary not found"),
    "first header line is continuation": say("first header line is continuation"),
    "header missing required value": say("header missing required value"),
    "invalid base64 characters": say("invalid base64 characters"),
    "invalid base64 length": say("invalid base64 length"),
    "invalid base64 padding": say("invalid base64 padding"),
    "invalid date": say("invalid date"),
    "invalid header": say("invalid header"),
    "invalid multipart content transfer encoding": say(
        "invalid multipart content transfer encoding"
    ),
    "misplaced envelope header": say("misplaced envelope header"),
    "missing header body separator": say("missing header body separator"),
    "multipart invariant violation": say("multipart invariant violation"),
    "no boundary in multipart": say("no boundary in multipart"),
    "non asciilocal part": say("non asciilocal part"),
    "non printable": say("non printable"),
    "obsolete header": say("obsolete header"),
    "start boundary not found": say("start boundary not found"),
    "undecodable bytes": say("undecodable bytes"),
}
NONE = "-"

# --- MIME explorer ---------------------------------------------------------------------------
MIME_TITLE = say("MIME explorer: {subject}")
MIME_TITLE_TWO = say("MIME explorer: {here} beside {there}")
MIME_SIDE = "{subject} ({size}, {lines})"
MIME_TREE = say("Tree")
MIME_TREE_OF = say("Tree: {subject}")
MIME_WHOLE = say("the message")
MIME_PART = say("part {name}")
MIME_LINES = say("lines {first} to {last}")
MIME_LINE = say("line {first}")
MIME_KINDS = {
    "header": say("header"),
    "empty": say("empty line"),
    "body": say("body"),
    "delimiter": say("delimiter"),
    "preamble": say("before parts"),
    "epilogue": say("after parts"),
}
MIME_KINDS_LONG = {
    "header": say("a line of the header of {part}"),
    "empty": say("the empty line that ends the header of {part}"),
    "body": say("a line of the body of {part}"),
    "delimiter": say("a delimiter of {part}"),
    "preamble": say("before the first delimiter of {part}: readers show nothing of it"),
    "epilogue": say("after the closing delimiter of {part}: readers show nothing of it"),
}
MIME_FOLDED = say("{lines} of base64 left out here: message.raw has them")
MIME_MORE_LINES = say("… {lines} more: message.raw has them")
MIME_MARKS = plural("1 mark", "{count:,} marks")
MIME_MARKS_NONE = say("No rule is broken that is judged here.")
MIME_SIGNS = {"rule": "▲", "defect": "●"}
MIME_SIGN_RULE = say("rule broken")
MIME_SIGN_DEFECT = say("Python's parser")
MIME_DEFECT = say("Python's parser: {defect}")
MIME_DEFECTS_LATER = say(
    "Python's parser was not asked for a message of this size: message.defects is."
)
MIME_FIELDS = say("Header of {part}: {fields}")
MIME_FIELDS_COUNT = plural("1 field", "{count:,} fields")
MIME_FIELD_COLUMNS = (say("Line"), say("Field"), say("As it stands"), say("Decoded"))
MIME_DECODED = say("decoded")
MIME_NO_FIELD = say("(no field)")
MIME_SAME = say("the same")
MIME_RAW = say("Raw, with line numbers: {lines}")
MIME_LIMITS = {
    "depth": say("Parts are nested deeper than {limit:,} levels: the tree ends there."),
    "parts": say("There are more than {limit:,} parts: the tree ends there."),
    "fields": say("There are more than {limit:,} header fields: the rest was not taken apart."),
    "header lines": say(
        "The headers have more than {limit:,} lines: the rest was not taken apart."
    ),
    "looks": say("More than {limit:,} places look like a delimiter: the rest was not looked at."),
    "values": say("The Content- fields have more than {limit:,} octets: the rest was not read."),
}
MIME_MARK_LIMITS = {
    "marks": say("There are more than {limit:,} marks: the first are shown."),
    "alike": say("A rule is broken more than {limit:,} times: the first are shown."),
    "fields": say("Header fields of more than {limit:,} octets were not judged."),
    "bodies": say("Bodies of more than {limit:,} octets were not judged line by line."),
    "looks": say("More than {limit:,} places look like a delimiter: the rest was not judged."),
}
MIME_DIFFERENCES = plural("1 difference", "{count:,} differences")
MIME_NO_DIFFERENCE = say("No difference.")
MIME_DIFFERENCE_COLUMNS = (say("What differs"), say("Here"), say("There"))
MIME_DIFFERENCE = {
    "part": say("{name}: only in one of them"),
    "place": say("{name}: the same content, in another place of the tree"),
    "field": say("{name}: another value"),
    "field-alone": say("{name}: only in one of them"),
    "boundary": say("{name}: the boundary alone"),
    "content": say("{name}: another content, decoded"),
}

# --- verdict ---------------------------------------------------------------------------------
# Status: a sign for the page, and words for everywhere.
VERDICT_STATUS = {
    "passed": ("✓", say("Passed")),
    "failed": ("✗", say("Not yet right")),
    "error": ("!", say("Stopped by an error")),
    "stuck": ("∞", say("Waits for ever")),
    "not_attempted": ("○", say("Not yet written")),
}
# Translators: {status} is one of the five before this message.
VERDICT_TITLE = say("{status}: {exercise}")
VERDICT_OF_NOTHING = say("Nothing to check")
STEPS = say("What happened")
STEPS_BEFORE = say("Steps before: {count}")
VERDICT_TRANSCRIPT = say("The octets")
# Translators: what to look at follows, after a colon.
LOOK = say("Look at")
YOUR_LINE = say("Your line")
YOUR_LINE_NUMBER = say("Your line {line}")
# Translators: {lines} is "3 lines".
OUTPUT = say("Your code printed ({lines})")

# --- hint, solution, prediction --------------------------------------------------------------
HINT_TITLE = say("Hint {rung} of {of} for {exercise}")
HINT_MORE = say("hint({exercise}) again gives the next one.")
HINT_LAST = say("That was the last one. solution({exercise}) is open now.")
SOLUTION_TITLE = say("Solution: {exercise}")
SOLUTION_CLOSED = say("Solution: {exercise} is still closed")
PREDICT_TITLE = say("Before you run it")
PREDICT_NOTED = say("Noted. Now run the next cell; the line below says why.")
PREDICT_WHY = say("After the run: why")
PREDICT_ANSWER = say("Answer")
PREDICT_TEXT = say("Choose one, then run the next cell.")

# --- progress --------------------------------------------------------------------------------
PROGRESS_TITLE = say("Progress: {passed} of {total} exercises passed")
PROGRESS_COLUMNS = (say("Lesson"), say("Passed"), say("Exercises"))
# Translators: two numbers, how many exercises of a lesson are passed, of all that it has.
PROGRESS_COUNT = say("{passed} of {total}")
PROGRESS_STATUS = {
    "passed": ("✓", say("passed")),
    "tried": ("…", say("tried")),
    "new": ("○", say("new")),
}
PROGRESS_NEXT = say("Next")
PROGRESS_NONE_LEFT = say("Every exercise is passed.")
PROGRESS_FOLDER = say("Your files")

# --- gauntlet --------------------------------------------------------------------------------
GAUNTLET_TITLE = say("Gauntlet: {mine} of {total} passed by your client, {library} by smtplib")
GAUNTLET_NOT_RUN = say("Gauntlet: not run")
GAUNTLET_COLUMNS = (say("Scenario"), say("Your client"), say("smtplib"), say("What happened"))
GAUNTLET_STATUS = {True: ("✓", say("passed")), False: ("✗", say("failed"))}
GAUNTLET_RIGHT = say("Right: {right}")
GAUNTLET_BOTH = say("Both: {sentence}")
GAUNTLET_MINE = say("Your client: {sentence}")
GAUNTLET_LIBRARY = say("smtplib: {sentence}")
GAUNTLET_TRANSCRIPTS = (say("Transcript of your client"), say("Transcript of smtplib"))
GAUNTLET_SILENT = say("The provider heard no word of SMTP.")
GAUNTLET_LINES_BEFORE = say("({lines} before)")

# --- base64 ----------------------------------------------------------------------------------
# Translators: {octets} is "2 octets", {letters} "4 letters", {padding} one of the next but two.
BASE64_TITLE = say("Base64: {octets} in, {letters} out{padding}")
# Translators: in these views a letter is one of the 64 of base64's alphabet.
BASE64_LETTERS = plural("1 letter", "{count:,} letters")
BASE64_PADDING = {"": "", "=": say(", one = at the end"), "==": say(", two = at the end")}
BASE64_EMPTY = say("Base64: no octets in, no letters out.")
BASE64_ROWS = (
    say("character"),
    say("octet"),
    say("its bits"),
    say("cut by six"),
    say("number"),
    say("letter"),
)
BASE64_LINE = say("Octets {first:,} to {last:,}")
BASE64_PART = "…"  # the rest of a character that began in the row above
BASE64_NO_CHARACTER = say("(none)")
BASE64_SPACE = "␣"
BASE64_ADDED = say(
    "Underlined zeros complete the last six bits. = completes the last four letters."
)
BASE64_ADDED_TEXT = say("The last {bits} bits are zeros that complete the six.")
BASE64_MORE = say("… {octets} more: their letters come about in the same way")
BLOCKS_TITLE = say(
    "Base64 in blocks: {octets} in blocks of {size:,}, encoded one by one and joined"
)
BLOCKS_ALL_IN_ONE = say("All of it fits into one block: nothing is joined.")
BLOCKS_HARMLESS = say(
    "{size:,} is {threes:,} times 3: no octet is left over, no = is due, and whole groups of four "
    "letters join without a seam."
)
BLOCKS_HARM = say(
    "{size:,} is {threes:,} times 3, and {over} over: the letters of each full block end in "
    "{padding}, and joined, that stands inside the text."
)
BLOCKS_JOINED = say("The joined letters")
BLOCKS_BLOCK = say("Block {number:,}")
BLOCKS_MORE = plural("… 1 more block …", "… {count:,} more blocks …")
BLOCKS_CUT = " … "
# Translators: the heads of a table: a decoder that (is strict) gives (4 octets) of which (all ...).
BLOCKS_COLUMNS = (say("A decoder that"), say("gives"), say("of which"))
BLOCKS_STOPS = say("takes the first = for the end")
BLOCKS_PASSES = say("passes over = and goes on")
BLOCKS_STRICT = say("is strict")
BLOCKS_PYTHON = say("is base64.b64decode of this Python, {version}")
BLOCKS_WHOLE = say("all are right")
BLOCKS_RIGHT = say("the first {right:,} are right; {gone:,} of {total:,} are lost or wrong")
BLOCKS_REFUSES = say("an error")
BLOCKS_ERROR = say("it says: {error}")

# --- sockets ---------------------------------------------------------------------------------
# Translators: a look is a list of the sockets as they were at a moment; {looks} is "3 looks".
SOCKETS_TITLE = say("Sockets: {sockets} of this process, {looks} kept")
SOCKETS = plural("1 TCP socket", "{count:,} TCP sockets")
LOOKS = plural("1 look", "{count:,} looks")
LOOK_TITLE = say("Look {number}: {note}")
LOOK_FIRST = say("the watch begins")
LOOK_UNNAMED = say("something has changed")
SOCKETS_NONE = say("No TCP socket of this process is open.")
# Translators: the heads of a table: "That is" has what a TCP state means.
SOCKETS_COLUMNS = (say("Whose"), say("Own end"), say("Other end"), say("State"), say("That is"))
SOCKETS_LOOKS = (say("Look"), say("Seconds"), say("What had changed"))
SOCKETS_OLDER = plural(
    "… 1 look before these: watch.history has it",
    "… {count:,} looks before these: watch.history has them",
)
SOCKETS_NOTHING = say("nothing")
SOCKETS_LEFT_OUT = plural(
    "1 socket of the notebook itself is left out.",
    "{count:,} sockets of the notebook itself are left out.",
)
SOCKETS_LOOPBACK = say("Every address is 127.0.0.1; the numbers are ports.")
SOCKETS_PARTLY = say(
    "This system shows a user the sockets of this process alone: what the kernel keeps by itself "
    "is not in sight."
)
SOCKET_OWNER = {
    "yours": say("yours"),
    "lab": say("the lab's"),
    "kernel": say("no process's"),
    "other": say("another process's"),
}
SOCKET_PORT = say("{owner} (port {port})")
SOCKET_NAME = say("{local} to {remote}")
SOCKET_LISTENER = "{local}"
# Translators: {name} is a pair of addresses; {before} and {after} are TCP states.
SOCKET_NEW = say("{name}: {after}, new")
SOCKET_GONE = say("{name}: was {before}, gone")
SOCKET_MOVED = say("{name}: {before}, now {after}")
# Translators: {owner} is "yours", "the lab's", "no process's" or "another process's".
SOCKET_TAKEN = say("{name}: {after}, now {owner}")
# RFC 9293, section 3.3.2: what each state means, from where its owner stands.
TCP_STATES = {
    "CLOSE": say("no connection"),
    "LISTEN": say("waits for connections"),
    "SYN_SENT": say("has asked for a connection, and waits for the answer"),
    "SYN_RECV": say("was asked, has answered, and waits for the last of three packets"),
    "ESTABLISHED": say("connected: octets can go both ways"),
    "FIN_WAIT1": say("this side has closed, and waits for that to be acknowledged"),
    "FIN_WAIT2": say("this side has closed, and waits for the other to close"),
    "CLOSE_WAIT": say("the other side has closed, and this one has not"),
    "CLOSING": say("both sides have closed at the same time"),
    "LAST_ACK": say("both sides have closed; the last acknowledgement is due"),
    "TIME_WAIT": say("over; the pair of ports is kept for a while"),
}
TCP_STATE_OTHER = say("a state that only this system has")


# --- live views ------------------------------------------------------------------------------
# These go to the page as they are. Names in braces are filled in there.
def unformatted(text: str) -> str:
    """For the page, which fills in a number as it is."""
    return text.replace(":,", "")


LIVE: dict[str, object] = {
    # Which form a number takes; from 200 on, that of its last two digits and 100.
    "forms": [form_of(number) for number in range(200)],
    "named": NAMED,
    "octets": say("Octets"),
    "waiting": say("Waiting for the kernel: it answers when the cell that runs has ended."),
    "failed": say("That could not be shown ({error})."),
}
LIVE_SESSION = say("Session {number}, port {port} ({role}), {ended}")
LIVE_TRANSCRIPT: dict[str, object] = {
    "list": say("Lines of the session"),
    "choose": say("Session"),
    "follow": say("Follow the newest"),
    "replay": say("Replay"),
    "back": say("Back"),
    "next": say("Next"),
    "play": say("Play"),
    "pause": say("Pause"),
    "speed": say("Speed"),
    "times": say("{by} times as fast"),
    "at": say("{at} of {of}"),
    "detail": say("The line that is chosen"),
    "to_server": TO_SERVER,
    "to_client": TO_CLIENT,
    "empty": TRANSCRIPT_EMPTY,
    "cut": say("{size}: the first 4,096 are shown."),
}
LIVE_MIME: dict[str, object] = {
    "tree": MIME_TREE,
    "all": say("List"),
    "tree_of": MIME_TREE_OF,
    "raw": say("Raw message, line by line"),
    "raw_of": say("Raw message, line by line: {subject}"),
    "detail": say("The line that is chosen"),
    "decode": say("Decode header fields"),
    "decoded": say("decoded"),
    "ends": say("Show CR and LF"),
    "marks": MIME_MARKS,
    "no_marks": MIME_MARKS_NONE,
    "judging": say("Looking for broken rules …"),
    "mark": say("Mark {at} of {of}"),
    "next_mark": say("Next mark"),
    "last_mark": say("Previous mark"),
    "differences": MIME_DIFFERENCES,
    "no_differences": MIME_NO_DIFFERENCE,
    "difference": say("Difference {at} of {of}"),
    "next_difference": say("Next difference"),
    "last_difference": say("Previous difference"),
    "differs": say("differs"),
    "unfold": say("Unfold"),
    "fold": say("Fold"),
    "fold_row": say("… {lines} of base64, {octets}. Enter unfolds."),
    "line": say("line {line}"),
    "places": (say("line {line} left"), say("line {line} right")),
    "kinds": MIME_KINDS,
    "signs": MIME_SIGNS,
    "says": {"rule": MIME_SIGN_RULE, "defect": MIME_SIGN_DEFECT},
    "cut": say("{size}: the first 4,096 are shown."),
    "more": say("… more lines than a page can hold: message.raw has them all."),
}
LIVE_VERDICT: dict[str, object] = {
    "help": say("Help with {exercise}"),
    "hint": say("Next hint"),
    "solution": say("Solution"),
    "reset": say("Begin again"),
    "really": say("Put the stub of {exercise} back?"),
    "sure": say("Yes, the stub"),
    "keep": say("No, keep mine"),
    "put": say(
        "The stub of {exercise} is in its cell again. Ctrl+Z there brings back what you had."
    ),
}

# --- console ---------------------------------------------------------------------------------
CONSOLE_TITLE = say("Console: SMTP by hand on port {port} ({role})")
CONSOLE_COLUMNS = (say("Seconds"), say("You"), say("Way"), say("Server"))
CONSOLE_CAPTION = say("What was said until now")
CONSOLE_OLDER = say("… {lines} before: console.history has them all")
CONSOLE_EMPTY = say("Nothing was said yet.")
CONSOLE_PLAIN = say(
    "To type here, run this cell: the console wants a running kernel. In code, "
    '`console.say("NOOP")` says a line of a console that was kept as `console`.'
)
# Translators: {name} and {means} are a state's, such as "greeted", "we have not said who we are".
CONSOLE_STATE = say("Now: {name}, {means}")
CONSOLE_TLS = {True: say("protected by TLS"), False: say("in the clear")}
CONSOLE_LOGGED_IN = say("logged in")
CONSOLE_NEXT = say("Legal next")
CONSOLE_ANY_TIME = say("At any time")
CONSOLE_MACHINE = say("The states of a session")
CONSOLE_HERE = say("here we are")
CONSOLE_LEADS = say("{step} leads to {state}")
CONSOLE_QUIT = say("Where a command is taken, QUIT leads to {state}")
# Translators: {now} is "Now: ...", {leads} are clauses such as "MAIL leads to mail".
CONSOLE_DIAGRAM = say("State machine. {now}. From here, {leads}.")
# What leads from state to state, where that is no command.
CONSOLE_EDGES = {
    "LISTEN": say("220, the greeting"),
    "TLS": say("the handshake"),
    "ANSWER": say("the last answer"),
    "CANCEL": say("an asterisk"),
    "DOT": say("a lone dot"),
    "CONNECT": say("a new session"),
}
CONSOLE_ACCOUNT = say(
    "The lab's account is {address}, its authorization code {code}. On the wire go their base64."
)
# State: its name on the page, what it means, the RFC, its section.
CONSOLE_STATES: dict[str, tuple[str, str, str, str]] = {
    # Translators: the names of states, each with what it means, stand in small boxes of a diagram.
    "connected": (say("connected"), say("the server has the first word"), "5321", "3.1"),
    "greeted": (say("greeted"), say("we have not said who we are"), "5321", "4.1.1.1"),
    "hello": (say("hello"), say("both are named, no mail is under way"), "5321", "4.1.4"),
    "tls-wanted": (
        say("TLS wanted"),
        say("the handshake comes next, and nothing else"),
        "3207",
        "4",
    ),
    "auth": (say("auth"), say("the server waits for an answer in base64"), "4954", "4"),
    "mail": (say("mail"), say("an envelope with a sender and no recipient"), "5321", "3.3"),
    "rcpt": (say("rcpt"), say("an envelope with a recipient"), "5321", "3.3"),
    "data": (say("data"), say("what we type is the letter, up to a lone dot"), "5321", "4.1.1.4"),
    "closed": (say("closed"), say("there is no connection"), "5321", "3.8"),
}
# Step: its name on a button, what it does, the RFC, its section. A command's line is its name.
CONSOLE_STEPS: dict[str, tuple[str, str, str, str]] = {
    "EHLO": ("EHLO", say("say who we are, and ask what is offered"), "5321", "4.1.1.1"),
    "HELO": ("HELO", say("say who we are, as before 1995"), "5321", "4.1.1.1"),
    "MAIL": ("MAIL", say("begin an envelope with its sender"), "5321", "4.1.1.2"),
    "RCPT": ("RCPT", say("add a recipient"), "5321", "4.1.1.3"),
    "DATA": ("DATA", say("begin the letter"), "5321", "4.1.1.4"),
    "RSET": ("RSET", say("throw the envelope away"), "5321", "4.1.1.5"),
    "NOOP": ("NOOP", say("ask for a sign of life"), "5321", "4.1.1.9"),
    "VRFY": ("VRFY", say("ask whether an address exists"), "5321", "4.1.1.6"),
    "HELP": ("HELP", say("ask for help"), "5321", "4.1.1.8"),
    "QUIT": ("QUIT", say("take leave"), "5321", "4.1.1.10"),
    "STARTTLS": ("STARTTLS", say("ask for TLS"), "3207", "4"),
    "AUTH": ("AUTH", say("begin to log in"), "4954", "4"),
    "TLS": (
        say("TLS handshake"),
        say("make the connection private, and verify the server's name"),
        "3207",
        "4",
    ),
    "TEXT": (say("a line"), say("a line of the letter: nobody answers"), "5321", "4.1.1.4"),
    "DOT": (".", say("a lone dot ends the letter"), "5321", "4.1.1.4"),
    "ANSWER": (say("an answer"), say("the answer, in base64"), "4954", "4"),
    "CANCEL": ("*", say("give the login up"), "4954", "4"),
    "LISTEN": (say("Wait"), say("wait for the server's words"), "5321", "4.3.1"),
    "CONNECT": (say("New session"), say("connect again"), "5321", "3.1"),
}
# What the console notices. `detail` and `timeout` are filled in.
CONSOLE_NOTES: dict[str, str] = {
    "connected": say("connected to {detail}"),
    "no-connection": say("no connection: {detail}"),
    "tls": say("TLS from here on: {detail}"),
    "tls-failed": say("the handshake failed, and with it the connection: {detail}"),
    "tls-silent": say(
        "no answer to the handshake within {timeout:g} seconds: the connection is closed"
    ),
    "dropped": say("thrown away, for it came before TLS: {detail}"),
    "silent": say("no answer within {timeout:g} seconds"),
    "partial": say("no whole answer within {timeout:g} seconds; so far came {detail}"),
    "late": say("the reply below came late, or unasked"),
    "no-reply": say("the line below is no reply"),
    "endless": say("a reply without end: the connection is closed"),
    "stuck": say("the server takes nothing more: the connection is closed"),
    "hung-up": say("the server hung up"),
    "hung-up-within": say("the server hung up within a reply: {detail}"),
    "broken": say("the connection broke: {detail}"),
    "closed": say("the connection is closed"),
    "unsent": say("not sent, for there is no connection: {detail}"),
    "unsent-rest": say("lines that were not sent: {detail}"),
}
LIVE_CONSOLE: dict[str, object] = {
    "list": say("What was said until now"),
    "say": say("Your line"),
    "say_hint": say("Enter sends it, CRLF is added. Arrow up brings back what you said before."),
    "send": say("Send"),
    "letter": say("Lines of the letter"),
    "letter_hint": (
        say(
            "Control and Enter sends them, each with CRLF. They go out as they stand: no dot is "
            "doubled. A line with a dot alone ends the letter."
        )
    ),
    "dot": say("Send the lone dot"),
    "next": CONSOLE_NEXT,
    "any_time": CONSOLE_ANY_TIME,
    "again": say("New session"),
    "server": say("Waiting for the server."),
    "detail": say("The line that is chosen"),
    "to_server": TO_SERVER,
    "to_client": TO_CLIENT,
    "diagram": {
        "LISTEN": "220",
        "HELLO": "EHLO, HELO",
        "TLS": say("handshake"),
        "ANSWER": say("answers"),
        "DOT": say("a lone dot"),
        "QUIT": "QUIT",
    },
}
LIVE_BASE64: dict[str, object] = {
    "title": say("Base64, bit by bit"),
    "text": say("Text"),
    "hex": say("Octets as hex"),
    "as_hex": say("Octets as hex"),
    "letters": say("Base64"),
    "decimal": say("Decimal numbers"),
    "only_hex": say("These octets are no text that can be typed: they stand here as hex."),
    "more": say("The first {shown} of {total} octets are here."),
    "grid": say("Characters, octets, bits, sixes, numbers, letters"),
    "rows": {
        "char": say("character"),
        "octet": say("octet"),
        "bit": say("bits"),
        "six": say("cut by six"),
        "number": say("number"),
        "letter": say("letter"),
    },
    "earlier": say("Earlier"),
    "later": say("Later"),
    "window": say("Octets {first} to {last} of {total}"),
    "sizes": say("{octets} octets in, {letters} letters out"),
    "nothing": say("Nothing is typed yet."),
    "help": say("Point at a cell, or go there with Tab and the arrow keys."),
    "and": say(" and "),
    "part": "…",
    "at": {
        "char": say("Character {n}, {char}, is {octets}, and has a share in {letters}."),
        "none": say("Octet {n} is part of no character: this is no UTF-8."),
        "octet": say(
            "Octet {n}, {hex} in hex, {decimal} in decimal, is {bits}. Its bits go into {letters}."
        ),
        "bit": say("Bit {bit} of octet {n} is {value}. It is bit {of_six} of letter {letter}."),
        "added": say(
            "A zero that completes the last six bits, behind the last octet. It is bit {of_six} of "
            "letter {letter}."
        ),
        "six": say(
            "The six bits {bits} hold {parts}. They make the number {number}, letter {letter}."
        ),
        "number": say("Number {number} is {bits}, and stands for {letter} in the alphabet."),
        "letter": say("Letter {n}, {letter}, number {number}, holds {parts}."),
        "padding": say("= completes the last group of four. It stands for no octet."),
    },
    "octet_one": say("octet {n}"),
    "octet_many": say("octets {first} to {last}"),
    "letter_one": say("letter {n}"),
    "letter_many": say("letters {first} to {last}"),
    "first_bits": plural("the first bit of octet {n}", "the first {count} bits of octet {n}"),
    "last_bits": plural("the last bit of octet {n}", "the last {count} bits of octet {n}"),
    "zeros": plural("1 zero that completes the six", "{count} zeros that complete the six"),
    "bad_octet": say(
        "Hex has the digits 0 to 9 and a to f, two for each octet. Place {at} has {what}."
    ),
    "odd_hex": say("Two digits make an octet: the last digit, {what}, is alone."),
    "bad_letter": say("Place {at} has {what}, which is no letter of the alphabet."),
    "bad_padding": say("Place {at} has a =, and letters come after it. = stands only at the end."),
    "much_padding": say("There are {count} = at the end, and at most two can be due."),
    "padding_not_due": say("The letters before = make whole groups of four: no = is due."),
    "one_over": say("One letter is left over after groups of four. Its six bits make no octet."),
    "padding_missing": say(
        "The last group has {count} letters of four. What is missing is written as =."
    ),
    "loose_bits": say(
        "The last letter has bits that belong to no octet, and they are not zero. A decoder drops "
        "them, or refuses."
    ),
    "until": say("The picture shows the octets up to there."),
    "line_break": say("a line break"),
    "space": say("a space"),
    "blocks": say("Cut into blocks of"),
    "blocks_number": say("Octets in a block, as a number"),
    "blocks_off": say("not cut"),
    "blocks_on": say("{size} octets, encoded one by one"),
    "blocks_result": say("What comes out of the blocks"),
    "joined": BLOCKS_JOINED,
    "all_in_one": BLOCKS_ALL_IN_ONE,
    "harmless": unformatted(BLOCKS_HARMLESS),
    "harm": unformatted(BLOCKS_HARM),
    "block": unformatted(BLOCKS_BLOCK),
    "more_blocks": tuple(map(unformatted, BLOCKS_MORE)),
    "columns": BLOCKS_COLUMNS,
    "decoders": {"stops": BLOCKS_STOPS, "passes": BLOCKS_PASSES, "strict": BLOCKS_STRICT},
    "python": say("this Python, {version}"),
    "gives": OCTETS,
    "whole": BLOCKS_WHOLE,
    "right": unformatted(BLOCKS_RIGHT),
    "refuses": BLOCKS_REFUSES,
    "refuses_length": say("it sees that octets are missing"),
    "refuses_seam": say("= at place {at}, before the end"),
    "seam": say("= inside the text"),
}
LIVE_SOCKETS: dict[str, object] = {
    "now": say("Now, live"),
    "back": say("Back"),
    "next": say("Next"),
    "choose": say("Look"),
    "look": say("Look {number}: {note}"),
    "at": say("Look {at} of {of}, after {seconds} seconds"),
    "live": say("(the newest; what changes now is added at once)"),
    "table": say("TCP sockets of this process"),
    "columns": SOCKETS_COLUMNS,
    "none": SOCKETS_NONE,
    "changes": say("What had changed"),
    "nothing": say("Nothing had changed."),
    "diagram_now": say("The states of a TCP connection. In use: {states}."),
    "diagram_none": say("The states of a TCP connection. None is in use."),
    "state_count": "{state} {count}",
    "edges": {
        "listen": say("listen()"),
        "connect": say("connect()"),
        "syn": say("SYN comes"),
        "syn_ack": say("SYN, ACK comes"),
        "ack": say("ACK comes"),
        "close": say("close()"),
        "fin": say("FIN comes"),
        "timeout": say("time passes"),
    },
}
LIVE_MAILBOX: dict[str, object] = {
    "list": say("Messages, newest first"),
    "columns": MAILBOX_COLUMNS,
    "follow": say("Follow the newest"),
    "empty": MAILBOX_EMPTY,
    "tabs": say("What to see of the message"),
    "tab_message": say("Message"),
    "tab_raw": say("Raw"),
    "tab_headers": say("Header"),
    "tab_transcript": say("Transcript"),
    "as_text": AS_TEXT,
    "attachments": ATTACHMENTS,
    "save": SAVE,
    "picture": PICTURE,
    "saving": say("{name}: {done} of {size} octets fetched."),
    "saved": say("{name}: saved, {size} octets."),
    "gone": say("the rest of it is not there any more"),
    "detail": say("The line that is chosen"),
    "to_server": TO_SERVER,
    "to_client": TO_CLIENT,
    "cut": say("{size}: the first 4,096 are shown."),
}
LIVE_TAB_PARTS = say("Parts: {count:,}")
LIVE_TAB_DEFECTS = say("Defects: {count:,}")
LIVE_FILES_MORE = say(
    "{count:,} more: the tab of the parts names them, and message.parts has them."
)
LIVE_EMPTIED = say("the mailbox was emptied")
LIVE_NO_SESSION = say("The session that brought this message is not known here.")
