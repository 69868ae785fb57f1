"""``sk.stream``: what is asked, checked as far as it can be before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, cast

from typing_extensions import TypeVar

from ..errors import ConfigurationError
from ..messages import Prompt, as_messages
from ..providers import Ask, find
from ..runtime import Limits
from ..settings import Keep, Timeouts
from ..tool import declared
from ._stream import Stream

S = TypeVar("S", default=Any)


def stream(
    model: str,
    prompt: Prompt,
    *,
    tools: Iterable[Any] = (),
    client: Any = None,
    api_key: str | Callable[[], Any] | None = None,
    base_url: str | None = None,
    timeouts: Timeouts | None = None,
    limits: Limits | None = None,
    keep: Keep = "all",
    **params: Any,
) -> Stream:
    """Make a Stream of a provider call; nothing is sent before the first subscriber.

    Args:
        model: ``provider/model``.
        prompt: A text, a message, or a list of messages.
        tools: What the model may call: typed functions, pydantic model classes, ``sk.Tool`` objects, or dicts in
            the neutral or the provider's own form.
        client: The SDK's own client, instead of one of ours.
        api_key: The key, or something that returns one (async too), instead of the environment's.
        base_url: Where to send it, instead of the provider's own address.
        timeouts: The call's clocks, in seconds of content.
        limits: What it shares with other calls: how many at once, how many and how many tokens a minute.
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
    if limits is not None and not isinstance(cast("object", limits), Limits):
        raise ConfigurationError(f"limits={limits!r}: give sk.Limits(concurrency=…, rpm=…, tpm=…).")
    ask = Ask(
        model=name,
        messages=as_messages(prompt),
        tools=declared(tools),
        client=client,
        api_key=api_key,
        base_url=base_url,
        params=params,
        limits=limits,
    )
    return Stream(provider.request(ask), timeouts=timeouts, keep=keep)


class ProviderDoor(Generic[S]):
    """One provider's own ``stream``, whose chunks know the type of the SDK's events.

    Args:
        name: The provider's name.

    >>> ProviderDoor("openai").stream("gpt-5-mini", "Which moons may hold life?").model
    'gpt-5-mini'
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def stream(
        self,
        model: str,
        prompt: Prompt,
        *,
        tools: Iterable[Any] = (),
        client: Any = None,
        api_key: str | Callable[[], Any] | None = None,
        base_url: str | None = None,
        timeouts: Timeouts | None = None,
        limits: Limits | None = None,
        keep: Keep = "all",
        **params: Any,
    ) -> Stream[S]:
        """Do what ``sk.stream`` does, for a model of this provider.

        Args:
            model: The model's name, without the provider's.
            prompt: A text, a message, or a list of messages.
            tools: What the model may call.
            client: The SDK's own client, instead of one of ours.
            api_key: The key, or something that returns one.
            base_url: Where to send it.
            timeouts: The call's clocks.
            limits: What it shares with other calls.
            keep: What the log keeps.
            params: Everything else goes to the provider.
        """
        given: dict[str, Any] = {"tools": tools, "client": client, "api_key": api_key, "base_url": base_url}
        given |= {"timeouts": timeouts, "limits": limits, "keep": keep}
        return stream(f"{self._name}/{model}", prompt, **given, **params)
