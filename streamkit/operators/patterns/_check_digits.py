"""Check digits: how many characters of a match are a card number, an IBAN or a phone number."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator

# The lengths of IBANs, by country: a fact of the standard ISO 13616, as its registry lists them.
_IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO",
        16: "BE",
        18: "DK FI FO GL NL SD FK",
        19: "MK SI",
        20: "AT BA EE KZ LT LU XK MN",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM TL SO",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU YE",
        31: "MT SC",
        32: "LC",
        33: "RU",
    }.items()
    for country in countries.split()
}


def card_length(text: str) -> int:
    """Return the length of the longest card number at the beginning of a text of digits, spaces and hyphens, or 0."""
    return _longest(text, 13, 19, _is_luhn)


def iban_length(text: str) -> int:
    """Return the length of the IBAN at the beginning of a text of letters, digits and spaces, or 0."""
    count = _IBAN_LENGTHS.get(text[:2].upper(), 0)
    return _longest(text, count, count, _is_iban) if count else 0


def phone_length(text: str) -> int:
    """Return the length of a text that has as many digits as a phone number, or 0."""
    return len(text) if 8 <= sum(map(str.isdigit, text)) <= 15 else 0


def _prefixes(text: str) -> Iterator[tuple[int, str]]:
    """Find each prefix that ends with a letter or digit, and no other follows: its length and its characters."""
    characters = ""
    for at, character in enumerate(text, 1):
        if character.isalnum():
            characters += character
            yield at, characters


def _longest(text: str, least: int, most: int, is_right: Callable[[str], bool]) -> int:
    found = 0
    for at, characters in _prefixes(text):
        behind = text[at : at + 1]
        whole = not behind.isalnum() or len(characters) == most
        if least <= len(characters) <= most and whole and is_right(characters):
            found = at
    return found


def _is_luhn(digits: str) -> bool:
    values = [unicodedata.digit(digit) for digit in reversed(digits)]
    return (sum(values[::2]) + sum(sum(divmod(2 * value, 10)) for value in values[1::2])) % 10 == 0


def _is_iban(text: str) -> bool:
    if not text.isascii():  # a long s and the sign for kelvin match letters where case does not matter
        return False
    turned = text[4:] + text[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1
