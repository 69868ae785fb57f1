"""``sk.stream``: a call is checked as far as possible before anything is sent, and becomes a Stream."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, cast

from typing_extensions import TypeVar

from ..errors import ConfigurationError
from ..messages import Prompt, as_messages
from ..providers import CallSpec, check_transport, find
from ..question import Origin
from ..runtime import Limits
from ..settings import Caps, Keep, SentinelEnds, Timeouts, Transport
from ..tool import ToolCall, to_tools
from ..traces import quiet
from ._options import CallOptions, check_sentinel_ends, context_options, refuse_unbuilt
from ._stream import Stream

S = TypeVar("S", default=Any)

R = TypeVar("R", default=Any)

F = TypeVar("F", bound=str, default=str)

_NO_ORIGIN = Origin()


@quiet
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
    caps: Caps | None = None,
    resend: bool | None = None,
    transport: Transport | None = None,
    sentinel_ends: SentinelEnds | None = None,
    keep: Keep = "all",
    stream: bool = True,
    **params: Any,
) -> Stream:
    """Make a Stream of a provider call; nothing is sent before the first subscriber.

    Args:
        model: The provider and the model, as ``provider/model``.
        prompt: A text, a message, or a list of messages.
        tools: The tools that the model may call: typed functions, pydantic model classes, ``sk.Tool`` objects, or
            dicts in the neutral or the provider's own form.
        client: A client of the provider's SDK, instead of streamkit's own connection.
        api_key: The key, or a function (async too) that returns one, instead of the environment's.
        base_url: The address to send the request to, instead of the provider's own.
        timeouts: The call's clocks, in seconds without content.
        limits: The limits that this call shares with others: calls at once, calls and tokens a minute.
        caps: The bounds on the size of the answer, as ``sk.Caps`` in bytes and counts.
        resend: True (the default) if the request may be sent once more, on a fresh connection, when a reused
            connection fails before any byte of an answer.
        transport: The sender of the request: ``"direct"`` for streamkit itself, ``"sdk"`` for the provider's SDK, and
            ``"auto"`` (the default) for streamkit itself wherever it can.
        sentinel_ends: The choices whose end the server's ``[DONE]`` alone proves, for a server that gives no finish
            reason: ``"none"``, ``"above 0"`` or ``"all"``; by default the provider's known behaviour.
        keep: ``"all"`` (the default), or the number of the last chunks that the log keeps.
        stream: False to ask for the answer in one body: the Stream has one chunk for each choice, at its end.
        params: All other parameters, which are sent to the provider.

    ``timeouts``, ``limits``, ``caps``, ``resend`` and ``transport`` that are not given here come from the open
    ``sk.context``.

    Raises:
        ConfigurationError: The model string, a message, a number or the client is wrong, or an option does not exist
            yet.

    >>> stream("openai/gpt-5-mini", "Which moons may hold life?").state
    'streaming'
    """
    return open_call(
        model,
        prompt,
        tools=tools,
        client=client,
        api_key=api_key,
        base_url=base_url,
        options=CallOptions(timeouts=timeouts, limits=limits, caps=caps, resend=resend, transport=transport),
        sentinel_ends=sentinel_ends,
        keep=keep,
        params=params,
        streams=stream,
    )


def open_call(
    model: str,
    prompt: Prompt,
    *,
    tools: Iterable[Any],
    client: Any,
    api_key: str | Callable[[], Any] | None,
    base_url: str | None,
    options: CallOptions,
    sentinel_ends: SentinelEnds | None,
    keep: Keep,
    params: Mapping[str, Any],
    streams: bool = True,
    origin: Origin | None = None,
) -> Stream:
    """Check the options of a call and make a Stream, for ``sk.stream`` and ``sk.call``.

    Args:
        model: The provider and the model, as ``provider/model``.
        prompt: A text, a message, or a list of messages.
        tools: The tools that the model may call.
        client: A client of the provider's SDK.
        api_key: The key, or a function that returns one.
        base_url: The address to send the request to.
        options: The options that a context may set too.
        sentinel_ends: The choices whose end the sentinel alone proves.
        keep: ``"all"``, or the number of the last chunks that the log keeps.
        params: The parameters for the provider.
        streams: False to ask for the answer in one body.
        origin: The decorated function that makes the call.

    Raises:
        ConfigurationError: An option or a parameter is invalid.
    """
    provider, name = find(model)
    refuse_unbuilt(params)
    if streams is not True and cast("object", streams) is not False:
        raise ConfigurationError(f"stream={streams!r}: give True, or False for an answer in one body.")
    chosen = options.over(context_options())
    ask = CallSpec(
        model=name,
        messages=as_messages(prompt),
        tools=() if tools == () else to_tools(tools),
        client=client,
        api_key=api_key,
        base_url=base_url,
        params=dict(params),
        stream=streams,
        sentinel_ends=check_sentinel_ends(sentinel_ends),
        origin=origin or _NO_ORIGIN,
        **chosen.of_request(),
    )
    check_transport(provider, ask)
    request = provider.request(ask)
    if ask.sentinel_ends is not None:
        request.decoder()  # raises at once if the wire format has no sentinel
    return Stream(request, timeouts=chosen.timeouts, keep=keep, options=options)


_stream = stream  # the method below has an argument of this name


class ProviderDoor(Generic[S, R, F]):
    """The ``stream`` function of one provider, whose chunks are typed with the events of the provider's SDK.

    Args:
        name: The provider's name.

    >>> ProviderDoor("openai").stream("gpt-5-mini", "Which moons may hold life?").model
    'gpt-5-mini'
    """

    def __init__(self, name: str) -> None:
        self._name = name

    @quiet
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
        caps: Caps | None = None,
        resend: bool | None = None,
        transport: Transport | None = None,
        sentinel_ends: SentinelEnds | None = None,
        keep: Keep = "all",
        stream: bool = True,
        **params: Any,
    ) -> Stream[S, ToolCall, R, F]:
        """Do what ``sk.stream`` does, for a model of this provider.

        Args:
            model: The model's name, without the provider's.
            prompt: A text, a message, or a list of messages.
            tools: The tools that the model may call.
            client: A client of the provider's SDK, instead of streamkit's own connection.
            api_key: The key, or a function that returns one.
            base_url: The address to send the request to.
            timeouts: The call's clocks, in seconds without content.
            limits: The limits that this call shares with others.
            caps: The bounds on the size of the answer.
            resend: True if the request may be sent once more on a fresh connection.
            transport: The sender of the request: ``"direct"``, ``"sdk"`` or ``"auto"``.
            sentinel_ends: The choices whose end the sentinel alone proves.
            keep: ``"all"``, or the number of the last chunks that the log keeps.
            stream: False to ask for the answer in one body.
            params: All other parameters, which are sent to the provider.
        """
        given: dict[str, Any] = {"tools": tools, "client": client, "api_key": api_key, "base_url": base_url}
        given |= {"timeouts": timeouts, "limits": limits, "caps": caps, "resend": resend}
        given |= {"transport": transport, "sentinel_ends": sentinel_ends, "keep": keep, "stream": stream}
        made: Any = _stream(f"{self._name}/{model}", prompt, **given, **params)
        return made
