"""Makes a body without streaming out of events, alone because the events are decoded first."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from .. import wire
from ..wire.formats import EventSource


def whole_body(events: Sequence[bytes], *, api: str = "openai.chat", vendor: str | None = None) -> bytes:
    """Make the body of the same answer without streaming, for a server or a script that is asked with ``stream=False``.

    Args:
        events: The events of a whole answer.
        api: Their wire format.
        vendor: The vendor whose quirks apply; by default that of the format.

    Raises:
        StreamError: The answer is not whole.

    Example:
        >>> from streamkit.testing import Script, chat_events
        >>> Script([whole_body(chat_events("Euro", "pa"))]).stream("?", stream=False).run().content
        'Europa'
    """
    decoder = wire.decoder(api, vendor)
    chunks = [*decoder.feed(b"".join(events)), *decoder.finish()]
    return msgspec.json.encode(EventSource(lambda: chunks).answer(decoder.response))
