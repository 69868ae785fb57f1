"""``sk.converse``: a model and its tools, turn after turn, as one Stream."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, cast

from typing_extensions import Unpack

from ..errors import ConfigurationError
from ..messages import Prompt
from ..providers import CallSpec, Request, differs_by_one_slip, find
from ..question import Origin
from ..runtime import Limits
from ..settings import Keep, Timeouts, is_positive
from ..tool import Tool
from ..traces import quiet
from ..wire.request import COMMON
from ._approval import OnTool
from ._conversation import ConversationOptions, ConversationPlan, ConversationRequest, OnToolError
from ._keywords import CONVERSATION, CallKeywords
from ._open import CallInputs, PreparedCall, is_recording, prepare_call
from ._options import CallOptions, check_reask, context_options
from ._retry import fallback as fall_back
from ._retry import retry as send_again
from ._stream import Stream
from ._turn import Turn

if TYPE_CHECKING:
    from ._reask import AnswerAttempt

_INPUTS = tuple(name for name in CallInputs.__dataclass_fields__ if name != "answer")

_OPTIONS = tuple(CallOptions.__dataclass_fields__)

_CONVERSATION = tuple(each.name for each in fields(ConversationOptions))

_FREE_CHOICES = ("auto", "none")


@quiet
def converse(
    model: str,
    prompt: Prompt,
    *,
    tools: Iterable[Any] = (),
    max_turns: int = 10,
    on_tool: OnTool | None = None,
    on_tool_error: OnToolError = "send",
    approval_timeout: float | None = 600.0,
    tool_timeout: float | None = None,
    tool_concurrency: int = 8,
    grace: float = 5.0,
    retry: int | Mapping[str, Any] | None = None,
    fallback: Sequence[str | Stream] = (),
    provider: str | None = None,
    system: str | None = None,
    response_model: Any = None,
    reask: int = 0,
    tool_choice: str | Mapping[str, Any] | None = None,
    timeouts: Timeouts | None = None,
    limits: Limits | None = None,
    keep: Keep = "all",
    **keywords: Unpack[CallKeywords],
) -> Stream:
    """Make a Stream of a conversation: the model answers, the tools that it calls run, and it answers again.

    The chunks of all turns come in order, each with ``chunk.origin``, and behind each turn one chunk for the result of
    each tool. The conversation is complete when a turn calls no tool. A turn that is cut, stalls or fails ends it with
    everything before in ``error.partial``, and no tool of that turn runs. ``response.history`` has all messages for the
    next conversation, ``response.turns`` a Response each; ``usage`` and ``cost`` are the sums.

    Tools run as with ``ops.run_tools``: behind the provider's own end of the turn, parallel calls in parallel, each
    call once. A conversation that has run a tool is not sent again by ``sk.retry`` or by a new subscriber;
    ``again()`` is a new conversation, which runs its tools anew.

    Args:
        model: The provider and the model, as ``provider/model``; with ``provider=`` the model's name alone.
        prompt: A text, a message, or a list of messages, such as the ``history`` of an earlier conversation.
        tools: The tools that the model may call: typed functions, pydantic model classes, ``sk.Tool`` objects, and the
            provider's own tools as dicts.
        max_turns: The number of turns, 1 or more; a model that still calls tools then ends in ``LimitExceeded``.
        on_tool: A function, sync or async, that is asked before a tool runs, with the call: True runs it, a dict runs
            it with these arguments, and False or a text (the reason for the model) refuses it.
        on_tool_error: ``"send"`` sends the exception of a tool to the model; ``"raise"`` ends the conversation with it.
        approval_timeout: Seconds that one answer of ``on_tool`` may take, until the call is refused; None for no limit.
        tool_timeout: Seconds that one tool may take, behind which the model gets a TimeoutError; None for no limit.
        tool_concurrency: The number of tools that run at a time.
        grace: Seconds that ``close()`` waits at most for a blocking tool, which no stop can cancel.
        retry: The number of attempts of each turn, or the options of ``sk.retry`` as a dict.
        fallback: The models, or unsent Streams that only give their model and options, for a turn that has failed.
        provider: The provider's name, if ``model`` does not name it.
        system: The text of the system message; a ``history`` has it already.
        response_model: The type of the last turn's answer.
        reask: The number of times that the model is asked again, with what does not fit, if the answer of a turn that
            calls no tool is whole and does not fit ``response_model``. Each answer counts as a turn of ``max_turns``.
        tool_choice: As with ``sk.stream``; a choice that demands a call holds for the first turn only.
        timeouts: The clocks in seconds: ``first`` and ``between`` are those of each turn, and ``total`` is that of the
            whole conversation, with its tools.
        limits: The limits that each turn shares with other calls.
        keep: ``"all"``, or the number of the last chunks that the log keeps.
        keywords: The other options and parameters of ``sk.stream``, for each turn; ``caps`` bound each turn, and the
            conversation too.

    Raises:
        ConfigurationError: As with ``sk.stream``; or a number or a tool does not fit a conversation.

    >>> converse("openai/gpt-5-mini", "Which moons may hold life?").state
    'streaming'
    """
    arguments = locals()
    return _open(arguments)


def _open(arguments: Mapping[str, Any]) -> Stream:
    """Make the Stream of the arguments of ``sk.converse``, by name."""
    given: dict[str, Any] = {**arguments, **arguments["keywords"]}
    known = {*_INPUTS, *_OPTIONS, *CONVERSATION, "model", "prompt", "keywords", "stream"}
    params = {name: value for name, value in given.items() if name not in known}
    _check_slips(params)
    return open_conversation(
        given["model"],
        given["prompt"],
        given=CallInputs(**{name: given[name] for name in _INPUTS if name in given}),
        options=CallOptions(**{name: given[name] for name in _OPTIONS if name in given}),
        params={name: value for name, value in params.items() if name not in COMMON or value is not None},
        streams=given.get("stream", True),
        conversation={name: given[name] for name in CONVERSATION},
    )


def open_conversation(
    model: str,
    prompt: Prompt,
    *,
    given: CallInputs,
    options: CallOptions,
    params: Mapping[str, Any],
    streams: bool,
    conversation: Mapping[str, Any],
    origin: Origin | None = None,
) -> Stream:
    """Check the options of a conversation and make a Stream, for ``sk.converse`` and ``sk.call``.

    Args:
        model: The provider and the model.
        prompt: A text, a message, or a list of messages.
        given: The arguments that only the call itself can give.
        options: The options that a context may set too.
        params: The parameters for the provider.
        streams: False to ask for each turn in one body.
        conversation: The options of ``ConversationKeywords``.
        origin: The decorated function that makes the conversation.

    Raises:
        ConfigurationError: An option or a parameter is invalid.
    """
    chosen, attempts = check_conversation(conversation)
    check_reask(given.reask, typed=given.response_model is not None)
    own_provider, _ = find(model, provider=given.provider)

    def prepared(name: str, provider: str | None) -> PreparedCall:
        inputs = replace(given, provider=provider, keep="all", reask=0)
        if find(name, provider=provider)[0].name != own_provider.name:  # another one must not get these
            inputs = replace(inputs, client=None, api_key=None, base_url=None)
        made = prepare_call(name, prompt, given=inputs, options=options, params=params, streams=streams, origin=origin)
        return replace(made, record=False)  # a turn is recorded where the conversation is

    first, keeps = prepared(model, given.provider), given.keep == "all"
    if is_recording(first.provider, first.ask.model):
        return _recorded(replace(first, keep=given.keep))
    _check_call(first)
    others = tuple(_other(each, prepared, first.response_model) for each in conversation.get("fallback") or ())
    recovery = _Recovery(first, others, attempts, reask=given.reask, max_turns=chosen.max_turns, keeps=keeps)
    recovery.open_turn(first.ask, ())  # raises at once what a provider cannot do
    plan = ConversationPlan(recovery.open_turn, chosen, first.provider.name, keeps=keeps)
    request = ConversationRequest(plan, first.ask, first.provider.name)
    of_all = replace(first.timeouts or Timeouts(), first=None, between=None)
    record = options.over(context_options()).record
    # The checker wants an attribute where a property is: it keeps the limits from the conversation itself.
    return Stream(cast("Request", request), timeouts=of_all, keep=given.keep, options=options, record=record)


def _recorded(call: PreparedCall) -> Stream:
    """Make the Stream of a recorded conversation, whose tools are not run.

    Raises:
        ConfigurationError: The file is the recording of a single call, or of another conversation.
    """
    from .._recording import read_header  # which few conversations need

    if not read_header(call.ask.model).conversation:
        raise ConfigurationError(
            f"{call.ask.model} is the recording of one call and not of a conversation: sk.stream plays it."
        )
    return replace(call, record=call.options.over(context_options()).record).stream()


@dataclass(frozen=True, slots=True)
class _Recovery:
    """The calls that may answer a turn, and how often each is tried.

    Args:
        first: The call of the first choice.
        others: The calls to send in its place, in order.
        attempts: The options of ``sk.retry``; None without retries.
        reask: The number of times that a turn whose answer does not fit is asked for again.
        max_turns: The number of turns, in which each answer counts.
        keeps: True if the events of all turns stay in memory.
    """

    first: PreparedCall
    others: tuple[PreparedCall, ...]
    attempts: Mapping[str, Any] | None
    reask: int
    max_turns: int
    keeps: bool

    def open_turn(self, ask: CallSpec, turns: Sequence[Turn]) -> Stream:
        """Make the unsent Stream of the next turn.

        Args:
            ask: The call of the first choice, whose options may have changed since.
            turns: The turns so far.
        """
        if not self.reask:
            return self._open(ask, turns)
        left = self.max_turns - 1 - sum(turn.answers for turn in turns)
        from ._reask import ReaskPlan, reask_stream  # which few conversations need

        def open_answer(ask: CallSpec, before: Sequence[AnswerAttempt]) -> Stream:
            return self._open(ask, turns, before)

        plan = ReaskPlan(open_answer, min(self.reask, left), keeps=self.keeps)
        return reask_stream(plan, ask, self.first.provider.name, timeouts=Timeouts())

    def _open(self, ask: CallSpec, turns: Sequence[Turn], before: Sequence[AnswerAttempt] = ()) -> Stream:
        streams = [self._stream(replace(self.first, ask=ask), turns, before)]
        streams += [self._stream(each, turns, before) for each in self.others]
        return fall_back(streams[0], *streams[1:]) if self.others else streams[0]

    def _stream(self, call: PreparedCall, turns: Sequence[Turn], before: Sequence[AnswerAttempt]) -> Stream:
        provider = call.provider.name
        messages = [message for each in (*turns, *before) for message in each.messages(provider)]
        params = dict(call.ask.params)
        if turns and params.get("tool_choice") not in _FREE_CHOICES:
            params.pop("tool_choice", None)
        ask = replace(call.ask, messages=(*call.ask.messages, *messages), params=params)
        timeouts = replace(call.timeouts or Timeouts(), total=None)
        made = replace(call, ask=ask, timeouts=timeouts).stream()
        return made if self.attempts is None else send_again(made, **self.attempts)


def _other(other: object, prepared: Callable[[str, str | None], PreparedCall], response_model: Any) -> PreparedCall:
    """Return the call that an entry of ``fallback=`` means."""
    if isinstance(other, str):
        return prepared(other, None)
    if not isinstance(other, Stream):
        raise ConfigurationError(f"fallback={other!r}: give model strings, or Streams that have not been sent.")
    stream = cast("Stream", other)
    if stream.sent:
        raise ConfigurationError("A Stream in fallback= has been sent: give stream.again(), which has not.")
    asked, own = stream.request, prepared(f"{stream.provider}/{stream.request.model}", None)
    ask = replace(asked, messages=own.ask.messages, tools=own.ask.tools, stream=own.ask.stream, answer=None)
    provider, _ = find(asked.model, provider=stream.provider)
    return replace(own, provider=provider, ask=ask, response_model=response_model)


def _attempts(retry: object) -> Mapping[str, Any] | None:
    """Return the options of ``sk.retry`` that ``retry=`` means."""
    if retry is None:
        return None
    given = {"attempts": retry} if isinstance(retry, int) else retry
    if not isinstance(given, Mapping) or cast("Mapping[str, Any]", given).keys() - {"attempts", "on", "wait"}:
        raise ConfigurationError(f"retry={retry!r}: give the number of attempts, or a dict of attempts, on and wait.")
    return cast("Mapping[str, Any]", given)


def _check_slips(params: Mapping[str, Any]) -> None:
    """Raise for a parameter that is a misspelled option of a conversation."""
    for name in params:
        meant = [each for each in sorted(CONVERSATION) if differs_by_one_slip(name, each)]
        if meant:
            raise ConfigurationError(f"sk.converse has no option {name}=: write {' or '.join(meant)}=.")


def check_conversation(given: Mapping[str, Any]) -> tuple[ConversationOptions, Mapping[str, Any] | None]:
    """Return valid options of a conversation, and those of ``sk.retry``.

    Args:
        given: Options of ``ConversationKeywords``.

    Raises:
        ConfigurationError: An option has a wrong value.
    """
    options = ConversationOptions(**{name: value for name, value in given.items() if name in _CONVERSATION})
    fallback: object = given.get("fallback")
    if isinstance(fallback, (str, Stream)) or not isinstance(fallback or (), Iterable):
        raise ConfigurationError(f"fallback={fallback!r}: give a list of model strings or unsent Streams.")
    for name in ("max_turns", "tool_concurrency"):
        if not is_positive(getattr(options, name), whole=True):
            raise ConfigurationError(f"{name}={getattr(options, name)!r}: give a whole number, 1 or more.")
    for name in ("approval_timeout", "tool_timeout"):
        value = getattr(options, name)
        if value is not None and not is_positive(value):
            raise ConfigurationError(f"{name}={value!r}: give seconds above 0, or None for no limit.")
    if options.grace != 0 and not is_positive(options.grace):
        raise ConfigurationError(f"grace={options.grace!r}: give seconds, 0 or more.")
    if options.on_tool is not None and not callable(options.on_tool):
        raise ConfigurationError(f"on_tool={options.on_tool!r}: give a function of the call.")
    if options.on_tool_error not in ("send", "raise"):
        raise ConfigurationError(f"on_tool_error={options.on_tool_error!r}: give 'send' or 'raise'.")
    return options, _attempts(given.get("retry"))


def _check_call(call: PreparedCall) -> None:
    """Raise for what a conversation cannot do."""
    ask = call.ask
    if call.timeouts is not None and call.timeouts.drain_for_usage is not None:
        raise ConfigurationError("timeouts.drain_for_usage is for single calls: a conversation is stopped at once.")
    if ask.params.get("n") not in (None, 1):
        raise ConfigurationError(f"n={ask.params['n']!r}: a conversation goes on with one answer; leave n out.")
    for tool in ask.tools:
        if not isinstance(tool, Tool) and {"parameters", "function", "input_schema"} & cast("set[str]", set(tool)):
            raise ConfigurationError(
                "A conversation runs its tools, and a dict cannot be run: give functions, pydantic model classes or "
                "sk.Tool(…), and of dicts only the tools that the provider runs itself."
            )
