"""Response: a model's answer, folded from the chunks that have arrived.

A pickled Response names classes of this module, ``streamkit.chunk`` and ``streamkit.details`` only, so that other
modules may move.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr
from typing_extensions import TypeVar

from .chunk import F_co, FinishReason, Usage, UsageMixin, common_reasons
from .details import Logprob, ServerTool
from .errors import ToolArgumentsError
from .messages import BaseMessageParam, Message
from .question import RequestInfo, RequestInfoMixin
from .rebuilder import Rebuilder
from .reprs import short_fields
from .text.display import markdown_bundle, status_line, token_count
from .tool import CallingTools, ToolCall, ToolRegistry, ToolResult, given_by_tool
from .usage.prices import billed_cost, price, price_of_output, unpriced_reason

State: TypeAlias = Literal["streaming", "complete", "stopped", "failed", "unknown"]

M_co = TypeVar("M_co", covariant=True, default=Any)

R_co = TypeVar("R_co", covariant=True, default=Any)


class _ShortRepr(BaseModel):
    """A model whose ``repr`` has the fields that do not have their default, each cut to a readable length."""

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        return [*short_fields(self._shown())]

    def _shown(self) -> Iterator[tuple[str, Any, Any]]:
        for name, field in type(self).model_fields.items():
            yield name, getattr(self, name), field.get_default(call_default_factory=True)


class Picture(_ShortRepr):
    """A generated image, as bytes or as a URL."""

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    data: bytes = b""
    media_type: str = "image/png"
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """An upper bound of what a stop has saved: the request's ``max_tokens`` less the output tokens that had arrived.

    Args:
        output_tokens: Largest number of tokens that were not generated.
        model: The model's name.
        provider: The provider's name.
    """

    output_tokens: int
    model: str | None = None
    provider: str = ""

    @property
    def cost(self) -> float | None:
        """The price of those tokens in US dollars; None if no price is known."""
        return price_of_output(self.output_tokens, model=self.model, provider=self.provider)


@dataclass(frozen=True, slots=True)
class SideCalls:
    """The calls beside an answer: the questions of an operator such as ``ops.until_judged``, or the calls of a tool.

    Args:
        name: The operator as its user wrote it, or the name of the tool.
        calls: Number of questions.
        answered: Number of answers that could be read, and came in time.
        failed: Number of calls that failed, or whose answer could not be read; they had no effect.
        late: Number of calls that took too long and were stopped; they had no effect.
        stopped: Number of calls that were stopped at the end of the stream.
        usage: Token counts of all these calls; None if none is known. They are not part of the answer's own usage.
        cost: Their cost in US dollars; None if that of one of them is not known.
        saved: An upper bound of what the operator has saved by stopping the answer; None if it has not, or if the
            request set no ``max_tokens``.
        errors: Class and message of the last ten failures.
    """

    name: str
    calls: int = 0
    answered: int = 0
    failed: int = 0
    late: int = 0
    stopped: int = 0
    usage: Usage | None = None
    cost: float | None = None
    saved: Saved | None = None
    errors: tuple[str, ...] = ()


class Choice(_ShortRepr):
    """One answer of a call; a call with ``n=2`` has two choices.

    Args:
        index: The choice's number, from 0.
        content: Text of the answer.
        thinking: Reasoning text.
        signature: The provider's signature over the thinking.
        redacted_thinking: Encrypted blocks of thinking, to be sent back unchanged.
        refusal: Text of a refusal.
        tool_calls: The model's tool calls.
        audio: Decoded audio bytes.
        audio_transcript: The spoken text.
        images: Generated images.
        citations: Sources, as the provider's objects.
        finish_reasons: The provider's finish reasons; None before the answer's end.
        tool_plan: The plan that came before tool calls (Cohere).
        server_tools: Tools that the provider has run itself, in order, with their input, output and state.
        logprobs: The probabilities of the tokens, if they were requested.
    """

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    index: int = 0
    content: str = ""
    thinking: str = ""
    signature: str | None = None
    redacted_thinking: tuple[str, ...] = ()
    refusal: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    audio: bytes = b""
    audio_transcript: str = ""
    images: tuple[Picture, ...] = ()
    citations: tuple[Any, ...] = ()
    finish_reasons: list[str] | None = None
    tool_plan: str = ""
    server_tools: list[ServerTool] = Field(default_factory=list[ServerTool])
    logprobs: list[Logprob] = Field(default_factory=list[Logprob])

    @property
    def common_finish_reasons(self) -> list[FinishReason] | None:
        """The finish reasons in the four common words; ``stop`` is ``tool_calls`` in an answer with tool calls."""
        return common_reasons(self.finish_reasons, calls=bool(self.tool_calls))

    @property
    def message_param(self) -> dict[str, Any]:
        """The answer as the assistant message of the next turn; unfinished tool calls are left out."""
        message: dict[str, Any] = {"role": "assistant", "content": self.content or None}
        calls = [_call_param(call) for call in self.tool_calls if call.complete]
        if calls:
            message["tool_calls"] = calls
        else:
            message["content"] = self.content
        if self.refusal:
            message["refusal"] = self.refusal
        return message

    def __getstate__(self) -> dict[Any, Any]:
        state = super().__getstate__()
        calls = tuple(tuple(getattr(call, name) for name in ToolCall.__slots__) for call in self.tool_calls)
        return {**state, "__dict__": {**state["__dict__"], "tool_calls": calls}}

    def __setstate__(self, state: dict[Any, Any]) -> None:
        # Older pickles hold the ToolCalls themselves.
        calls = state["__dict__"]["tool_calls"]
        calls = tuple(call if isinstance(call, ToolCall) else ToolCall(*call) for call in calls)
        # Older pickles do not have these two.
        fields: dict[str, Any] = {"server_tools": [], "logprobs": [], **state["__dict__"]}
        super().__setstate__({**state, "__dict__": {**fields, "tool_calls": calls}})


class TurnsRecord(Protocol):
    """What a conversation has added to its messages."""

    def added_messages(self) -> list[Message]:
        """Return the messages of the assistant and of tools, in order."""
        ...

    def tool_results(self) -> list[ToolResult]:
        """Return the results of tools, in order."""
        ...


class Response(Choice, UsageMixin, RequestInfoMixin, CallingTools, Generic[M_co, R_co, F_co]):
    """The fold of a stream's chunks, valid for every prefix; the fields of choice 0 stand at the top.

    Args:
        choices: Every choice, in order.
        model: The model that answered.
        id: The provider's id of the answer.
        provider: The provider's name.
        usage: Tokens of the call, the failed attempts included; ``usage.source`` names who counted them, and if the
            counts of the attempts differ in that, the least certain source.
        last_usage: Tokens of the last attempt alone; None if there was only one.
        state: ``streaming``, ``complete`` (the provider sent the end), ``stopped``, ``failed``, or ``unknown``.
        stopped_by: Name of the function or operator that stopped the stream; None if none did.
        saved: An upper bound of what the stop has saved; None if the request set no ``max_tokens``.
        request_id: The provider's id of the request.
        resent: Number of times that the request was sent again because a kept-alive connection was lost without an
            answer.
        calls: Number of requests sent: one, and one more for each that was sent again or by another attempt; 0 for an
            answer of an ``sk.Cache``.
        cached: True if the answer comes from an ``sk.Cache``; its usage is that of the call that was paid for.
        attempts: The failed attempts before this answer, in order, each as a Response with its own text and usage.
            Another attempt follows with ``sk.retry`` and ``sk.fallback``, with ``reask=`` after an answer that does not
            fit, or if a new subscriber comes after a failure before the first content. The last 1,000 attempts are
            kept; ``calls`` and ``usage`` count all.
        stop_sequence: The stop sequence that ended the answer; None if none did, or the provider does not say.
        service_tier: The tier that the provider says it has used.
        safety: The provider's report about safety, under the provider's names: ratings, filters, a guardrail; None if
            it reports nothing.
        search_results: Sources that the provider's searches have found, as its own objects.
        side_calls: The calls that operators have made about this answer, one entry for each subscription; and those of
            tools that returned a Stream, a Flow of one or a Response, one entry for each tool.
        turns: Every turn of a conversation (``sk.converse``), the running or broken one included, each as a Response
            with its own usage; empty for a single call. Of a conversation ``content``, ``thinking`` and ``tool_calls``
            are those of all turns in order, ``usage`` and ``cost`` the sums (with the ``side_calls`` of turns, which
            are those of tools), ``calls`` the sum, and ``finish_reasons``, ``model``, ``id``, ``parsed`` and
            ``message_param`` those of the last turn.
    """

    if TYPE_CHECKING:  # the words of a provider, which nothing checks at run time
        finish_reasons: list[F_co] | None = None  # pyright: ignore[reportIncompatibleVariableOverride]

    choices: tuple[Choice, ...] = ()
    model: str | None = None
    id: str | None = None
    provider: str = ""
    usage: Usage | None = None
    last_usage: Usage | None = None
    state: State = "streaming"
    stopped_by: str | None = None
    saved: Saved | None = None
    request_id: str | None = None
    resent: int = 0
    calls: int = 1
    cached: bool = False
    # pydantic cannot resolve Response[Any] here; everywhere else this is a list of those.
    attempts: list[Response] = Field(default_factory=list)  # pyright: ignore[reportUnknownVariableType]
    stop_sequence: str | None = None
    service_tier: str | None = None
    safety: dict[str, Any] | None = None
    search_results: list[dict[str, Any]] = Field(default_factory=list[dict[str, Any]])
    side_calls: list[SideCalls] = Field(default_factory=list[SideCalls])
    turns: list[Response] = Field(default_factory=list)  # pyright: ignore[reportUnknownVariableType]
    _tools: ToolRegistry = PrivateAttr(default_factory=ToolRegistry)
    _info: RequestInfo = PrivateAttr(default_factory=RequestInfo)
    _rebuilder: Rebuilder = PrivateAttr(default_factory=Rebuilder)
    _parsed: Any = PrivateAttr(None)
    _record: TurnsRecord | None = PrivateAttr(None)

    def __getstate__(self) -> dict[Any, Any]:
        # Tools, the request and the events stay behind: functions and clients cannot be pickled.
        return {**super().__getstate__(), "__pydantic_private__": {"_parsed": self._parsed}}

    def __setstate__(self, state: dict[Any, Any]) -> None:
        # Older pickles hold an empty object for each of the other private attributes.
        pickled: dict[str, Any] = state["__pydantic_private__"] or {}
        private = {"_tools": ToolRegistry(), "_info": RequestInfo(), "_rebuilder": Rebuilder()}
        fields: dict[str, Any] = {
            "last_usage": None,
            "calls": 1,
            "cached": False,
            "attempts": [],
            "turns": [],
            **dict.fromkeys(("stop_sequence", "service_tier", "safety")),
            "search_results": [],
            "side_calls": [],
            **state["__dict__"],
        }  # which older pickles do not have
        private |= {"_parsed": pickled.get("_parsed"), "_record": None}
        super().__setstate__({**state, "__dict__": fields, "__pydantic_private__": private})

    def _shown(self) -> Iterator[tuple[str, Any, Any]]:
        yield "state", self.state, None
        for name, value, default in super()._shown():
            if name not in ("state", "choices") or (name == "choices" and len(self.choices) > 1):
                yield name, value, default
        yield "parsed", self._parsed, None

    def _request_info(self) -> RequestInfo:
        return self._info

    def attach_request_info(self, info: RequestInfo) -> Response[M_co, R_co, F_co]:
        """Attach the description of the request, which ``messages``, ``call_params`` … read; return this Response."""
        self._info = info
        return self

    def attach_parsed(self, value: Any) -> Response[Any, R_co, F_co]:
        """Attach the validated ``response_model`` value; return this Response."""
        self._parsed = value
        return self

    def attach_rebuilder(self, rebuilder: Rebuilder) -> Response[M_co, R_co, F_co]:
        """Attach the object that rebuilds the provider's own objects from the events; return this Response."""
        self._rebuilder = rebuilder
        return self

    def attach_tools(self, tools: ToolRegistry) -> Response[M_co, R_co, F_co]:
        """Attach the call's tools, which ``tools`` validates arguments with; return this Response."""
        self._tools = tools
        return self

    def attach_record(self, record: TurnsRecord) -> Response[M_co, R_co, F_co]:
        """Attach what a conversation has added to its messages; return this Response."""
        self._record = record
        return self

    @property
    def history(self) -> list[Message]:
        """The messages asked, and every message of the assistant and of tools since, for the next ``sk.converse``.

        Each message is in the form of the provider that has answered, so that it goes back to that provider unchanged.
        Every tool call has an answer: of one that was not run, or whose end is unknown, the answer says so. An answer
        that the provider gives by a tool, for a ``response_model``, is a message of the assistant with its JSON.
        A pickled Response has neither the messages nor the tools' answers: keep ``history`` itself.
        """
        if self._record is not None:
            return [*self.messages, *self._record.added_messages()]
        if (given := self.answer_message) is not None:
            return [*self.messages, given]
        answered = self.content or self.refusal or self.audio_transcript or any(c.complete for c in self.tool_calls)
        return [*self.messages, *([self.message_param] if answered else ())]

    @property
    def answer_message(self) -> BaseMessageParam | None:
        """The message of an answer that was given by a tool for a ``response_model``; None of any other answer."""
        found = given_by_tool(self._info.tools, self.tool_calls)
        text = None if found is None else "\n\n".join(each for each in (self.content, found) if each)
        return None if text is None else BaseMessageParam("assistant", text)

    @property
    def tool_results(self) -> list[ToolResult]:
        """The results of the tools of a conversation, in order; empty for a single call, and after unpickling."""
        return [] if self._record is None else self._record.tool_results()

    @property
    def parsed(self) -> M_co:
        """The answer as an instance of the call's ``response_model``; None without one, or if a tool was called."""
        return self._parsed

    @property
    def response(self) -> R_co:
        """The provider's own non-streaming object, rebuilt from the events that have arrived.

        An instance of the SDK's class (``ChatCompletion``, ``Message``, ``Response``, ``GenerateContentResponse`` …),
        or JSON if that SDK is not installed; None if the events are not kept: after unpickling, or with a log that
        drops them.
        """
        if self.turns:
            return self.turns[-1].response
        return self._rebuilder.sdk_object(self)

    @property
    def message_param(self) -> dict[str, Any]:
        """The answer as the assistant message of the next turn, in the provider's own form.

        Signed thinking and the order of blocks are kept; unfinished tool calls and unsigned thinking are left out. If
        the events are not kept, the message has the chat format, which every provider takes, without thinking.
        """
        if self.turns:
            return self.turns[-1].message_param
        message = self._rebuilder.next_turn(self)
        return super().message_param if message is None else message

    @property
    def common_message_param(self) -> BaseMessageParam:
        """The answer as a message for any provider's next turn: text and finished tool calls only."""
        if self.turns:
            return self.turns[-1].common_message_param
        calls = [call for call in self.tool_calls if call.complete]
        text = [self.content] if self.content else []
        return BaseMessageParam("assistant", [*text, *calls] if calls else self.content)

    @property
    def tools(self) -> list[ToolCall]:
        """The finished tool calls, each with arguments validated for the tool's function or model.

        Raises:
            ToolArgumentsError: The arguments of a call do not fit; ``tool_calls`` has all calls as they arrived.
        """
        if self.turns:
            return self._tools.valid(self.tool_calls)
        try:
            return self._tools.validate_all(self.tool_calls, self.finish_reasons)
        except ToolArgumentsError as error:
            error.partial = self
            raise

    @property
    def cost(self) -> float | None:
        """The price of the call in US dollars, estimated if the usage is; None if the price is not known.

        The price is not known if the price table (the extra ``prices``) does not have the model, or if the call was
        stopped before the provider had reported the prompt's tokens. Failed attempts are included, each with the price
        of its own model; if one of them has used tokens whose price is not known, the sum is not known. An answer of an
        ``sk.Cache`` costs nothing.
        """
        if self.turns:
            return _sum_of_known([(each.usage, each.cost) for each in (*self._parts, *self._of_tools)])
        usage = self.last_usage if self.attempts else self.usage
        own = 0.0 if self.cached else price(usage, model=self.model, provider=self.provider)
        if not self.attempts:
            return own
        return _sum_of_known([(self.last_usage, own), *((each.usage, each.cost) for each in self.attempts)])

    @property
    def cost_reason(self) -> str | None:
        """A sentence that says why ``cost`` is None; None if the cost is known."""
        if self.cost is not None:
            return None
        unknown = [each.cost_reason for each in self._parts if each.usage is not None and each.cost is None]
        if self.state == "streaming" and not self.calls:
            return "Nothing has been sent yet."
        if self.state == "streaming" and self.usage is None:
            return "No usage has arrived yet: the provider reports it with the end of the answer."
        if unknown:
            return f"A {'turn' if self.turns else 'failed attempt'} has no price. {unknown[0]}"
        if tools := [each.name for each in self._of_tools if each.usage is not None and each.cost is None]:
            return f"A call of the tool {tools[0]!r} has no price."
        usage = self.last_usage if self.attempts else self.usage
        return unpriced_reason(usage, model=self.model, provider=self.provider)

    @property
    def provider_cost(self) -> float | None:
        """The charge that the provider reports, in US dollars; None if there is no report.

        Failed attempts are included; if one of them has used tokens without a reported charge, the sum is None.
        """
        if self.turns:
            of_tools = [(each.usage, None) for each in self._of_tools]
            return _sum_of_known([*((each.usage, each.provider_cost) for each in self._parts), *of_tools])
        own = 0.0 if self.cached else billed_cost(self.last_usage if self.attempts else self.usage)
        parts = [(self.last_usage, own), *((each.usage, each.provider_cost) for each in self.attempts)]
        return own if not self.attempts else _sum_of_known(parts)

    @property
    def _parts(self) -> list[Response]:
        """The Responses whose costs add up to that of this one: the turns, and the failed attempts before them."""
        of_turns = sum(len(each.attempts) for each in self.turns)
        return [*self.attempts[: len(self.attempts) - of_turns], *self.turns]

    @property
    def _of_tools(self) -> list[SideCalls]:
        """The calls of the tools of a conversation, which are part of its cost."""
        return [counts for each in self.turns for counts in each.side_calls]

    @property
    def audio_id(self) -> str | None:
        """The provider's id of this answer's audio, for the next turn; None if the provider gives none."""
        audio: dict[str, str] = self.message_param.get("audio") or {}
        return audio.get("id")

    def __str__(self) -> str:
        return self.content

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """Return what a notebook shows: the text as Markdown, and a line with model, state and tokens."""
        usage = self.usage or Usage(source="none")
        tokens = token_count(usage.input_tokens, usage.output_tokens, estimated=usage.source == "estimated")
        calls = f"calls {', '.join(call.name for call in self.tool_calls)}" if self.tool_calls else ""
        line = status_line([f"{self.provider}/{self.model or '?'}", self.state, tokens, calls])
        return markdown_bundle(self.content or self.refusal, line)


def _sum_of_known(parts: list[tuple[Usage | None, float | None]]) -> float | None:
    """Add the costs of calls that have used tokens; None if one of them is not known."""
    costs = [cost for usage, cost in parts if usage is not None]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if known and len(known) == len(costs) else None


def _call_param(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments_text or "{}"}
    kind = "function" if call.kind == "custom_tool_call" else call.kind  # the text of a custom tool shows as a string
    param: dict[str, Any] = {"id": call.id, "type": kind, "function": function}
    if call.signature:  # the place in which Google's chat endpoint has it
        param["extra_content"] = {"google": {"thought_signature": call.signature}}
    return param
