"""Every English word that a view shows, in one place.

A translation replaces this module and nothing else. Names in braces are filled in by the views.
"""

# --- reply codes -----------------------------------------------------------------------------
# RFC 5321, section 4.2.1: "The first digit denotes whether the response is good, bad, or
# incomplete." The whole codes are those of its sections 4.2.2 and 4.2.3, and of the extensions
# that a submission server offers. Each entry: a few words, the RFC, its section.
Reply = tuple[str, str, str]

REPLY_CODES: dict[str, Reply] = {
    "211": ("system status", "5321", "4.2.3"),
    "214": ("help", "5321", "4.2.3"),
    "220": ("ready", "5321", "4.2.3"),
    "221": ("goodbye, the server closes", "5321", "4.2.3"),
    "235": ("logged in", "4954", "4"),
    "250": ("done", "5321", "4.2.3"),
    "251": ("not local, will be forwarded", "5321", "4.2.3"),
    "252": ("cannot verify, will try", "5321", "4.2.3"),
    "334": ("your turn: the next answer, in base64", "4954", "4"),
    "354": ("send the message, end with a lone dot", "5321", "4.2.3"),
    "421": ("closing now, try again later", "5321", "4.2.3"),
    "432": ("a password transition is needed", "4954", "6"),
    "450": ("mailbox busy, try again later", "5321", "4.2.3"),
    "451": ("a local error, try again later", "5321", "4.2.3"),
    "452": ("no room now, try again later", "5321", "4.2.3"),
    "454": ("not possible right now", "4954", "6"),
    "455": ("cannot take these parameters", "5321", "4.2.3"),
    "500": ("command not recognised", "5321", "4.2.3"),
    "501": ("wrong parameter", "5321", "4.2.3"),
    "502": ("command not offered here", "5321", "4.2.3"),
    "503": ("not now: wrong order of commands", "5321", "4.2.3"),
    "504": ("parameter not offered here", "5321", "4.2.3"),
    "521": ("takes no mail at all", "7504", "3"),
    "530": ("something must come first", "4954", "6"),
    "534": ("this way to log in is too weak", "4954", "6"),
    "535": ("user or password refused", "4954", "6"),
    "538": ("log in needs encryption", "4954", "6"),
    "550": ("refused: no such mailbox, or policy", "5321", "4.2.3"),
    "551": ("not local, try the other address", "5321", "4.2.3"),
    "552": ("too much data", "5321", "4.2.3"),
    "553": ("address not allowed", "5321", "4.2.3"),
    "554": ("refused, for good", "5321", "4.2.3"),
    "555": ("parameters of MAIL or RCPT not known", "5321", "4.2.3"),
    "556": ("the domain takes no mail", "7504", "4"),
}
# One code can mean two things; the command that it answers tells which.
REPLY_AFTER: dict[tuple[str, str], Reply] = {
    ("STARTTLS", "220"): ("ready for the TLS handshake", "3207", "4"),
    ("STARTTLS", "454"): ("TLS not available now", "3207", "4"),
    ("DATA", "250"): ("the message is taken", "5321", "4.2.5"),
    ("MAIL", "530"): ("TLS or a login must come first", "4954", "6"),
}
REPLY_CLASSES: dict[str, Reply] = {
    "2": ("done", "5321", "4.2.1"),
    "3": ("go on", "5321", "4.2.1"),
    "4": ("not now, try again later", "5321", "4.2.1"),
    "5": ("refused, for good", "5321", "4.2.1"),
}
RFC_URL = "https://www.rfc-editor.org/rfc/rfc{rfc}#section-{section}"
RFC_LABEL = "RFC {rfc}, {section}"

# --- shared ----------------------------------------------------------------------------------
CUT = "… ({total:,} characters)"
OCTETS = "{count:,} octets"
OCTET = "1 octet"
NOT_DRAWN = "This view could not be drawn ({error})."

# --- lab card --------------------------------------------------------------------------------
CARD_TITLE = "Mail provider {hostname}, profile {profile}"
CARD_STOPPED = "Mail provider {hostname}, profile {profile}: stopped"
CARD_COLUMNS = ("In code", "Value", "What for")
CARD_PORTS = {
    ("strict", 25): "from server to server: takes mail for {domain} alone, no login",
    ("strict", 465): "submission, TLS from the first octet",
    ("strict", 587): "submission, STARTTLS comes first",
    ("legacy", 25): "as in 2016: takes mail for {domain}, and logins in the clear",
    ("legacy", 465): "submission, TLS from the first octet",
    ("legacy", 587): "submission, logins in the clear, STARTTLS if you ask",
}
CARD_ADDRESS = "your address, and your user name"
CARD_WEB_PASSWORD = {
    "strict": "for the web page; SMTP refuses it",
    "legacy": "for the web page, and for SMTP too",
}
CARD_CODE = "the password that SMTP wants"
CARD_CA_FILE = "whom to trust for TLS"
CARD_HOSTNAME = "the name in the certificate"

# --- transcript ------------------------------------------------------------------------------
TRANSCRIPT_TITLE = "Transcript: {sessions}"
TRANSCRIPT_EMPTY = "Transcript: nothing was said yet."
SESSIONS = ("1 session", "{count:,} sessions")
SESSION_TITLE = "Session {number}, port {port} ({role}), {lines}, {ended}"
SESSION_EMPTY = "Nothing was said in this session."
SESSION_ROLES = {25: "server to server", 465: "submission with TLS", 587: "submission"}
SESSION_ROLE_OTHER = "SMTP"
SESSION_ENDED = {
    "C": "closed by the client",
    "S": "closed by the server",
    None: "still open",
}
SESSIONS_OLDER = "{count:,} older sessions are not drawn: transcript.sessions has them."
LINES = ("1 line", "{count:,} lines")
LADDER_COLUMNS = ("Seconds", "Client", "Way", "Server")
TO_SERVER = "client to server"
TO_CLIENT = "server to client"
MARK_TLS = "TLS"
MARK_AUTH = "AUTH"
MARK_DATA = "DATA"
MARK_END = "end of the message"
TLS_BEGINS = "TLS from here on: who listens sees sizes and times, no words"
TLS_FIRST = "TLS from the first octet: who listens sees sizes and times, no words"
TLS_ENDS = "no TLS from here on: who listens reads every word"
MESSAGE_FOLD = "the message: {lines}, {octets}"
LINES_LEFT_OUT = "… {lines} more, {octets}: session.lines() has them all"
ROWS_LEFT_OUT = "… {lines} left out here: session.lines() has them all"

# --- mailbox ---------------------------------------------------------------------------------
MAILBOX_TITLE = "Mailbox: {messages}, newest first"
MAILBOX_EMPTY = "Mailbox: no message has arrived."
MESSAGES = ("1 message", "{count:,} messages")
MAILBOX_COLUMNS = ("No.", "Subject", "From", "To", "Size")
MAILBOX_OLDER = "{count:,} older messages are not drawn: mailbox[i] has them."
MAILBOX_OTHER = "No. {number}: {subject}"
MESSAGE_TITLE = "No. {number}: {subject}"
MESSAGE_ALONE = "Message: {subject}"
NO_SUBJECT = "(no subject)"
NO_FIELD = "(no {name} field)"
FROM = "From"
TO = "To"
DATE = "Date"
ENVELOPE = "Envelope"
ENVELOPE_VALUE = "from {sender} to {recipients}, session {session}"
NULL_SENDER = "<>"
AND_MORE = "and {count:,} more"
FRAME_TITLE = "The message as a mail program shows it: {subject}"
FRAME_NOTE = "Shown in a sealed frame: nothing in it can run or load."
HTML_CUT = "The HTML has {total:,} characters; the first {shown:,} are shown."
REMOTE_LEFT = "The message asks for things from the network. They were not loaded."
CID_MISSING = "The HTML refers to cid:{cid}, but no part has this Content-ID."
CID_TOO_BIG = "The picture cid:{cid} ({size}) is too big to be shown here."
CID_NO_PICTURE = "cid:{cid} is {content_type}: not a kind of picture that is shown."
NO_PARTS = "A mail program shows nothing: no part was found in this message."
NO_TEXT = "No part of this message is text that a mail program would show."
EMPTY_TEXT = "The text of this message is empty."
AS_TEXT = "The same as plain text"
TEXT_CUT = "… {size} in all, cut here: part.text has it all"
ATTACHMENTS = "Attachments"
SAVE = "Save {name}"
ATTACHMENT = "{content_type}, {size}"
ATTACHMENT_SAID = "the message calls it {name}"
TOO_BIG = "too big for this page: {code} has its octets"
PICTURE = "Picture: {name}"
UNNAMED = "part-{number}"
RAW = "Raw: {size}, as sent"
RAW_CUT = "… {size} in all, cut here: message.raw has it all"
HEADERS = "Header: {count:,} fields"
HEADER_COLUMNS = ("Field", "Value, decoded")
HEADERS_MORE = "… {count:,} more fields: message.headers has them all"
PARTS = "Parts: {count:,}"
PART_COLUMNS = ("No.", "Type", "File name", "Disposition", "Content-ID", "Charset", "Size")
PARTS_MORE = "… {count:,} more parts: message.parts has them all"
DEFECTS = "Defects: {count:,}"
DEFECTS_NONE = "Defects: none that a parser finds"
DEFECTS_MORE = "… {count:,} more: message.defects has them all"
NONE = "-"

# --- verdict ---------------------------------------------------------------------------------
# Status: a sign for the page, and words for everywhere.
VERDICT_STATUS = {
    "passed": ("✓", "Passed"),
    "failed": ("✗", "Not yet right"),
    "error": ("!", "Stopped by an error"),
    "stuck": ("∞", "Waits for ever"),
    "not_attempted": ("○", "Not yet written"),
}
VERDICT_TITLE = "{status}: {exercise}"
VERDICT_OF_NOTHING = "Nothing to check"
STEPS = "What happened"
STEPS_BEFORE = "Steps before: {count}"
VERDICT_TRANSCRIPT = "The octets"
LOOK = "Look at"
YOUR_LINE = "Your line"
YOUR_LINE_NUMBER = "Your line {line}"
OUTPUT = "Your code printed ({lines})"

# --- hint, solution, prediction --------------------------------------------------------------
HINT_TITLE = "Hint {rung} of {of} for {exercise}"
HINT_MORE = "hint({exercise}) again gives the next one."
HINT_LAST = "That was the last one. solution({exercise}) is open now."
SOLUTION_TITLE = "Solution: {exercise}"
SOLUTION_CLOSED = "Solution: {exercise} is still closed"
PREDICT_TITLE = "Before you run it"
PREDICT_NOTED = "Noted. Now run the next cell; the line below says why."
PREDICT_WHY = "After the run: why"
PREDICT_ANSWER = "Answer"
PREDICT_TEXT = "Choose one, then run the next cell."

# --- progress --------------------------------------------------------------------------------
PROGRESS_TITLE = "Progress: {passed} of {total} exercises passed"
PROGRESS_COLUMNS = ("Lesson", "Passed", "Exercises")
PROGRESS_COUNT = "{passed} of {total}"
PROGRESS_STATUS = {
    "passed": ("✓", "passed"),
    "tried": ("…", "tried"),
    "new": ("○", "new"),
}
PROGRESS_NEXT = "Next"
PROGRESS_NONE_LEFT = "Every exercise is passed."
PROGRESS_FOLDER = "Your files"

# --- gauntlet --------------------------------------------------------------------------------
GAUNTLET_TITLE = "Gauntlet: {mine} of {total} passed by your client, {library} by smtplib"
GAUNTLET_NOT_RUN = "Gauntlet: not run"
GAUNTLET_COLUMNS = ("Scenario", "Your client", "smtplib", "What happened")
GAUNTLET_STATUS = {True: ("✓", "passed"), False: ("✗", "failed")}
GAUNTLET_RIGHT = "Right: {right}"
GAUNTLET_BOTH = "Both: {sentence}"
GAUNTLET_MINE = "Your client: {sentence}"
GAUNTLET_LIBRARY = "smtplib: {sentence}"
GAUNTLET_TRANSCRIPTS = ("Transcript of your client", "Transcript of smtplib")
GAUNTLET_SILENT = "The provider heard no word of SMTP."
GAUNTLET_LINES_BEFORE = "({lines} before)"

# --- live views ------------------------------------------------------------------------------
# These go to the page as they are. Names in braces are filled in there; of a pair, the first is
# for one, the second for any other number.
LIVE: dict[str, object] = {
    "octets": "Octets",
    "waiting": "Waiting for the kernel: it answers when the cell that runs has ended.",
    "failed": "That could not be shown ({error}).",
}
LIVE_SESSION = "Session {number}, port {port} ({role}), {ended}"
LIVE_TRANSCRIPT: dict[str, object] = {
    "list": "Lines of the session",
    "choose": "Session",
    "follow": "Follow the newest",
    "replay": "Replay",
    "back": "Back",
    "next": "Next",
    "play": "Play",
    "pause": "Pause",
    "speed": "Speed",
    "times": "{by} times as fast",
    "at": "{at} of {of}",
    "detail": "The line that is chosen",
    "to_server": TO_SERVER,
    "to_client": TO_CLIENT,
    "empty": TRANSCRIPT_EMPTY,
    "cut": "{size}: the first 4,096 are shown.",
}
LIVE_VERDICT: dict[str, object] = {
    "help": "Help with {exercise}",
    "hint": "Next hint",
    "solution": "Solution",
    "reset": "Begin again",
    "really": "Put the stub of {exercise} back?",
    "sure": "Yes, the stub",
    "keep": "No, keep mine",
    "put": "The stub of {exercise} is in its cell again. Ctrl+Z there brings back what you had.",
}
