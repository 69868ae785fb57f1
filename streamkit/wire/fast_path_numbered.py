"""The short way where every event has a number: one that repeats the last but for its string has the next one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeAlias

from ..chunk import Chunk
from .fast_path import MISSES, Template
from .openai_responses.order import Order

_NUMBER = re.compile(rb'"sequence_number"\s*:\s*(\d+)')
# Padding against guessing from sizes, and what may follow it: its place among the fields varies.
_NOISE = re.compile(rb'(.*,"(?:obfuscation|p)":")[0-9A-Za-z]*(".*)', re.DOTALL)

_Around: TypeAlias = tuple[bytes, bytes] | None

"""What stands before and after the number."""


class NumberedTemplate(Template):
    """A template that knows which number comes next, and keeps the strings of the part that it reads.

    Args:
        strings: What stands before the string, by the field of the chunk that it is for.
    """

    __slots__ = (
        "_in_prefix",
        "_in_suffix",
        "_in_tail",
        "_numbered",
        "_pieces",
        "_tail",
        "order",
    )

    def __init__(self, strings: Mapping[str, re.Pattern[bytes]]) -> None:
        self.order = Order()
        self._pieces: list[str] = []
        super().__init__(strings)

    def forget(self) -> None:
        """Fit nothing until the next event is learned."""
        super().forget()
        self._in_prefix: _Around = None
        self._in_suffix: _Around = None
        self._in_tail: _Around = None
        self._numbered = False
        self._tail = b""

    def about(self, pieces: list[str], *, fits: bool = True) -> None:
        """Say which part the next events tell, and begin again if that is another one than before.

        Args:
            pieces: The strings that it has been told in; those that are read here are added.
            fits: Whether what is between the ends may be taken as it is.
        """
        if pieces is not self._pieces:
            self._pieces = pieces
            self.forget()
            self.misses = 0 if fits else MISSES

    def read(self, payload: bytes) -> Chunk | None:
        """Return the chunk of an event that fits and has the next number, or None."""
        order = self.order
        if order.disorder:
            return None
        number = b"%d" % (order.number + 1)
        if self._in_prefix is not None:
            self._prefix = number.join(self._in_prefix)
            self._start = len(self._prefix) - 1
        elif self._in_tail is not None:
            self._tail = number.join(self._in_tail)
        elif self._in_suffix is not None:
            self._suffix = number.join(self._in_suffix)
            self._stop = len(self._suffix) if self._padding is not None else 1 - len(self._suffix)
        chunk = super().read(payload)
        if chunk is not None:
            if self._numbered:
                order.number += 1
                order.counting = order.judged
                order.payload = payload
            self._pieces.append(chunk.content or chunk.thinking or chunk.tool_calls[0].arguments)
        return chunk

    def learn(self, payload: bytes, chunk: Chunk) -> None:
        """Take the ends of an event, unless the chunk is that of one that was held back until after it."""
        if chunk.payload is payload:
            super().learn(payload, chunk)

    def _fit(self, prefix: bytes, suffix: bytes) -> None:
        super()._fit(prefix, suffix)
        noisy = _NOISE.fullmatch(suffix)
        if noisy is not None:
            self._suffix, self._tail = noisy.groups()
            self._padding, self._stop = self._noise, len(self._suffix)
        self._in_prefix, self._in_suffix, self._in_tail = around = tuple(
            map(_around, (prefix, self._suffix, self._tail))
        )
        self._numbered = any(around)

    def _noise(self, payload: bytes, at: int) -> object:
        """Return something if only padding stands between that place and the tail, else None."""
        stop = len(payload) - len(self._tail)
        return (payload.endswith(self._tail) and (stop == at or payload[at:stop].isalnum())) or None


def _around(text: bytes) -> _Around:
    found = _NUMBER.search(text)
    return None if found is None else (text[: found.start(1)], text[found.end(1) :])
