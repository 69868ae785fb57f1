"""`streamkit.operators.patterns`: what each ready pattern finds, and what it leaves alone."""

from __future__ import annotations

import pytest

from streamkit.operators import patterns
from streamkit.text.held_pattern import held_patterns
from streamkit.text.hold_back import HoldBack, Removal

HELD = held_patterns(patterns.ALL)

FOUND = {
    "email": """
        io@example.org
        io.moon+news@mail.example.co.uk
        o'brien@example.ie
        zoë@exämple.de
        a_b-c%d@sub-domain.example.museum
        1@2.io
        """,
    "phone": """
        +49 30 1234567
        +49 (0)30 123-4567
        +1 415 555 0132
        +14155550132
        0044 20 7946 0958
        (415) 555-0132
        415-555-0132
        415.555.0132
        030/1234567
        0171 1234567
        01 23 45 67 89
        """,
    "card": """
        4242424242424242
        4242 4242 4242 4242
        4242-4242-4242-4242
        5555 5555 5555 4444
        378282246310005
        3782 822463 10005
        6011111111111117
        3530111333300000
        4222222222222
        6304000000000000
        """,
    "iban": """
        DE89 3704 0044 0532 0130 00
        DE89370400440532013000
        GB82 WEST 1234 5698 7654 32
        FR14 2004 1010 0505 0001 3M02 606
        CH93 0076 2011 6238 5295 7
        nl91 abna 0417 1643 00
        MT84 MALT 0110 0001 2345 MTLC AST0 01S
        NO93 8601 1117 947
        """,
}
WORD = "Ab3dEf6hIj9lMn2pQr5tUv8xYz1"
KEYS = [
    f"sk-{WORD}",
    f"sk-proj-{WORD}_{WORD}-{WORD}",
    f"sk-ant-api03-{WORD}{WORD}",
    f"AIza{(WORD * 2)[:35]}",
    "AKIAABCDEFGHIJKLMNOP",
    f"ghp_{(WORD * 2)[:36]}",
    f"github_pat_{WORD}_{WORD}",
    f"glpat-{WORD}",
    f"xoxb-123456789012-{WORD}",
    f"sk_live_{WORD}",
    f"hf_{(WORD * 2)[:34]}",
    f"gsk_{(WORD * 2)[:52]}",
    f"xai-{(WORD * 3)[:80]}",
    f"pplx-{(WORD * 2)[:48]}",
    f"r8_{(WORD * 2)[:37]}",
    f"npm_{(WORD * 2)[:36]}",
    f"pypi-{WORD * 3}",
    f"SG.{WORD}.{WORD}",
    f"dop_v1_{'0a' * 32}",
    f"eyJ{WORD}.{WORD}.{WORD}",
    f"-----BEGIN RSA PRIVATE KEY-----\n{WORD}\n{WORD}\n-----END RSA PRIVATE KEY-----",
]
LEFT_ALONE = """
    Meet me @ 5, or write to io@localhost; @name and a@b are no addresses.
    On 2024-10-14 at 12:30:45, and on 01.02.2024 and 01/02/2024, version 1.2.3-4 came.
    192.168.100.200 is an address, 978-3-16-148410-0 a book, 10 000 000 000 a number, $1,234,567.89 a price.
    3.14159265358979 and 1234567890123 and 2024-2025 and 1-800 are no phone numbers.
    4242 4242 4242 4241 and 5555555555554445 have a wrong check digit, and 12345678901234567890 is too long.
    NO94 8601 1117 947 and GB82 WEST 1234 5698 7654 33 have wrong check digits; IN20 words follow.
    sk-learn is a library, sk-short no key, risk-taking-and-other-things-that-are-long a word; hf_model and ghp_x too.
    AKIA is a prefix, eyJhbGciOi is a beginning, and -----BEGIN CERTIFICATE----- begins something else.
    """


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


POSITIVE = [(name, line) for name, text in FOUND.items() for line in lines(text)] + [("api_key", key) for key in KEYS]


def found_in(text: str) -> tuple[list[tuple[str, str]], str]:
    """Feed a text character by character; return the matches, and what passes."""
    machine = HoldBack(HELD)
    parts = [part for character in text for part in machine.feed(character)] + machine.flush()
    removed = [(part.name, part.match.text) for part in parts if isinstance(part, Removal)]
    return removed, "".join(part for part in parts if isinstance(part, str))


@pytest.mark.parametrize(("name", "text"), POSITIVE)
def test_it_is_found_in_a_sentence_and_nothing_else_is(name: str, text: str) -> None:
    assert found_in(f"It is {text}, I think.") == ([(name, text)], "It is , I think.")
    assert found_in(f'"{text}" AND MORE') == ([(name, text)], '"" AND MORE')


@pytest.mark.parametrize("text", lines(LEFT_ALONE))
def test_what_only_looks_like_it_passes(text: str) -> None:
    assert found_in(text) == ([], text)


def test_numbers_behind_a_card_number_pass() -> None:
    assert found_in("4242 4242 4242 4242 12/28") == ([("card", "4242 4242 4242 4242")], " 12/28")
    assert found_in("1 4242424242424242 123.") == ([("card", "4242424242424242")], "1  123.")


def test_every_pattern_has_a_corpus() -> None:
    assert {name for name, _ in POSITIVE} == patterns.ALL.keys()


@pytest.mark.parametrize(
    "text", ["DE89 370400440532013\u017f00", "DE89 37040044053201\u212a000", "DE\u0668\u0669 370400440532013000"]
)
def test_letters_that_only_look_like_those_of_an_iban_break_nothing(text: str) -> None:
    machine = HoldBack(held_patterns({"iban": patterns.IBAN}))
    assert "".join(map(str, [*machine.feed(text), *machine.flush()])) == text
