"""What the decoders over AWS's frames share: how damaged frames and frames that tell of an error end an answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar

from ..chunk import Chunk
from ..errors import LimitExceeded, MalformedError, ProviderError, StreamError, provider_error
from ._aws_frames import Failure, FrameFramer
from ._events import EventDecoder
from ._framer import Framer
from ._json import as_dict, as_text, parse

# The status that AWS gives each error where it comes before the stream; inside one there is only its name.
_STATUS = {
    "accessdenied": 403,
    "expiredtoken": 403,
    "internalserver": 500,
    "modelerror": 424,
    "modelnotready": 429,
    "modelstreamerror": 424,
    "modeltimeout": 408,
    "resourcenotfound": 404,
    "serviceunavailable": 503,
    "servicequotaexceeded": 400,
    "throttling": 429,
    "unrecognizedclient": 403,
    "validation": 400,
}
_KIND = re.compile(r"(?:Exception|Error)?$")


class FrameDecoder(EventDecoder):
    """Decode events that come in frames; ``framer`` says how they are wrapped."""

    framer: ClassVar[Callable[..., Framer]] = FrameFramer

    def _read(self, payload: bytes, chunks: list[Chunk]) -> None:
        if isinstance(payload, Failure) and not self.closed:
            self._fail(failure(payload, self._provider))
        else:
            super()._read(payload, chunks)

    def _broken(self) -> StreamError:
        if self._framer.oversized:
            return LimitExceeded(f"One frame is larger than {self._framer.cap} bytes.", provider=self._provider)
        if self._framer.stray:
            return self._no_stream()
        damage = getattr(self._framer, "damage", "")
        return MalformedError(f"The body is damaged: {damage}.", provider=self._provider)


def failure(payload: bytes, provider: str) -> ProviderError:
    """Make the error that a frame tells of.

    Args:
        payload: Its JSON: an object whose only name is the error's.
        provider: Whose error it is.
    """
    try:
        given = as_dict(parse(payload)[0])
    except ValueError:
        given = {}
    name = next(iter(given), "")
    told = as_dict(given.get(name))
    status = _STATUS.get(_KIND.sub("", name).lower())
    error = provider_error(
        as_text(told.get("message")) or as_text(told.get("Message")) or "The provider reported an error in the stream.",
        status=status,
        code=name or None,
        provider=provider,
    )
    if status == 424:  # the model failed in the middle of its answer: AWS says to ask again
        error.retryable = True
    return error
