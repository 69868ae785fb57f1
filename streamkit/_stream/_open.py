"""``sk.stream``: a call is checked as far as possible before anything is sent, and becomes a Stream."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, TypeVar, cast, overload

from ..errors import ConfigurationError
from ..messages import Message, Messages, Prompt, as_messages
from ..providers import CallSpec, check_transport, find
from ..question import AnswerParser, Origin
from ..runtime import Limits
from ..settings import Caps, Keep, SentinelEnds, ThinkingTags, Timeouts, Transport
from ..tool import ToolCall, to_tools
from ..traces import quiet
from ..wire.request import COMMON
from ._names import check_names, merge_extra
from ._options import (
    OVERRIDES,
    Cached,
    CallOptions,
    Record,
    check_reask,
    check_sentinel_ends,
    check_thinking_tags,
    context_options,
)
from ._stream import Stream

M = TypeVar("M")

Given: TypeAlias = Mapping[str, Any]

_NO_ORIGIN = Origin()

_NEVER = 0  # the default of reask=, which is not looked at


@overload
def stream(
    model: str,
    prompt: Prompt | None = None,
    *,
    provider: str | None = None,
    system: str | None = None,
    response_model: type[M],
    reask: int = 0,
    tools: Iterable[Any] = (),
    temperature: float | None = None,
    max_tokens: int | None = None,
    top_p: float | None = None,
    stop: str | Sequence[str] | None = None,
    seed: int | None = None,
    frequency_penalty: float | None = None,
    presence_penalty: float | None = None,
    n: int | None = None,
    tool_choice: str | Given | None = None,
    json_schema: type | Given | None = None,
    extra: Given | None = None,
    client: Any = None,
    api_key: str | Callable[[], Any] | None = None,
    base_url: str | None = None,
    timeouts: Timeouts | None = None,
    limits: Limits | None = None,
    caps: Caps | None = None,
    resend: bool | None = None,
    transport: Transport | None = None,
    sentinel_ends: SentinelEnds | None = None,
    thinking_tags: ThinkingTags | None = None,
    keep: Keep = "all",
    record: Record | None = None,
    cache: Cached | None = None,
    stream: bool = True,
    **params: Any,
) -> Stream[Any, ToolCall, Any, str, M]: ...


@overload
def stream(
    model: str,
    prompt: Prompt | None = None,
    *,
    provider: str | None = None,
    system: str | None = None,
    response_model: Any = None,
    reask: int = 0,
    tools: Iterable[Any] = (),
    temperature: float | None = None,
    max_tokens: int | None = None,
    top_p: float | None = None,
    stop: str | Sequence[str] | None = None,
    seed: int | None = None,
    frequency_penalty: float | None = None,
    presence_penalty: float | None = None,
    n: int | None = None,
    tool_choice: str | Given | None = None,
    json_schema: type | Given | None = None,
    extra: Given | None = None,
    client: Any = None,
    api_key: str | Callable[[], Any] | None = None,
    base_url: str | None = None,
    timeouts: Timeouts | None = None,
    limits: Limits | None = None,
    caps: Caps | None = None,
    resend: bool | None = None,
    transport: Transport | None = None,
    sentinel_ends: SentinelEnds | None = None,
    thinking_tags: ThinkingTags | None = None,
    keep: Keep = "all",
    record: Record | None = None,
    cache: Cached | None = None,
    stream: bool = True,
    **params: Any,
) -> Stream: ...


@quiet
def stream(
    model: str,
    prompt: Prompt | None = None,
    *,
    provider: str | None = None,
    system: str | None = None,
    response_model: Any = None,
    reask: int = 0,
    tools: Iterable[Any] = (),
    temperature: float | None = None,
    max_tokens: int | None = None,
    top_p: float | None = None,
    stop: str | Sequence[str] | None = None,
    seed: int | None = None,
    frequency_penalty: float | None = None,
    presence_penalty: float | None = None,
    n: int | None = None,
    tool_choice: str | Given | None = None,
    json_schema: type | Given | None = None,
    extra: Given | None = None,
    client: Any = None,
    api_key: str | Callable[[], Any] | None = None,
    base_url: str | None = None,
    timeouts: Timeouts | None = None,
    limits: Limits | None = None,
    caps: Caps | None = None,
    resend: bool | None = None,
    transport: Transport | None = None,
    sentinel_ends: SentinelEnds | None = None,
    thinking_tags: ThinkingTags | None = None,
    keep: Keep = "all",
    record: Record | None = None,
    cache: Cached | None = None,
    stream: bool = True,
    **params: Any,
) -> Stream:
    """Make a Stream of a provider call; nothing is sent before the first subscriber.

    Args:
        model: The provider and the model, as ``provider/model``; with ``provider=`` the model's name alone.
        prompt: A text, a message, or a list of messages; ``replay/NAME.jsonl`` alone needs none.
        provider: The provider's name, if ``model`` does not name it.
        system: The text of the system message, which is put before the prompt.
        response_model: The type of the answer, such as a pydantic model: ``parsed`` of the Response is an instance of
            it, and ``stream.pipe(ops.partial(Model))`` emits it while it grows.
        reask: The number of times that the model is asked again, with what does not fit, if its answer is whole and
            does not fit ``response_model``; 0, the default, raises at once. If the last answer does not fit either,
            the stream ends in ``ValidationFailed``. ``chunk.origin.attempt`` numbers the answers, and the failed ones
            are in ``response.attempts``. Each is a paid call: ``response.calls``, ``usage`` and ``cost`` count all.
        tools: The tools that the model may call: typed functions, pydantic model classes, ``sk.Tool`` objects, or
            dicts in the neutral or the provider's own form.
        temperature: The randomness of the answer, 0 or more; the provider sets the highest value, often 2 or 1.
        max_tokens: The most tokens of an answer, 1 or more.
        top_p: The share of probability, from 0 to 1, from which the tokens are chosen.
        stop: The text, or the texts, at which the answer ends: by the provider, or else by streamkit.
        seed: A whole number that makes answers repeatable, where the provider supports that.
        frequency_penalty: A number, often from -2 to 2, by which tokens lose that the answer has often.
        presence_penalty: A number, often from -2 to 2, by which tokens lose that the answer has at all.
        n: The number of answers (choices) to one request, 1 or more.
        tool_choice: ``"auto"``, ``"none"``, ``"required"``, the name of a tool, or the provider's own form.
        json_schema: The JSON schema of the answer, as a dict or a pydantic model; ``response_model`` parses it too.
        extra: Any other fields of the request's body, by their names in the provider's API; they are not checked.
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
        thinking_tags: The names of the tags between which the server sends thinking as text, such as ``"think"``; the
            text inside becomes ``thinking``.
        keep: ``"all"`` (the default), or the number of the last chunks that the log keeps.
        record: The path of a folder, or of a new file that ends in ``.jsonl``, to which the call is recorded; what
            ``sk.recording`` returns, for more options; or False to record nothing in a block of ``sk.recording``.
        cache: The ``sk.Cache`` of complete answers: one that is there is played, and nothing is sent; False for none.
        stream: False to ask for the answer in one body: the Stream has one chunk for each choice, at its end.
        params: The provider's own parameters, by their names in its API.

    ``timeouts``, ``limits``, ``caps``, ``resend``, ``transport``, ``record`` and ``cache`` that are not given here come
    from the open ``sk.context``. A parameter that is None is not sent.

    Raises:
        ConfigurationError: The model string, a message, a number or the client is wrong; a parameter is misspelled,
            or is an option of another function; or an option does not exist yet.

    >>> stream("openai/gpt-5-mini", "Which moons may hold life?", temperature=0.2).state
    'streaming'
    """
    return open_named(locals())


def open_named(given: dict[str, Any]) -> Stream:
    """Make the Stream of the arguments of ``sk.stream``, by name."""
    params: dict[str, Any] = {}
    for name in COMMON:
        if given[name] is not None:
            params[name] = given[name]
    params.update(given["params"])
    return prepare_call(
        given["model"],
        given["prompt"],
        given=CallInputs(**{name: given[name] for name in _INPUTS}),
        options=CallOptions(**{name: given[name] for name in _OPTIONS}),
        params=params,
        streams=given["stream"],
    ).stream()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallInputs:
    """The arguments of a call that only the call itself can give; see ``sk.stream``."""

    provider: str | None = None
    system: str | None = None
    response_model: Any = None
    tools: Iterable[Any] = ()
    extra: Given | None = None
    client: Any = None
    api_key: str | Callable[[], Any] | None = None
    base_url: str | None = None
    sentinel_ends: SentinelEnds | None = None
    thinking_tags: ThinkingTags | None = None
    keep: Keep = "all"
    reask: int = 0
    answer: AnswerParser | None = None
    json_mode: bool = False


_INPUTS = tuple(name for name in CallInputs.__dataclass_fields__ if name not in ("answer", "json_mode"))

_OPTIONS = tuple(CallOptions.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class PreparedCall:
    """A call whose arguments have been checked, but for what its provider checks.

    Args:
        provider: The provider.
        ask: The call.
        response_model: The type of the answer; None for text.
        timeouts: The clocks of the call.
        keep: The part of the chunks that the log keeps.
        options: The options that were given for this call itself.
        reask: The number of times that the model is asked again.
        record: What the call is recorded to; None for the open block of ``sk.recording``, False for nothing.
        json_mode: True to use the provider's JSON mode and to put the schema of the answer into the prompt.
    """

    provider: Any
    ask: CallSpec
    response_model: Any
    timeouts: Timeouts | None
    keep: Keep
    options: CallOptions
    reask: int = 0
    record: Record | None = None
    json_mode: bool = False

    def stream(self) -> Stream:
        """Make the Stream of the call.

        Raises:
            ConfigurationError: The provider cannot do what the call asks for.
        """
        ask = self.ask
        if ask.model.endswith(".jsonl") and is_recording(self.provider, ask.model):
            from ._open_recording import Opening, file_stream  # which few calls need

            opening = Opening(self.timeouts, self.keep, self.options, self.record)
            return file_stream(self.provider, ask, self.response_model, opening)
        if self.response_model is not None or self.json_mode:
            from ._typed import with_answer  # which loads pydantic

            ask = with_answer(ask, self.response_model, provider=self.provider.name, json_mode=self.json_mode)
        if self.reask:
            return self._reasking(ask)
        if ask.transport != "auto":
            check_transport(self.provider, ask)
        request = self.provider.request(ask)
        if ask.sentinel_ends is not None:
            request.decoder()  # raises at once if the wire format has no sentinel
        if ask.cache and not ask.cache.sampled:
            from ..providers._cache_key import check_sampling  # which few calls need

            check_sampling(request)
        return Stream(request, timeouts=self.timeouts, keep=self.keep, options=self.options, record=self.record)

    def _reasking(self, ask: CallSpec) -> Stream:
        """Make the Stream of a call that is asked again while its answer does not fit; see ``stream``."""
        from ._reask import AnswerAttempt, ReaskPlan, reask_stream, with_answers  # which few calls need

        clocks = replace(self.timeouts or Timeouts(), total=None)
        once = replace(self, response_model=None, timeouts=clocks, keep="all", reask=0, record=False)

        def open_answer(ask: CallSpec, before: Sequence[AnswerAttempt]) -> Stream:
            return replace(once, ask=with_answers(ask, before, self.provider.name)).stream()

        plan = ReaskPlan(open_answer, self.reask, keeps=self.keep == "all")
        return reask_stream(
            plan,
            ask,
            self.provider.name,
            timeouts=self.timeouts,
            keep=self.keep,
            options=self.options,
            record=self.record,
        )


def is_recording(provider: Any, model: str) -> bool:
    """Return whether a call plays a recording from a file, which may be of any request.

    Args:
        provider: The provider.
        model: The model's name.
    """
    return provider.name == "replay" and model.endswith(".jsonl")


def prepare_call(
    model: str,
    prompt: Prompt | None,
    *,
    given: CallInputs,
    options: CallOptions,
    params: Given,
    streams: bool = True,
    origin: Origin | None = None,
) -> PreparedCall:
    """Check the arguments of ``open_call``, which the provider has not seen yet.

    Raises:
        ConfigurationError: An option or a parameter is invalid.
    """
    provider, name = find(model, provider=given.provider)
    check_names(provider.name, params)
    if streams is not True and cast("object", streams) is not False:
        raise ConfigurationError(f"stream={streams!r}: give True, or False for an answer in one body.")
    if given.reask is not _NEVER:
        check_reask(given.reask, typed=given.response_model is not None or given.answer is not None)
    chosen = options.over(context_options()) if OVERRIDES.get() else options
    given_prompt: Any = prompt  # None is refused there, but for a recording
    messages = () if prompt is None and is_recording(provider, name) else as_messages(given_prompt)
    ask = CallSpec(
        model=name,
        messages=messages if given.system is None else with_system(messages, given.system),
        tools=() if given.tools == () else to_tools(given.tools),
        client=given.client,
        api_key=given.api_key,
        base_url=given.base_url,
        params=dict(params) if given.extra is None else merge_extra(params, given.extra),
        stream=streams,
        sentinel_ends=None if given.sentinel_ends is None else check_sentinel_ends(given.sentinel_ends),
        thinking_tags=check_thinking_tags(given.thinking_tags),
        origin=origin or _NO_ORIGIN,
        answer=given.answer,
        **chosen.of_request(),
    )
    more = given.reask, chosen.record, given.json_mode
    return PreparedCall(provider, ask, given.response_model, chosen.timeouts, given.keep, options, *more)


def open_call(
    model: str,
    prompt: Prompt,
    *,
    given: CallInputs,
    options: CallOptions,
    params: Given,
    streams: bool = True,
    origin: Origin | None = None,
) -> Stream:
    """Check the options of a call and make a Stream, for ``sk.stream`` and ``sk.call``.

    Args:
        model: The provider and the model, as ``provider/model``; with a provider the model's name alone.
        prompt: A text, a message, or a list of messages.
        given: The arguments that only the call itself can give.
        options: The options that a context may set too.
        params: The parameters for the provider.
        streams: False to ask for the answer in one body.
        origin: The decorated function that makes the call.

    Raises:
        ConfigurationError: An option or a parameter is invalid.
    """
    return prepare_call(
        model, prompt, given=given, options=options, params=params, streams=streams, origin=origin
    ).stream()


def with_system(messages: tuple[Message, ...], system: object) -> tuple[Message, ...]:
    """Put the system message before the others.

    Raises:
        ConfigurationError: ``system`` is no text, or the messages have a system message already.
    """
    if system is None:
        return messages
    if not isinstance(system, str) or not system.strip():
        raise ConfigurationError(
            f"system={system!r}: give a text; blocks of the provider's own go in extra={{'system': …}}."
        )
    for message in messages:
        role = message.get("role") if isinstance(message, dict) else message.role
        if role in ("system", "developer"):
            raise ConfigurationError("The messages have a system message already: leave it or system= out.")
    return (Messages.System(system), *messages)
