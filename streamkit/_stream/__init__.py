"""A Stream: an Observable over the log of one provider call, opened when the first subscriber comes."""

from ._foreign import from_async
from ._open import ProviderDoor, stream
from ._stream import Stream

__all__ = ["ProviderDoor", "Stream", "from_async", "stream"]
