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
ENVELOPE_NONE = "none: this message was not sent"
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

# --- MIME explorer ---------------------------------------------------------------------------
MIME_TITLE = "MIME explorer: {subject}"
MIME_TITLE_TWO = "MIME explorer: {here} beside {there}"
MIME_SIDE = "{subject} ({size}, {lines})"
MIME_TREE = "Tree"
MIME_TREE_OF = "Tree: {subject}"
MIME_WHOLE = "the message"
MIME_PART = "part {name}"
MIME_LINES = "lines {first} to {last}"
MIME_LINE = "line {first}"
MIME_KINDS = {
    "header": "header",
    "empty": "empty line",
    "body": "body",
    "delimiter": "delimiter",
    "preamble": "before parts",
    "epilogue": "after parts",
}
MIME_KINDS_LONG = {
    "header": "a line of the header of {part}",
    "empty": "the empty line that ends the header of {part}",
    "body": "a line of the body of {part}",
    "delimiter": "a delimiter of {part}",
    "preamble": "before the first delimiter of {part}: readers show nothing of it",
    "epilogue": "after the closing delimiter of {part}: readers show nothing of it",
}
MIME_FOLD = "… {lines} of base64, {octets}"
MIME_FOLDED = "{lines} of base64 left out here: message.raw has them"
MIME_MORE_LINES = "… {lines} more: message.raw has them"
MIME_MARKS = ("1 mark", "{count:,} marks")
MIME_MARKS_NONE = "No rule is broken that is judged here."
MIME_SIGNS = {"rule": "▲", "defect": "●"}
MIME_SIGN_RULE = "rule broken"
MIME_SIGN_DEFECT = "Python's parser"
MIME_DEFECT = "Python's parser: {defect}"
MIME_DEFECTS_LATER = "Python's parser was not asked for a message of this size: message.defects is."
MIME_FIELDS = "Header of {part}: {fields}"
MIME_FIELDS_COUNT = ("1 field", "{count:,} fields")
MIME_FIELD_COLUMNS = ("Line", "Field", "As it stands", "Decoded")
MIME_NO_FIELD = "(no field)"
MIME_SAME = "the same"
MIME_RAW = "Raw, with line numbers: {lines}"
MIME_LIMITS = {
    "depth": "Parts are nested deeper than {limit:,} levels: the tree ends there.",
    "parts": "There are more than {limit:,} parts: the tree ends there.",
    "fields": "There are more than {limit:,} header fields: the rest was not taken apart.",
    "header lines": "The headers have more than {limit:,} lines: the rest was not taken apart.",
    "looks": "More than {limit:,} places look like a delimiter: the rest was not looked at.",
    "values": "The Content- fields have more than {limit:,} octets: the rest was not read.",
}
MIME_MARK_LIMITS = {
    "marks": "There are more than {limit:,} marks: the first are shown.",
    "alike": "A rule is broken more than {limit:,} times: the first are shown.",
    "fields": "Header fields of more than {limit:,} octets were not judged.",
    "bodies": "Bodies of more than {limit:,} octets were not judged line by line.",
    "looks": "More than {limit:,} places look like a delimiter: the rest was not judged.",
}
MIME_DIFFERENCES = ("1 difference", "{count:,} differences")
MIME_NO_DIFFERENCE = "No difference."
MIME_DIFFERENCE_COLUMNS = ("What differs", "Here", "There")
MIME_DIFFERENCE = {
    "part": "{name}: only in one of them",
    "place": "{name}: the same content, in another place of the tree",
    "field": "{name}: another value",
    "field-alone": "{name}: only in one of them",
    "boundary": "{name}: the boundary alone",
    "content": "{name}: another content, decoded",
}

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

# --- base64 ----------------------------------------------------------------------------------
BASE64_TITLE = "Base64: {octets} in, {letters} out{padding}"
BASE64_LETTERS = ("1 letter", "{count:,} letters")
BASE64_PADDING = {"": "", "=": ", one = at the end", "==": ", two = at the end"}
BASE64_EMPTY = "Base64: no octets in, no letters out."
BASE64_ROWS = ("character", "octet", "its bits", "cut by six", "number", "letter")
BASE64_LINE = "Octets {first:,} to {last:,}"
BASE64_PART = "…"  # the rest of a character that began in the row above
BASE64_NO_CHARACTER = "(none)"
BASE64_SPACE = "␣"
BASE64_ADDED = "Underlined zeros complete the last six bits. = completes the last four letters."
BASE64_ADDED_TEXT = "The last {count} bits are zeros that complete the six."
BASE64_MORE = "… {octets} more: their letters come about in the same way"
BLOCKS_TITLE = "Base64 in blocks: {octets} in blocks of {size:,}, encoded one by one and joined"
BLOCKS_ALL_IN_ONE = "All of it fits into one block: nothing is joined."
BLOCKS_HARMLESS = (
    "{size:,} is {threes:,} times 3: no octet is left over, no = is due, and whole groups of four "
    "letters join without a seam."
)
BLOCKS_HARM = (
    "{size:,} is {threes:,} times 3, and {over} over: the letters of each full block end in "
    "{padding}, and joined, that stands inside the text."
)
BLOCKS_JOINED = "The joined letters"
BLOCKS_BLOCK = "Block {number:,}"
BLOCKS_MORE = "… {count:,} more blocks …"
BLOCKS_CUT = " … "
BLOCKS_COLUMNS = ("A decoder that", "gives", "of which")
BLOCKS_STOPS = "takes the first = for the end"
BLOCKS_PASSES = "passes over = and goes on"
BLOCKS_STRICT = "is strict"
BLOCKS_PYTHON = "is base64.b64decode of this Python, {version}"
BLOCKS_WHOLE = "all are right"
BLOCKS_RIGHT = "the first {right:,} are right; {gone:,} of {total:,} are lost or wrong"
BLOCKS_REFUSES = "an error"
BLOCKS_ERROR = "it says: {error}"
BLOCKS_NOT_BASE64 = "= before the end is no base64"

# --- sockets ---------------------------------------------------------------------------------
SOCKETS_TITLE = "Sockets: {sockets} of this process, {looks} kept"
SOCKETS = ("1 TCP socket", "{count:,} TCP sockets")
LOOKS = ("1 look", "{count:,} looks")
LOOK_TITLE = "Look {number}: {note}"
LOOK_FIRST = "the watch begins"
LOOK_UNNAMED = "something has changed"
SOCKETS_NONE = "No TCP socket of this process is open."
SOCKETS_COLUMNS = ("Whose", "Own end", "Other end", "State", "That is")
SOCKETS_LOOKS = ("Look", "Seconds", "What had changed")
SOCKETS_OLDER = "… {count:,} looks before these: watch.history has them"
SOCKETS_NOTHING = "nothing"
SOCKETS_LEFT_OUT = ("1 socket of the notebook itself is left out.",
                    "{count:,} sockets of the notebook itself are left out.")  # fmt: skip
SOCKETS_LOOPBACK = "Every address is 127.0.0.1; the numbers are ports."
SOCKETS_PARTLY = (
    "This system shows a user the sockets of this process alone: what the kernel keeps by itself "
    "is not in sight."
)
SOCKET_OWNER = {
    "yours": "yours",
    "lab": "the lab's",
    "kernel": "no process's",
    "other": "another process's",
}
SOCKET_PORT = "{owner} (port {port})"
SOCKET_NAME = "{local} to {remote}"
SOCKET_LISTENER = "{local}"
SOCKET_NEW = "{name}: {after}, new"
SOCKET_GONE = "{name}: was {before}, gone"
SOCKET_MOVED = "{name}: {before}, now {after}"
SOCKET_TAKEN = "{name}: {after}, now {owner}"
# RFC 9293, section 3.3.2: what each state means, from where its owner stands.
TCP_STATES = {
    "CLOSE": "no connection",
    "LISTEN": "waits for connections",
    "SYN_SENT": "has asked for a connection, and waits for the answer",
    "SYN_RECV": "was asked, has answered, and waits for the last of three packets",
    "ESTABLISHED": "connected: octets can go both ways",
    "FIN_WAIT1": "this side has closed, and waits for that to be acknowledged",
    "FIN_WAIT2": "this side has closed, and waits for the other to close",
    "CLOSE_WAIT": "the other side has closed, and this one has not",
    "CLOSING": "both sides have closed at the same time",
    "LAST_ACK": "both sides have closed; the last acknowledgement is due",
    "TIME_WAIT": "over; the pair of ports is kept for a while",
}
TCP_STATE_OTHER = "a state that only this system has"
TCP_STATES_LINK = (
    "RFC 9293, section 3.3.2",
    "https://www.rfc-editor.org/rfc/rfc9293#section-3.3.2",
)

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
LIVE_MIME: dict[str, object] = {
    "tree": MIME_TREE,
    "all": "List",
    "tree_of": MIME_TREE_OF,
    "raw": "Raw message, line by line",
    "raw_of": "Raw message, line by line: {subject}",
    "detail": "The line that is chosen",
    "decode": "Decode header fields",
    "decoded": "decoded",
    "ends": "Show CR and LF",
    "marks": ("1 mark", "{count} marks"),
    "no_marks": MIME_MARKS_NONE,
    "judging": "Looking for broken rules …",
    "mark": "Mark {at} of {of}",
    "next_mark": "Next mark",
    "last_mark": "Previous mark",
    "differences": ("1 difference", "{count} differences"),
    "no_differences": MIME_NO_DIFFERENCE,
    "difference": "Difference {at} of {of}",
    "next_difference": "Next difference",
    "last_difference": "Previous difference",
    "differs": "differs",
    "unfold": "Unfold",
    "fold": "Fold",
    "fold_row": "… {lines} of base64, {octets}. Enter unfolds.",
    "line": "line {line}",
    "places": ("line {line} left", "line {line} right"),
    "kinds": MIME_KINDS,
    "signs": MIME_SIGNS,
    "says": {"rule": MIME_SIGN_RULE, "defect": MIME_SIGN_DEFECT},
    "cut": "{size}: the first 4,096 are shown.",
    "more": "… more lines than a page can hold: message.raw has them all.",
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

# --- console ---------------------------------------------------------------------------------
CONSOLE_TITLE = "Console: SMTP by hand on port {port} ({role})"
CONSOLE_COLUMNS = ("Seconds", "You", "Way", "Server")
CONSOLE_CAPTION = "What was said until now"
CONSOLE_OLDER = "… {lines} before: console.history has them all"
CONSOLE_EMPTY = "Nothing was said yet."
CONSOLE_PLAIN = (
    "To type here, run this cell: the console wants a running kernel. In code, "
    '`console.say("NOOP")` says a line of a console that was kept as `console`.'
)
CONSOLE_STATE = "Now: {name}, {means}"
CONSOLE_TLS = {True: "protected by TLS", False: "in the clear"}
CONSOLE_LOGGED_IN = "logged in"
CONSOLE_NEXT = "Legal next"
CONSOLE_ANY_TIME = "At any time"
CONSOLE_MACHINE = "The states of a session"
CONSOLE_HERE = "here we are"
CONSOLE_LEADS = "{step} leads to {state}"
CONSOLE_QUIT = "Where a command is taken, QUIT leads to {state}"
CONSOLE_DIAGRAM = "State machine. {now}. From here, {leads}."
# What leads from state to state, where that is no command.
CONSOLE_EDGES = {
    "LISTEN": "220, the greeting",
    "TLS": "the handshake",
    "ANSWER": "the last answer",
    "CANCEL": "an asterisk",
    "DOT": "a lone dot",
    "CONNECT": "a new session",
}
CONSOLE_ACCOUNT = (
    "The lab's account is {address}, its authorization code {code}. On the wire go their base64."
)
# State: its name on the page, what it means, the RFC, its section.
CONSOLE_STATES: dict[str, tuple[str, str, str, str]] = {
    "connected": ("connected", "the server has the first word", "5321", "3.1"),
    "greeted": ("greeted", "we have not said who we are", "5321", "4.1.1.1"),
    "hello": ("hello", "both are named, no mail is under way", "5321", "4.1.4"),
    "tls-wanted": ("TLS wanted", "the handshake comes next, and nothing else", "3207", "4"),
    "auth": ("auth", "the server waits for an answer in base64", "4954", "4"),
    "mail": ("mail", "an envelope with a sender and no recipient", "5321", "3.3"),
    "rcpt": ("rcpt", "an envelope with a recipient", "5321", "3.3"),
    "data": ("data", "what we type is the letter, up to a lone dot", "5321", "4.1.1.4"),
    "closed": ("closed", "there is no connection", "5321", "3.8"),
}
# Step: its name on a button, what it does, the RFC, its section. A command's line is its name.
CONSOLE_STEPS: dict[str, tuple[str, str, str, str]] = {
    "EHLO": ("EHLO", "say who we are, and ask what is offered", "5321", "4.1.1.1"),
    "HELO": ("HELO", "say who we are, as before 1995", "5321", "4.1.1.1"),
    "MAIL": ("MAIL", "begin an envelope with its sender", "5321", "4.1.1.2"),
    "RCPT": ("RCPT", "add a recipient", "5321", "4.1.1.3"),
    "DATA": ("DATA", "begin the letter", "5321", "4.1.1.4"),
    "RSET": ("RSET", "throw the envelope away", "5321", "4.1.1.5"),
    "NOOP": ("NOOP", "ask for a sign of life", "5321", "4.1.1.9"),
    "VRFY": ("VRFY", "ask whether an address exists", "5321", "4.1.1.6"),
    "HELP": ("HELP", "ask for help", "5321", "4.1.1.8"),
    "QUIT": ("QUIT", "take leave", "5321", "4.1.1.10"),
    "STARTTLS": ("STARTTLS", "ask for TLS", "3207", "4"),
    "AUTH": ("AUTH", "begin to log in", "4954", "4"),
    "TLS": (
        "TLS handshake",
        "make the connection private, and verify the server's name",
        "3207",
        "4",
    ),
    "TEXT": ("a line", "a line of the letter: nobody answers", "5321", "4.1.1.4"),
    "DOT": (".", "a lone dot ends the letter", "5321", "4.1.1.4"),
    "ANSWER": ("an answer", "the answer, in base64", "4954", "4"),
    "CANCEL": ("*", "give the login up", "4954", "4"),
    "LISTEN": ("Wait", "wait for the server's words", "5321", "4.3.1"),
    "CONNECT": ("New session", "connect again", "5321", "3.1"),
}
# What the console notices. `detail` and `timeout` are filled in.
CONSOLE_NOTES: dict[str, str] = {
    "connected": "connected to {detail}",
    "no-connection": "no connection: {detail}",
    "tls": "TLS from here on: {detail}",
    "tls-failed": "the handshake failed, and with it the connection: {detail}",
    "tls-silent": "no answer to the handshake within {timeout:g} seconds: the connection is closed",
    "dropped": "thrown away, for it came before TLS: {detail}",
    "silent": "no answer within {timeout:g} seconds",
    "partial": "no whole answer within {timeout:g} seconds; so far came {detail}",
    "late": "the reply below came late, or unasked",
    "no-reply": "the line below is no reply",
    "endless": "a reply without end: the connection is closed",
    "stuck": "the server takes nothing more: the connection is closed",
    "hung-up": "the server hung up",
    "hung-up-within": "the server hung up within a reply: {detail}",
    "broken": "the connection broke: {detail}",
    "closed": "the connection is closed",
    "unsent": "not sent, for there is no connection: {detail}",
    "unsent-rest": "lines that were not sent: {detail}",
}
LIVE_CONSOLE: dict[str, object] = {
    "list": "What was said until now",
    "say": "Your line",
    "say_hint": "Enter sends it, CRLF is added. Arrow up brings back what you said before.",
    "send": "Send",
    "letter": "Lines of the letter",
    "letter_hint": (
        "Control and Enter sends them, each with CRLF. They go out as they stand: no dot is "
        "doubled. A line with a dot alone ends the letter."
    ),
    "dot": "Send the lone dot",
    "next": CONSOLE_NEXT,
    "any_time": CONSOLE_ANY_TIME,
    "again": "New session",
    "server": "Waiting for the server.",
    "detail": "The line that is chosen",
    "to_server": TO_SERVER,
    "to_client": TO_CLIENT,
    "diagram": {
        "LISTEN": "220",
        "HELLO": "EHLO, HELO",
        "TLS": "handshake",
        "ANSWER": "answers",
        "DOT": "a lone dot",
        "QUIT": "QUIT",
    },
}
LIVE_BASE64: dict[str, object] = {
    "title": "Base64, bit by bit",
    "text": "Text",
    "hex": "Octets as hex",
    "as_hex": "Octets as hex",
    "letters": "Base64",
    "decimal": "Decimal numbers",
    "only_hex": "These octets are no text that can be typed: they stand here as hex.",
    "more": "The first {shown} of {total} octets are here.",
    "grid": "Characters, octets, bits, sixes, numbers, letters",
    "rows": {
        "char": "character",
        "octet": "octet",
        "bit": "bits",
        "six": "cut by six",
        "number": "number",
        "letter": "letter",
    },
    "earlier": "Earlier",
    "later": "Later",
    "window": "Octets {first} to {last} of {total}",
    "sizes": "{octets} octets in, {letters} letters out",
    "nothing": "Nothing is typed yet.",
    "help": "Point at a cell, or go there with Tab and the arrow keys.",
    "and": " and ",
    "part": "…",
    "at": {
        "char": "Character {n}, {char}, is {octets}, and has a share in {letters}.",
        "none": "Octet {n} is part of no character: this is no UTF-8.",
        "octet": "Octet {n}, {hex} in hex, {decimal} in decimal, is {bits}. Its bits go into "
        "{letters}.",
        "bit": "Bit {bit} of octet {n} is {value}. It is bit {of_six} of letter {letter}.",
        "added": "A zero that completes the last six bits, behind the last octet. It is bit "
        "{of_six} of letter {letter}.",
        "six": "The six bits {bits} hold {parts}. They make the number {number}, letter {letter}.",
        "number": "Number {number} is {bits}, and stands for {letter} in the alphabet.",
        "letter": "Letter {n}, {letter}, number {number}, holds {parts}.",
        "padding": "= completes the last group of four. It stands for no octet.",
    },
    "octet_one": "octet {n}",
    "octet_many": "octets {first} to {last}",
    "letter_one": "letter {n}",
    "letter_many": "letters {first} to {last}",
    "first_bits": "the first {count} bits of octet {n}",
    "last_bits": "the last {count} bits of octet {n}",
    "zeros": "{count} zeros that complete the six",
    "bad_octet": "Hex has the digits 0 to 9 and a to f, two for each octet. Place {at} has {what}.",
    "odd_hex": "Two digits make an octet: the last digit, {what}, is alone.",
    "bad_letter": "Place {at} has {what}, which is no letter of the alphabet.",
    "bad_padding": "Place {at} has a =, and letters come after it. = stands only at the end.",
    "much_padding": "There are {count} = at the end, and at most two can be due.",
    "padding_not_due": "The letters before = make whole groups of four: no = is due.",
    "one_over": "One letter is left over after groups of four. Its six bits make no octet.",
    "padding_missing": "The last group has {count} letters of four. What is missing is written "
    "as =.",
    "loose_bits": "The last letter has bits that belong to no octet, and they are not zero. A "
    "decoder drops them, or refuses.",
    "until": "The picture shows the octets up to there.",
    "line_break": "a line break",
    "space": "a space",
    "blocks": "Cut into blocks of",
    "blocks_number": "Octets in a block, as a number",
    "blocks_off": "not cut",
    "blocks_on": "{size} octets, encoded one by one",
    "blocks_result": "What comes out of the blocks",
    "joined": BLOCKS_JOINED,
    "all_in_one": BLOCKS_ALL_IN_ONE,
    "harmless": BLOCKS_HARMLESS.replace(":,", ""),
    "harm": BLOCKS_HARM.replace(":,", ""),
    "block": BLOCKS_BLOCK.replace(":,", ""),
    "more_blocks": BLOCKS_MORE.replace(":,", ""),
    "columns": BLOCKS_COLUMNS,
    "decoders": {"stops": BLOCKS_STOPS, "passes": BLOCKS_PASSES, "strict": BLOCKS_STRICT},
    "python": "this Python, {version}",
    "gives": "{count} octets",
    "whole": BLOCKS_WHOLE,
    "right": BLOCKS_RIGHT.replace(":,", ""),
    "refuses": BLOCKS_REFUSES,
    "refuses_length": "it sees that octets are missing",
    "refuses_seam": "= at place {at}, before the end",
    "seam": "= inside the text",
}
LIVE_SOCKETS: dict[str, object] = {
    "now": "Now, live",
    "back": "Back",
    "next": "Next",
    "choose": "Look",
    "look": "Look {number}: {note}",
    "at": "Look {at} of {of}, after {seconds} seconds",
    "live": "(the newest; what changes now is added at once)",
    "table": "TCP sockets of this process",
    "columns": SOCKETS_COLUMNS,
    "none": SOCKETS_NONE,
    "changes": "What had changed",
    "nothing": "Nothing had changed.",
    "diagram_now": "The states of a TCP connection. In use: {states}.",
    "diagram_none": "The states of a TCP connection. None is in use.",
    "state_count": "{state} {count}",
    "edges": {
        "listen": "listen()",
        "connect": "connect()",
        "syn": "SYN comes",
        "syn_ack": "SYN, ACK comes",
        "ack": "ACK comes",
        "close": "close()",
        "fin": "FIN comes",
        "timeout": "time passes",
    },
}
LIVE_MAILBOX: dict[str, object] = {
    "list": "Messages, newest first",
    "columns": MAILBOX_COLUMNS,
    "follow": "Follow the newest",
    "empty": MAILBOX_EMPTY,
    "tabs": "What to see of the message",
    "tab_message": "Message",
    "tab_raw": "Raw",
    "tab_headers": "Header",
    "tab_transcript": "Transcript",
    "as_text": AS_TEXT,
    "attachments": ATTACHMENTS,
    "save": SAVE,
    "picture": PICTURE,
    "saving": "{name}: {done} of {size} octets fetched.",
    "saved": "{name}: saved, {size} octets.",
    "gone": "the rest of it is not there any more",
    "detail": "The line that is chosen",
    "to_server": TO_SERVER,
    "to_client": TO_CLIENT,
    "cut": "{size}: the first 4,096 are shown.",
}
LIVE_TAB_PARTS = "Parts: {count:,}"
LIVE_TAB_DEFECTS = "Defects: {count:,}"
LIVE_FILES_MORE = "{count:,} more: the tab of the parts names them, and message.parts has them."
LIVE_EMPTIED = "the mailbox was emptied"
LIVE_NO_SESSION = "The session that brought this message is not known here."
