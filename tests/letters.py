"""Letters, legal and broken, each with what is true of it."""


def crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


FIRST = "From: you@lab.test\nDate: Wed, 04 May 2016 09:30:00 +0200\nMIME-Version: 1.0\n"
UTF8 = "Content-Type: text/plain; charset=utf-8\n"
MIXED = FIRST + 'Content-Type: multipart/mixed; boundary="b"\n\n'
BASE64 = FIRST + "Content-Transfer-Encoding: base64\n\n"
QUOTED = FIRST + UTF8 + "Content-Transfer-Encoding: quoted-printable\n\n"
PART = "--b\n\nHello\n"


def dated(value: str) -> str:
    return FIRST.replace("Wed, 04 May 2016 09:30:00 +0200", value) + "\nx\n"


# What is odd about it, and the letter. No rule is broken in it.
LEGAL: list[tuple[str, str | bytes]] = [
    ("nothing", FIRST + "\nHello\n"),
    ("no body", FIRST),
    ("8bit that says so", FIRST + UTF8 + "Content-Transfer-Encoding: 8bit\n\nzwölf\n"),
    ("another charset", FIRST + "Subject: =?iso-8859-1?Q?=FC?=\n\n"),
    ("a language", FIRST + "Subject: =?utf-8*de?Q?=C3=BC?=\n\n"),
    ("words of two charsets", FIRST + "Subject: =?gbk?B?xOM=?= =?utf-8?q?=C3=BC?=\n\n"),
    ("what only looks like a word", FIRST + "Subject: =?utf-8?B?5L 2g?=\n\n"),
    ("a long line that could be folded", FIRST + "Subject: " + "x " * 60 + "\n\n"),
    ("998 octets", FIRST + "\n" + "x" * 998 + "\n"),
    ("a fold with a tab", FIRST + "Subject: a\n\tb\n\n"),
    ("no space behind the colon", FIRST + "Subject:a\n\n"),
    ("an empty field", FIRST + "Subject:\n\n"),
    ("names in any case", FIRST + "content-TYPE: TEXT/Plain; CHARSET=UTF-8\n\n"),
    ("comments", FIRST + "Content-Type: text/plain; charset=us-ascii (Plain text)\n"
     "Content-Transfer-Encoding: 7bit (x)\nMessage-ID: <1@b.example> (added by x)\n\nx\n"),
    ("a comment behind base64", FIRST + "Content-Transfer-Encoding: base64 (x)\n\neA==\n"),
    ("a blank behind base64", FIRST + "Content-Transfer-Encoding: base64 \n\neA==\n"),
    ("a comment in MIME-Version", FIRST.replace("1.0", "1.0 (by x)") + "\nx\n"),
    ("blanks around =", FIRST + 'Content-Type: text/plain; charset = "utf-8"\n\nx\n'),
    ("a private encoding", FIRST + "Content-Type: image/png\n"
     "Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n#0V%T\n`\nend\n"),
    ("a name in pieces", FIRST + "Content-Type: image/png; name*0*=utf-8''%E4%bd; name*1*=%A0;\n"
     ' name*2=".png"\n\nx\n'),
    ("a name with a language", FIRST + "Content-Disposition: inline; filename*=utf-8'en'a%20b\n\n"),
    ("apostrophes of a name", FIRST + "Content-Disposition: inline; filename='a'\n\n"),
    ("a date without seconds", dated("Wed, 04 May 2016 09:30 +0200")),
    ("a date without a day", dated("4 May 2016 09:30:00 -0000")),
    ("a date with a comment", dated("Wed, 04 May 2016 09:30:00 +0200 (CEST)")),
    ("a date in small letters, at a leap second", dated("tue, 30 jun 2015 23:59:60 +0000")),
    ("a date that is folded", dated("Wed,\n 04 May 2016\n 09:30:00 +0200")),
    ("parts", MIXED + PART + "--b--\n"),
    ("a boundary with apostrophes", MIXED.replace('"b"', "'b'") + "--'b'\n\nx\n--'b'--\n"),
    ("preamble, epilogue and blanks", MIXED + "before\n--b \t\n\nx\n--b--  \nafter\n--b\n"),
    ("a part with a header and no body", MIXED + "--b\nContent-Type: text/plain\n\n" + PART
     + "--b--\n"),
    ("a part with nothing in it", MIXED + "--b\n\n--b--\n"),
    ("a line that ends in --b", MIXED + "--b\n\nsee also--b\n" + PART + "--b--\n"),
    ("a line that begins with --bc", MIXED + "--b\n\n--bc\n" + PART + "--b--\n"),
    ("an enclosed message", MIXED
     + "--b\nContent-Type: message/rfc822\n\nSubject: x\n\ny\n--b--\n"),
    ("a digest", MIXED.replace("mixed", "digest") + "--b\n\nSubject: x\n\ny\n--b--\n"),
    ("base64", BASE64 + "AAAA\nAA==\n"),
    ("empty base64", BASE64),
    ("base64 in lines of many lengths", BASE64 + "AAA\nAAAAA\n\nAAA=\n"),
    ("quoted-printable", QUOTED + "a =3D\n=C3=A4 b=\n c\n"),
    ("binary", crlf(FIRST + "Content-Type: image/png\nContent-Transfer-Encoding: binary\n\n")
     + b"\x89PNG\r\r\n\n\x00" + b"x" * 2_000),
    ("an address in UTF-8, for SMTPUTF8", FIRST + "To: 李@例子.test\nSubject: 你好\n\nx\n"),
    ("fields that are not of MIME", FIRST.replace("MIME-Version: 1.0\n", "Content-Length: 2\n")
     + "\nx\n"),
    ("the widest zone", dated("Wed, 04 May 2016 09:30:00 +9959")),
    ("a day of one digit", dated("Sun,  1 May 2016 09:30:00 +0000")),
    ("UTF-8 in Q", FIRST + "Subject: =?UTF-8?q?a_b=C3=BC=3F?=\n\n"),
    ("a word in a comment", FIRST + "To: a@b.test (=?iso-8859-1?Q?a?=)\n\n"),
    ("text of ISO-2022-JP", crlf(FIRST + "Content-Type: text/plain; charset=iso-2022-jp\n\n")
     + "日本".encode("iso-2022-jp")),
    ("two fields Received", FIRST + "Received: by a\nReceived: by b\n\n"),
    ("flowed", FIRST + 'Content-Type: text/plain; charset="utf-8"; format=flowed\n\na \n'),
    ("dates and sizes of a file", FIRST + "Content-Disposition: attachment; filename=a.png;\n"
     ' size=12; creation-date="Wed, 12 Feb 1997 16:29:51 -0500"\n\n'),
    ("quotes inside a name", FIRST + 'Content-Disposition: inline; filename="a\\"b\\\\c"\n\n'),
    ("an empty value in quotes", FIRST + 'Content-Type: text/plain; name=""\n\n'),
    ("a boundary with a space", MIXED.replace('"b"', '"a b"') + "--a b\n\nx\n--a b--\n"),
    ("a boundary of 70", MIXED.replace('"b"', "b" * 70) + "--" + "b" * 70 + "\n\nx\n--" + "b" * 70
     + "--\n"),
    ("parts in parts", MIXED + "--b\nContent-Type: multipart/alternative; boundary=bb\n\n"
     "--bb\n\nx\n--bb--\n" + PART + "--b--\n"),
    ("related with its type", MIXED.replace("mixed", 'related; type="text/plain"') + PART
     + "--b--\n"),
    ("a bounce", MIXED.replace("mixed", "report; report-type=delivery-status") + "--b\n"
     "Content-Type: message/delivery-status\n\nReporting-MTA: dns; a\n\nAction: failed\n--b--\n"),
    ("an id with a domain literal", FIRST + "Message-ID: <a.b@[127.0.0.1]>\n\n"),
    ("an id in quotes, and a comment", FIRST + 'Message-ID: (x) <"a b@c"@d>\n\n'),
    ("comments around =", FIRST + "Content-Type: text/plain; charset(a)=(b)us-ascii(c)\n\nx\n"),
    ("a comment of many signs", FIRST + 'Content-Type: text/plain (";(\\))); x=y\n\nx\n'),
    ("a comment before the word", FIRST + "Content-Disposition: (x) inline; filename=a.txt\n\n"),
    ("blanks around /", FIRST + "Content-Type: text / plain\n\nx\n"),
    ("a folded comment behind 7bit", FIRST + "Content-Transfer-Encoding: 7BIT\n (a\n (b))\n\nx\n"),
    ("signs that need no quotes", FIRST + "Content-Type: image/png; name=a'~+{1}.png\n\nx\n"),
    ("a semicolon in quotes", FIRST + 'Content-Type: image/png; name="a;b=c.png"\n\nx\n'),
    ("pieces in another order", FIRST + "Content-Type: image/png; name*1=b.png; name*0=a\n\nx\n"),
    ("both forms of a name", FIRST + 'Content-Disposition: attachment; filename="x.txt";\n'
     " filename*=utf-8''%E4%BD%A0.txt\n\nx\n"),
    ("a boundary in pieces", MIXED.replace('="b"', '*0="a"; boundary*1=b') + "--ab\n\nx\n--ab--\n"),
    ("a boundary of all signs", MIXED.replace('"b"', "\"'()+_,-./:=?\"")
     + "--'()+_,-./:=?\n\nx\n--'()+_,-./:=?--\n"),
    ("a boundary that begins another", MIXED
     + "--b\nContent-Type: multipart/mixed; boundary=b-\n\n--b-\n\nx\n--b---\n--b--\n"),
    ("no line end behind the last delimiter", MIXED + PART + "--b--"),
    ("a header without an empty line", MIXED + "--b\nContent-Type: image/png\n--b--\n"),
    ("--b that is no line", MIXED + "--b\n\na --b x\n --b\n---b\n--b.\nx--b--\n--b--\n"),
    ("HTML that says its charset itself", FIRST + "Content-Type: text/html\n"
     "Content-Transfer-Encoding: 8bit\n\n<meta charset=utf-8>zwölf\n"),
    ("XML", FIRST + "Content-Type: text/xml\nContent-Transfer-Encoding: 8bit\n\n<a>zwölf</a>\n"),
    ("a calendar, which is UTF-8", FIRST + "Content-Type: text/calendar\n"
     "Content-Transfer-Encoding: 8bit\n\nSUMMARY:zwölf\n"),
    ("Hebrew in its order", crlf(FIRST + "Content-Type: text/plain; charset=iso-8859-8-i\n"
     "Content-Transfer-Encoding: 8bit\n\n") + b"\xf9\xec\xe5\xed\r\n"),
    ("Thai of Windows", crlf(FIRST + "Content-Type: text/plain; charset=windows-874\n"
     "Content-Transfer-Encoding: 8bit\n\n") + b"\xca\xc7\xd1\xca\r\n"),
    ("GBK that says so", crlf(FIRST + "Content-Type: text/plain; charset=gbk\n"
     "Content-Transfer-Encoding: 8bit\n\n") + "朱镕基".encode("gbk")),
    ("a word of UTF-16", FIRST + "Subject: =?utf-16be?B?AGgA6Q==?=\n\n"),
    ("words folded with a tab", FIRST + "Subject: =?utf-8?B?w6k=?=\n\t=?utf-8?B?w6k=?=\n\n"),
    ("a date far away", dated("Sat, 1 Jan 12000 00:00:00 +0000")),
    ("a date without a space behind the comma", dated("Thu,1 Jan 2026 00:00 +1400")),
    ("a comment inside a date", dated("Thu, 1 (first) Jan 2026 00:00:00 +0000(UTC)")),
    ("sent again", "Resent-From: a@b.test\nResent-Date: Thu, 1 Jan 2026 00:00:00 +0000\n" + FIRST
     + "\nx\n"),
    ("names of fields with any sign", FIRST + "X!#$%&'*+: y\n123: x\nX_y: z\n\nx\n"),
    ("one long word", FIRST + "X: " + "x" * 300 + "\n\nx\n"),
    ("parts of a message", FIRST + 'Content-Type: message/partial; id="a@b"; number=1\n\nx\n'),
    ("an enclosed message with its name", MIXED + "--b\nContent-Type: message/rfc822\n"
     'Content-Disposition: attachment; filename="a.eml"\n\nSubject: x\n\ny\n--b--\n'),
    ("an enclosed letter with parts", FIRST + "Content-Type: message/rfc822\n"
     "Content-Transfer-Encoding: 8bit\n\n" + MIXED + "--b\n" + UTF8
     + "Content-Transfer-Encoding: 8bit\n\nzwölf\n--b--\n"),
    ("an enclosed message of SMTPUTF8", MIXED
     + "--b\nContent-Type: message/global\nContent-Transfer-Encoding: 8bit\n\n"
     "From: 李@例子.test\nSubject: 你好\n\ny\n--b--\n"),
    ("an enclosed one in base64", MIXED + "--b\nContent-Type: message/global; name=a.eml\n"
     "Content-Transfer-Encoding: base64\n\nU3ViamVjdDogeA0KDQp5\n--b--\n"),
    ("a whole bounce", MIXED.replace("mixed", "report; report-type=delivery-status") + PART
     + "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; a\n\nAction: failed\n"
     "\n--b\nContent-Type: text/rfc822-headers\n\nSubject: x\n\n--b--\n"),
    ("signed", MIXED.replace("mixed", 'signed; protocol="application/pgp-signature"') + PART
     + "--b\nContent-Type: application/pgp-signature; name=a.asc\n\nx\n--b--\n"),
]  # fmt: skip

# What is broken, the letter, the octets in question, and the rule.
BROKEN: list[tuple[str, str | bytes, bytes, str]] = [
    ("no date", "From: a@b.test\n\nx", b"", "field-missing"),
    ("two subjects", FIRST + "Subject: a\nSUBJECT: b\n\n", b"SUBJECT: b", "field-twice"),
    ("two ids", FIRST + "Content-ID: <a@b>\nContent-id: <c@d>\n\n", b"Content-id: <c@d>",
     "mime-field-twice"),
    ("no field", FIRST + "Hello you\n\n", b"Hello you", "no-field"),
    ("begins with a fold", " a\n" + FIRST + "\n", b" a", "no-field"),
    ("space before colon", FIRST + "Subject : x\n\n", b"Subject : x", "space-before-colon"),
    ("blank fold", FIRST + "Subject: x\n \n y\n\n", b"Subject: x\r\n \r\n y", "blank-line"),
    ("octets in a header", FIRST + "Subject: 你\n\n", "Subject: 你".encode(), "raw-header"),
    ("not a date", dated("today"), b"Date: today", "wrong-date"),
    ("no such day", dated("31 Feb 2016 09:30:00 +0000"), b"Date: 31 Feb 2016 09:30:00 +0000",
     "wrong-date"),
    ("another day of the week", dated("Thu, 04 May 2016 09:30:00 +0000"),
     b"Date: Thu, 04 May 2016 09:30:00 +0000", "wrong-date"),
    ("a zone of letters", dated("Wed, 04 May 2016 09:30:00 GMT"),
     b"Date: Wed, 04 May 2016 09:30:00 GMT", "obsolete-date"),
    ("message id", FIRST + "Message-ID: 5@lab.test\n\n", b"Message-ID: 5@lab.test",
     "wrong-message-id"),
    ("content id", FIRST + "Content-ID: card\n\n", b"Content-ID: card", "wrong-content-id"),
    ("word cut", FIRST + "Subject: =?utf-8?B?5L2?= x\n\n", b"Subject: =?utf-8?B?5L2?= x",
     "not-base64"),
    ("character cut", FIRST + "Subject: =?utf-8?B?5L0=?= x\n\n", b"Subject: =?utf-8?B?5L0=?= x",
     "character-cut"),
    ("a word of GBK", FIRST + "Subject: =?gb2312?B?1uzpRrv5?=\n\n",
     b"Subject: =?gb2312?B?1uzpRrv5?=", "not-in-charset"),
    ("a word of Windows' Japanese", FIRST + "Subject: =?shift_jis?B?h0A=?=\n\n",
     b"Subject: =?shift_jis?B?h0A=?=", "not-in-charset"),
    ("a text of GBK", crlf(FIRST + "Content-Type: text/plain; charset=GB_2312-80\n"
     "Content-Transfer-Encoding: 8bit\n\n") + "朱镕基".encode("gbk"), "朱镕基".encode("gbk"),
     "not-in-charset"),
    ("a text of Hong Kong", crlf(FIRST + "Content-Type: text/plain; charset=big5\n"
     "Content-Transfer-Encoding: 8bit\n\n") + "啫".encode("big5hkscs"), "啫".encode("big5hkscs"),
     "not-in-charset"),
    ("a text of Windows' Korean", crlf(FIRST + "Content-Type: text/plain; charset=euc-kr\n"
     "Content-Transfer-Encoding: 8bit\n\n") + "똠".encode("cp949"), "똠".encode("cp949"),
     "not-in-charset"),
    ("a name of GBK", FIRST + "Content-Disposition: inline; filename*=gb2312''%E9F.png\n\n",
     b"Content-Disposition: inline; filename*=gb2312''%E9F.png", "not-in-charset"),
    ("a name of no charset", FIRST + "Content-Disposition: inline; filename*=ascii''%E9.png\n\n",
     b"Content-Disposition: inline; filename*=ascii''%E9.png", "not-in-charset"),
    ("an unknown charset", FIRST + "Subject: =?x-none?B?5L2g?=\n\n",
     b"Subject: =?x-none?B?5L2g?=", "unknown-charset"),
    ("long word", FIRST + f"Subject: =?utf-8?B?{'QUFB' * 20}?=\n\n",
     b"Subject: =?utf-8?B?" + b"QUFB" * 20 + b"?=", "long-word"),
    ("no media type", FIRST + "Content-Type: text\n\n", b"Content-Type: text", "no-media-type"),
    ("no semicolon", FIRST + "Content-Type: text/x name=b\n\n",
     b"Content-Type: text/x name=b", "no-semicolon"),
    ("two semicolons", FIRST + "Content-Type: text/plain;; charset=utf-8\n\n",
     b"Content-Type: text/plain;; charset=utf-8", "bad-parameter"),
    ("a value that needs quotes", FIRST + "Content-Type: text/plain; name=a b\n\n",
     b"Content-Type: text/plain; name=a b", "bad-parameter"),
    ("comma between pieces", FIRST + "Content-Type: text/x; name*0*=utf-8''a, name*1*=b\n\n",
     b"Content-Type: text/x; name*0*=utf-8''a, name*1*=b", "comma"),
    ("apostrophes", FIRST + "Content-Disposition: attachment; filename='a b'\n\n",
     b"Content-Disposition: attachment; filename='a b'", "apostrophes"),
    ("word in a parameter", FIRST + 'Content-Type: text/x; name="=?utf-8?B?5L2g?="\n\n',
     b'Content-Type: text/x; name="=?utf-8?B?5L2g?="', "encoded-word"),
    ("word for a parameter", FIRST + "Content-Disposition: attachment; =?utf-8?B?5L2g?=\n\n",
     b"Content-Disposition: attachment; =?utf-8?B?5L2g?=", "encoded-word"),
    ("percent", FIRST + "Content-Type: text/x; name*=utf-8''%E4%B\n\n",
     b"Content-Type: text/x; name*=utf-8''%E4%B", "cut-escape"),
    ("pieces", FIRST + "Content-Type: text/x; name*1=b\n\n",
     b"Content-Type: text/x; name*1=b", "numbering"),
    ("no MIME-Version", FIRST.replace("MIME-Version: 1.0\n", "Content-Type: text/x\n") + "\n",
     b"", "no-mime-version"),
    ("bare LF", crlf(FIRST + "\n") + b"one\r\ntwo\nthree", b"\n", "bare-line-end"),
    ("bare CR", crlf(FIRST + "\n") + b"one\rtwo", b"\r", "bare-line-end"),
    ("long line", FIRST + "\nshort\n" + "x" * 999 + "\n", b"x" * 999, "line-too-long"),
    ("no boundary", FIRST + "Content-Type: multipart/mixed\n\n" + PART,
     b"Content-Type: multipart/mixed", "no-boundary"),
    ("boundary without quotes", FIRST + "Content-Type: multipart/mixed; boundary=-=_1\n\n"
     "---=_1\n\nx\n---=_1--\n", b"Content-Type: multipart/mixed; boundary=-=_1", "bad-parameter"),
    ("boundary with apostrophes", MIXED.replace('"b"', "'b'") + PART + "--b--\n",
     b"Content-Type: multipart/mixed; boundary='b'", "no-delimiter"),
    ("a sign no boundary has", MIXED.replace('"b"', '"b#"') + PART,
     b'Content-Type: multipart/mixed; boundary="b#"', "illegal-boundary"),
    ("not closed", MIXED + PART + "--b\n\nx\n", b"--b", "not-closed"),
    ("nothing between", MIXED + PART + "--b\n--b--\n", b"--b\r\n--b--", "nothing-between"),
    ("encoded multipart", MIXED.replace("\n\n", "\nContent-Transfer-Encoding: base64\n\n") + PART
     + "--b--\n", b"Content-Transfer-Encoding: base64", "encoded-multipart"),
    ("encoded message", MIXED + "--b\nContent-Type: message/rfc822\n"
     "Content-Transfer-Encoding: base64\n\nRnJvbTogYUBiLmV4YW1wbGUNCg0KeA0K\n--b--\n",
     b"Content-Transfer-Encoding: base64", "encoded-multipart"),
    ("unknown encoding", FIRST + "Content-Transfer-Encoding: uuencode\n\nx",
     b"Content-Transfer-Encoding: uuencode", "unknown-encoding"),
    ("8 bits", FIRST + UTF8 + "\none\nzwölf\n", "zwölf".encode(), "not-7bit"),
    ("8 bits that say 7bit", FIRST + UTF8 + "Content-Transfer-Encoding: 7bit\n\nzwölf\n",
     "zwölf".encode(), "not-7bit"),
    ("8 bits of no charset", FIRST + "Content-Transfer-Encoding: 8bit\n\none\nzwölf\n",
     "zwölf".encode(), "not-in-charset"),
    ("padding inside", BASE64 + "AAAA\nAAA=\nAAAA\n", b"AAA=", "inner-padding"),
    ("strange letter", BASE64 + "AAAA\nAA!A\nAAAA\n", b"AA!A", "not-base64"),
    ("a letter lost", BASE64 + "AAAA\nAAAA\nAAA\n", b"AAA", "not-base64"),
    ("three pads", BASE64 + "AAAA\nA===\n", b"A===", "not-base64"),
    ("long base64", BASE64 + "AAAA\n" + "AAAA" * 20 + "\n", b"AAAA" * 20, "long-base64"),
    ("equals", QUOTED + "one\n1 + 1 = 2\n", b"1 + 1 = 2", "bare-equals"),
    ("small letters", QUOTED + "one\n=c3=a4\n", b"=c3=a4", "lower-case"),
    ("space at the end", QUOTED + "one\ntwo \nthree\n", b"two ", "trailing-space"),
    ("umlaut in quoted", QUOTED + "one\nzwölf\n", "zwölf".encode(), "raw-octet"),
    ("a quoted line that goes on and ends", QUOTED + "one=", b"one=", "soft-break-at-end"),
    ("a token that was cut", QUOTED + "a=C=\n3\n", b"a=C=", "token-cut"),
    ("a name given twice", FIRST + "Content-Type: text/x; name=name=a\n\n",
     b"Content-Type: text/x; name=name=a", "name-written-twice"),
    ("quotes with a star", FIRST + "Content-Type: text/x; name*=\"utf-8''a\"\n\n",
     b"Content-Type: text/x; name*=\"utf-8''a\"", "quoted-extended"),
    ("a star and no charset", FIRST + "Content-Type: text/x; name*=a\n\n",
     b"Content-Type: text/x; name*=a", "no-charset"),
    ("no charset that is UTF-8", FIRST + "Content-Type: text/x; name*=utf-8''%E4\n\n",
     b"Content-Type: text/x; name*=utf-8''%E4", "not-utf-8"),
    ("an empty word", FIRST + "Subject: =?utf-8?B??= x\n\n", b"Subject: =?utf-8?B??= x",
     "empty-word"),
    ("a closing delimiter first", MIXED + "--b--\n" + PART, b"--b--", "no-delimiter"),
    ("a delimiter with more behind it", MIXED + "--b x\n\n--b--\n", b"--b x", "no-delimiter"),
    ("the only delimiter hangs", MIXED + "\nx--b--\n", b"--b", "glued-delimiter"),
    ("a disposition without semicolon", FIRST + "Content-Disposition: inline filename=a\n\n",
     b"Content-Disposition: inline filename=a", "no-semicolon"),
    ("long quoted", QUOTED + "one\n" + "x" * 77 + "\n", b"x" * 77, "long-line"),
]  # fmt: skip

# What they are made of, where that is more than a text without a name: the type of each part, =
# and its file's name, and in brackets the parts that are in it. multipart/ is left out.
TREES: dict[str, list[str]] = {
    "image/png": ["a private encoding", "binary"],
    "image/png=你.png": ["a name in pieces"],
    "text/plain=a b": ["a name with a language", "a value that needs quotes"],
    "text/plain='a'": ["apostrophes of a name"],
    "mixed(text/plain)": [
        "parts", "a boundary with apostrophes", "preamble, epilogue and blanks",
        "a part with nothing in it", "a boundary with a space", "a boundary of 70",
        "a boundary in pieces", "a boundary of all signs", "no line end behind the last delimiter",
        "--b that is no line", "boundary without quotes", "encoded multipart",
    ],
    "mixed(text/plain, text/plain)": [
        "a part with a header and no body", "a line that ends in --b",
        "a line that begins with --bc", "not closed", "nothing between",
    ],
    "mixed(message/global(text/plain))": ["an enclosed message of SMTPUTF8"],
    "mixed(message/global=a.eml)": ["an enclosed one in base64"],
    "mixed(message/rfc822(text/plain))": ["an enclosed message"],
    "digest(message/rfc822(text/plain))": ["a digest"],
    "text/plain=a.png": ["dates and sizes of a file"],
    "text/plain=a\"b\\c": ["quotes inside a name"],
    "mixed(alternative(text/plain), text/plain)": ["parts in parts"],
    "related(text/plain)": ["related with its type"],
    "report(message/delivery-status)": ["a bounce"],
    "text/plain=a.txt": ["a comment before the word"],
    "image/png=a'~+{1}.png": ["signs that need no quotes"],
    "image/png=a;b=c.png": ["a semicolon in quotes"],
    "image/png=ab.png": ["pieces in another order"],
    "text/plain=你.txt": ["both forms of a name"],
    "mixed(mixed(text/plain))": ["a boundary that begins another"],
    "mixed(image/png)": ["a header without an empty line"],
    "text/html": ["HTML that says its charset itself"],
    "text/xml": ["XML"],
    "text/calendar": ["a calendar, which is UTF-8"],
    "message/partial": ["parts of a message"],
    "mixed(message/rfc822=a.eml(text/plain))": ["an enclosed message with its name"],
    "message/rfc822(mixed(text/plain))": ["an enclosed letter with parts"],
    "report(text/plain, message/delivery-status, text/rfc822-headers)": ["a whole bounce"],
    "signed(text/plain, application/pgp-signature=a.asc)": ["signed"],
    "text/x=a, name*1*=b": ["comma between pieces"],
    "text/plain='a b'": ["apostrophes"],
    "text/x=你": ["word in a parameter"],
    "text/x=�%B": ["percent"],
    "text/x=b": ["pieces"],
    "text/x": ["no MIME-Version"],
    "mixed": [
        "no boundary", "boundary with apostrophes", "a sign no boundary has",
        "a closing delimiter first", "a delimiter with more behind it", "the only delimiter hangs",
    ],
    "mixed(message/rfc822)": ["encoded message"],
    "text/plain=镕.png": ["a name of GBK"],
    "text/plain=�.png": ["a name of no charset"],
    "text/x=name=a": ["a name given twice"],
    "text/x=a": ["quotes with a star", "a star and no charset"],
    "text/x=�": ["no charset that is UTF-8"],
}  # fmt: skip
TREE = {name: tree for tree, names in TREES.items() for name in names}
