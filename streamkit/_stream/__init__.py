"""A Stream: an Observable over the log of one provider call, opened when the first subscriber comes."""

from ._foreign import from_async
from ._open import anthropic, cohere, openai, stream
from ._stream import Stream

__all__ = ["Stream", "anthropic", "cohere", "from_async", "openai", "stream"]
