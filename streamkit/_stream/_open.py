"""``sk.stream``: what is asked, checked as far as it can be before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from ..errors import ConfigurationError
from ..messages import Prompt, as_messages
from ..providers import Ask, find
from ..settings import Keep, Timeouts
from ._stream import Stream


def stream(
    model: str,
    prompt: Prompt,
    *,
    tools: Iterable[Any] = (),
    client: Any = None,
    api_key: str | Callable[[], Any] | None = None,
    base_url: str | None = None,
    timeouts: Timeouts | None = None,
    keep: Keep = "all",
    **params: Any,
) -> Stream:
    """Make a Stream of a provider call; nothing is sent before the first subscriber.

    Args:
        model: ``provider/model``.
        prompt: A text, a message, or a list of messages.
        tools: Tools in the provider's own form.
        client: The SDK's own client, instead of one of ours.
        api_key: The key, or something that returns one (async too), instead of the environment's.
        base_url: Where to send it, instead of the provider's own address.
        timeouts: The call's clocks, in seconds of content.
        keep: What the log keeps: ``"all"``, or how many of the last chunks.
        params: Everything else goes to the provider.

    Raises:
        ConfigurationError: What can be known now is wrong: the model string, a message, a number, the client.

    >>> stream("openai/gpt-5-mini", "Which moons may hold life?").state
    'streaming'
    """
    provider, name = find(model)
    if timeouts is not None and not isinstance(cast("object", timeouts), Timeouts):
        raise ConfigurationError(f"timeouts={timeouts!r}: give sk.Timeouts(first=…, between=…, total=…) in seconds.")
    ask = Ask(
        model=name,
        messages=as_messages(prompt),
        tools=tuple(tools),
        client=client,
        api_key=api_key,
        base_url=base_url,
        params=params,
    )
    return Stream(provider.request(ask), timeouts=timeouts, keep=keep)
