"""Numbers of Google's enums, which some gateways send in place of names; the two APIs number them differently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Enums:
    """The names of one API's enums; the position of a name is its number.

    Args:
        finish: Finish reasons of a candidate.
        block: Reasons for which a prompt was blocked.
    """

    finish: Sequence[str]
    block: Sequence[str]


_START = ("", "STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER")  # 0 is "unspecified": no reason

_BLOCKS = ("", "SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT")

GEMINI = Enums(
    finish=(
        *(*_START, "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MALFORMED_FUNCTION_CALL", "IMAGE_SAFETY"),
        *("UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "IMAGE_PROHIBITED_CONTENT", "IMAGE_OTHER", "NO_IMAGE"),
        "IMAGE_RECITATION",
    ),
    block=(*_BLOCKS, "IMAGE_SAFETY"),
)

VERTEX = Enums(
    finish=(
        *(*_START, "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MALFORMED_FUNCTION_CALL", "MODEL_ARMOR"),
        *("IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "IMAGE_OTHER", "UNEXPECTED_TOOL_CALL"),
        "NO_IMAGE",
    ),
    block=(*_BLOCKS, "MODEL_ARMOR", "JAILBREAK"),
)

AUDIO = ("AUDIO", "4", 4)

"""The forms of the modality of audio; its number is the same in both APIs."""


def named(value: object, names: Sequence[str]) -> str:
    """Return the name of a reason given as a name, a number or digits; an empty text if it is no reason.

    Args:
        value: The value that the server sent.
        names: The API's names; a number beyond them is returned as its digits.

    >>> named("SAFETY", GEMINI.finish), named(6, GEMINI.finish), named("6", VERTEX.finish), named(0, VERTEX.finish)
    ('SAFETY', 'LANGUAGE', 'BLOCKLIST', '')
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    if text.isascii() and text.isdecimal():
        number = int(text) if len(text) < 4 else len(names)
        return names[number] if number < len(names) else text
    return "" if text.endswith("_UNSPECIFIED") else text
