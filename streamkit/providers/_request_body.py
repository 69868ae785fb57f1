"""The body of a call whichever door sends it, for recordings and caches; apart, because it finds the provider anew."""

from __future__ import annotations

from typing import Any

from ..errors import ConfigurationError
from ._find import find
from ._request import CallSpec

# Of the sender, and not of the answer.
_OF_THE_SENDER = ("extra_headers", "extra_query", "timeout")


def request_body(provider: str, ask: CallSpec) -> dict[str, Any] | None:
    """Return the fields of a call's body after mapping, with the model and ``stream``; None if the provider has none.

    Args:
        provider: The provider's name.
        ask: The call.

    >>> from streamkit.messages import Messages
    >>> request_body("openai", CallSpec("gpt-5-mini", (Messages.User("Which moons?"),)))["messages"]
    [{'role': 'user', 'content': 'Which moons?'}]
    """
    try:
        body = dict(find(ask.model, provider=provider)[0].body(ask))
    except (AttributeError, ConfigurationError, NotImplementedError):  # a provider that writes its request itself
        return None
    more: dict[str, Any] = body.pop("extra_body", None) or {}
    fields = {name: value for name, value in (body | more).items() if name not in _OF_THE_SENDER}
    return {"model": ask.model, **fields, "stream": ask.stream}
