"""A whole answer, or as much of one as has arrived."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, PrivateAttr
from typing_extensions import TypeVar

from .chunk import FinishReason, Usage, common_reasons
from .errors import ToolArgumentsError
from .messages import BaseMessageParam
from .question import RequestInfo, RequestInfoMixin
from .rebuilder import Rebuilder
from .tool import CallingTools, ToolCall, ToolRegistry
from .usage.prices import price, price_of_output

State: TypeAlias = Literal["streaming", "complete", "stopped", "failed", "unknown"]

M_co = TypeVar("M_co", covariant=True, default=Any)


class Picture(BaseModel):
    """A generated image: its bytes, or where they can be fetched."""

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    data: bytes = b""
    media_type: str = "image/png"
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """What a stop has saved at most: the request's ``max_tokens`` less what had come; the model may have meant less.

    Args:
        output_tokens: Tokens that were not generated, at most.
        model: The model that would have.
        provider: The provider's name.
    """

    output_tokens: int
    model: str | None = None
    provider: str = ""

    @property
    def cost(self) -> float | None:
        """What those tokens would have cost, in US dollars; None where no price is known."""
        return price_of_output(self.output_tokens, model=self.model, provider=self.provider)


class Choice(BaseModel):
    """One of the answers that a call may ask for.

    Args:
        index: Its number.
        content: Text of the answer.
        thinking: Reasoning text.
        signature: The provider's signature over the thinking.
        redacted_thinking: Blocks of thinking that only the provider can read, to be sent back as they came.
        refusal: Text of a refusal.
        tool_calls: The tools that the model calls.
        audio: Decoded audio bytes.
        audio_transcript: The spoken text.
        images: Generated images.
        citations: Sources, as the provider's objects.
        finish_reasons: Why it ended, in the provider's words.
        tool_plan: The plan that came before tool calls (Cohere).
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

    @property
    def common_finish_reasons(self) -> list[FinishReason] | None:
        """The finish reasons in the four common words; of an answer with tool calls, ``tool_calls`` for ``stop``."""
        return common_reasons(self.finish_reasons, calls=bool(self.tool_calls))

    @property
    def message_param(self) -> dict[str, Any]:
        """The answer as the assistant message of a next turn; unfinished tool calls are left out."""
        message: dict[str, Any] = {"role": "assistant", "content": self.content or None}
        calls = [_call_param(call) for call in self.tool_calls if call.complete]
        if calls:
            message["tool_calls"] = calls
        else:
            message["content"] = self.content
        if self.refusal:
            message["refusal"] = self.refusal
        return message


class Response(Choice, RequestInfoMixin, CallingTools, Generic[M_co]):
    """The fold of a stream's chunks, valid for every prefix; the fields of choice 0 stand at the top.

    Args:
        choices: Every choice, in order.
        model: The model that answered.
        id: The provider's id of the answer.
        provider: The provider's name.
        usage: Tokens of the call; its ``source`` says who has counted them.
        state: ``streaming``, ``complete`` (the provider said so), ``stopped``, ``failed``, or ``unknown``.
        stopped_by: What stopped it, where something of ours did.
        saved: What that has saved at most; None where the request set no ``max_tokens``.
        request_id: The provider's id of the request.
        resent: How often the request was sent again because a connection that had been kept was lost without an answer:
            0 or 1.
    """

    choices: tuple[Choice, ...] = ()
    model: str | None = None
    id: str | None = None
    provider: str = ""
    usage: Usage | None = None
    state: State = "streaming"
    stopped_by: str | None = None
    saved: Saved | None = None
    request_id: str | None = None
    resent: int = 0
    _tools: ToolRegistry = PrivateAttr(default_factory=ToolRegistry)
    _asked: RequestInfo = PrivateAttr(default_factory=RequestInfo)
    _events: Rebuilder = PrivateAttr(default_factory=Rebuilder)
    _parsed: Any = PrivateAttr(None)

    def of(self, question: RequestInfo) -> Response[M_co]:
        """Let it tell what was asked; return this Response.

        Args:
            question: What was asked.
        """
        self._asked = question
        return self

    def _question(self) -> RequestInfo:
        return self._asked

    @property
    def parsed(self) -> M_co:
        """The answer as the ``response_model`` of its call; None without one, and where a tool was called instead."""
        return self._parsed

    def attach_parsed(self, value: Any) -> Response[Any]:
        """Say what the answer is as the ``response_model`` of its call; return this Response.

        Args:
            value: The validated value.
        """
        self._parsed = value
        return self

    def attach_events(self, events: Rebuilder) -> Response[M_co]:
        """Let it be rebuilt from the events that it was folded from; return this Response.

        Args:
            events: Where they can be read.
        """
        self._events = events
        return self

    @property
    def response(self) -> Any:
        """The provider's own non-streaming object, rebuilt as far as the stream has told.

        It is the SDK's (``ChatCompletion``, ``Message``, ``Response``, ``GenerateContentResponse`` …), or JSON where
        that SDK is not installed; None where the events are not at hand: a log that forgets, a Response that travelled.
        """
        return self._events.sdk_object(self)

    @property
    def message_param(self) -> dict[str, Any]:
        """The answer as the assistant message of a next turn, in its provider's own form.

        Signed thinking and the order of blocks are kept; tool calls that were cut, and unsigned thinking, are left
        out. Where the events are not at hand it is the chat wire's form, which every provider takes, without thinking.
        """
        found = self._events.next_turn(self)
        return super().message_param if found is None else found

    @property
    def common_message_param(self) -> BaseMessageParam:
        """The answer as a message for any provider's next turn: its text and its whole tool calls, and no more."""
        calls = [call for call in self.tool_calls if call.complete]
        text = [self.content] if self.content else []
        return BaseMessageParam("assistant", [*text, *calls] if calls else self.content)

    def with_tools(self, tools: ToolRegistry) -> Response[M_co]:
        """Let ``tools`` read the calls as these tools take them; return this Response.

        Args:
            tools: The tools of its call.
        """
        self._tools = tools
        return self

    @property
    def tools(self) -> list[ToolCall]:
        """The whole calls, each with its arguments as its tool takes them, where that is a function or a model.

        Raises:
            ToolArgumentsError: One does not fit; ``tool_calls`` has them all, as they came.
        """
        try:
            return self._tools.read_all(self.tool_calls, self.finish_reasons)
        except ToolArgumentsError as error:
            error.partial = self
            raise

    @property
    def input_tokens(self) -> int | None:
        """Tokens of the prompt."""
        return self.usage.input_tokens if self.usage else None

    @property
    def output_tokens(self) -> int | None:
        """Tokens of the answer."""
        return self.usage.output_tokens if self.usage else None

    @property
    def cached_tokens(self) -> int | None:
        """Prompt tokens read from the provider's cache."""
        return self.usage.cached_tokens if self.usage else None

    @property
    def cost(self) -> float | None:
        """What the call cost, in US dollars: an estimate where its usage is one; None where that is not known.

        Not known is the price of a model that the price table (the extra ``prices``) does not have, and that of
        a prompt whose tokens the provider had not told when the call was stopped.
        """
        return price(self.usage, model=self.model, provider=self.provider)

    @property
    def common_usage(self) -> Usage | None:
        """The same as ``usage``, which is common to all providers."""
        return self.usage

    @property
    def cost_metadata(self) -> Usage | None:
        """What the cost is made of: the same as ``usage``."""
        return self.usage

    @property
    def audio_id(self) -> str | None:
        """The id by which a next turn names the sound of this answer; None where the provider gives none."""
        sound: dict[str, str] = self.message_param.get("audio") or {}
        return sound.get("id")

    def __str__(self) -> str:
        return self.content


def _call_param(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments_text or "{}"}
    param: dict[str, Any] = {"id": call.id, "type": "function", "function": function}
    if call.signature:  # where Google's own chat endpoint has it
        param["extra_content"] = {"google": {"thought_signature": call.signature}}
    return param
