"""Whether a name is another one with one slip, since names of parameters and of providers are compared alike."""

from __future__ import annotations


def differs_by_one_slip(typed: str, known: str) -> bool:
    """Return whether a name is a known one of five letters or more with one letter too many, missing, wrong or swapped.

    Args:
        typed: The name that was given.
        known: The name that exists.

    >>> [differs_by_one_slip(each, "temperature") for each in ("temprature", "tempreature", "temperature", "temp")]
    [True, True, False, False]
    """
    if typed == known or abs(len(typed) - len(known)) > 1 or sum(map(str.isalpha, known)) < 5:
        return False
    at = next((index for index, (a, b) in enumerate(zip(typed, known, strict=False)) if a != b), len(known))
    rest, expected = typed[at:], known[at:]
    if len(rest) != len(expected):
        longer, shorter = (rest, expected) if len(rest) > len(expected) else (expected, rest)
        return longer[1:] == shorter
    return rest[1:] == expected[1:] or (rest[1::-1] == expected[:2] and rest[2:] == expected[2:])
