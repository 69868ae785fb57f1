"""Bytes that travel as base64, in pieces that may be cut anywhere."""

from __future__ import annotations

import base64
import re

_GROUP = re.compile("[^=]+=*|=+")  # what one padding ends


class Base64Pieces:
    """Decode a base64 text piece by piece; padding ends a piece that decodes alone, and the last may lack it.

    >>> pieces = Base64Pieces()
    >>> pieces.feed("SW"), pieces.feed("8=")
    (b'I', b'o')
    """

    __slots__ = ("_decoded", "_rest")

    def __init__(self) -> None:
        self._rest = ""
        """Characters of the group of four that is not whole yet."""
        self._decoded = 0
        """How many bytes of that group have been handed out."""

    def feed(self, text: str) -> bytes:
        """Take the next characters and return the bytes that they complete.

        Args:
            text: The next characters.

        Raises:
            ValueError: They are not base64.
        """
        text = self._rest + text
        whole = len(text) - len(text) % 4
        self._rest = text[whole:]
        begun = self._rest.rstrip("=")
        start = _bytes(begun + "=" * (4 - len(begun))) if len(begun) > 1 else b""
        fresh = b"".join([*map(_bytes, _GROUP.findall(text[:whole])), start])[self._decoded :]
        self._decoded = len(start)
        return fresh


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:  # binascii's own, and that of characters beyond ASCII
        raise ValueError(f"audio is not base64: {error}") from None
