"""The grammar of paths: RFC 5321, section 4.1.2, and what was taken in 2016."""

import pytest

from smtplab.lab import Lab
from smtplab.lab.paths import BadPath, parameters, split_path

from .client import Client

# What stands behind the colon, and the address and the parameters that it holds.
PATHS = {
    "<you@lab.test>": ("you@lab.test", ""),
    "<you@lab.test> SIZE=100 BODY=8BITMIME": ("you@lab.test", "SIZE=100 BODY=8BITMIME"),
    "<>": ("<>", ""),
    "<> SIZE=1": ("<>", "SIZE=1"),
    "<a.b+c/d=e@x-y.z9>": ("a.b+c/d=e@x-y.z9", ""),
    "<you@localhost>": ("you@localhost", ""),
    '<"a b"@lab.test>': ('"a b"@lab.test', ""),
    '<"a\\"@>\\\\"@lab.test>': ('"a\\"@>\\\\"@lab.test', ""),
    '<""@lab.test>': ('""@lab.test', ""),
    "<you@[127.0.0.1]>": ("you@[127.0.0.1]", ""),
    "<you@[IPv6:2001:db8::1]>": ("you@[IPv6:2001:db8::1]", ""),
    "<@a.example,@b.example:you@lab.test>": ("you@lab.test", ""),
    "<林@例子.test>": ("林@例子.test", ""),
    "<Postmaster>": ("Postmaster", ""),
}
LENIENT = {
    " <you@lab.test>": ("you@lab.test", ""),
    "you@lab.test": ("you@lab.test", ""),
    " you@lab.test SIZE=1": ("you@lab.test", "SIZE=1"),
    "< you@lab.test >": ("you@lab.test", ""),
    "<you>": ("you", ""),
}
WRONG = [
    "", "<", ">", "<<you@lab.test>>", "<you@lab.test", "you@lab.test>", "<a b@lab.test>", "<@>",
    "<you@>", "<@lab.test>", "<you@lab..test>", "<you@.test>", "<you@-lab.test>", "<you@lab.test.>",
    "<.you@lab.test>", "<you.@lab.test>", "<a..b@lab.test>", "<a@b@lab.test>", "<you,@lab.test>",
    "<you@lab.test>x", "<you@lab.test>SIZE=1", '<"you@lab.test>', '<a"b"@lab.test>', "<you@[]>",
    "<you@[127.0.0.1>", "<@a.example you@lab.test>", "<you@lab.test\x00>", "Lin <lin@lab.test>",
]  # fmt: skip


@pytest.mark.parametrize("text", PATHS)
def test_what_the_grammar_allows_is_taken_by_both(text: str) -> None:
    assert split_path(text, lenient=False) == split_path(text, lenient=True) == PATHS[text]


@pytest.mark.parametrize("text", LENIENT)
def test_blanks_and_missing_brackets_were_taken_in_2016(text: str) -> None:
    assert split_path(text, lenient=True) == LENIENT[text]
    with pytest.raises(BadPath):
        split_path(text, lenient=False)


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_path_never_was_one(text: str, lenient: bool) -> None:
    with pytest.raises(BadPath):
        split_path(text, lenient)


def test_a_hostile_path_is_read_in_no_time() -> None:
    for text in (
        "<" + "a." * 50_000,
        "<@" + "a,@" * 50_000,
        '<"' + "\\a" * 50_000,
        "a" * 100_000,
        "<a@" + "b" * 100_000,
    ):
        with pytest.raises(BadPath):
            split_path(text, lenient=True)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["SIZE=1", "SMTPUTF8", "X-A=b"], {"SIZE": "1", "SMTPUTF8": True, "X-A": "b"}),
        (["AUTH=<>"], {"AUTH": "<>"}),
        ([], {}),
        (["SIZE="], None),
        (["=1"], None),
        (["A=b=c"], None),
        (["-A"], None),
    ],
)
def test_parameters_have_their_grammar(words: list[str], found: dict[str, object] | None) -> None:
    assert parameters(words) == found


@pytest.mark.parametrize("path", LENIENT)
def test_the_provider_reads_a_path_as_its_profile_does(path: str) -> None:
    with Lab() as strict, Lab("legacy") as legacy:
        for lab, code in ((strict, "501 "), (legacy, "250 ")):
            with Client(lab, 25) as client:
                client.say("EHLO client.lab.test")
                assert client.say(f"MAIL FROM:{path}").startswith(code)


@pytest.mark.parametrize("profile", ["strict", "legacy"])
def test_a_refusal_says_how_it_is_written_or_that_the_address_is_wrong(profile: str) -> None:
    with Lab(profile) as lab, Client(lab, 25) as client:
        client.say("EHLO client.lab.test")
        syntax = "501 5.5.4 Syntax: MAIL FROM:<address> [SP <mail-parameters>]"
        for line in ("MAIL", "MAIL you@lab.test", "MAIL FROM:", "MAIL FROM <you@lab.test>"):
            assert client.say(line) == syntax
        bad = "501 5.1.7 Bad sender address syntax"
        for line in ("MAIL FROM:<you@lab.test", "MAIL FROM:<a b@lab.test>"):
            assert client.say(line) == bad
        assert client.say("MAIL FROM:<you@lab.test> X-A=b").startswith("555 ")
        assert client.say("MAIL FROM:<you@lab.test>").startswith("250 ")
        assert client.say("RCPT TO:<a b@lab.test>") == "501 5.1.3 Bad recipient address syntax"
        assert client.say("RCPT TO:").startswith("501 5.5.4 Syntax: RCPT TO:<address>")
