"""Enums of Google's that come as numbers: some gateways write them so, and the two APIs number them differently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Enums:
    """The names of one API, each at its number.

    Args:
        finish: Why a candidate ended.
        block: Why a prompt was blocked.
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

"""How the modality of sound may be written, which both APIs number alike."""


def named(value: object, names: Sequence[str]) -> str:
    """Return the name of a reason that came as a name, as a number, or as its digits; empty if it is no reason.

    Args:
        value: What came.
        names: The API's names; a number beyond them stays what it is.

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
