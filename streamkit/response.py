"""A whole answer, or as much of one as has arrived."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from .chunk import FinishReason, Usage, common_reasons
from .tool import ToolCall

State: TypeAlias = Literal["streaming", "complete", "stopped", "failed", "unknown"]


class Picture(BaseModel):
    """A generated image: its bytes, or where they can be fetched."""

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    data: bytes = b""
    media_type: str = "image/png"
    url: str | None = None


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
        """The finish reasons in the four common words."""
        return common_reasons(self.finish_reasons)

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


class Response(Choice):
    """The fold of a stream's chunks, valid for every prefix; the fields of choice 0 stand at the top.

    Args:
        choices: Every choice, in order.
        model: The model that answered.
        id: The provider's id of the answer.
        provider: The provider's name.
        usage: Tokens of the call.
        state: ``streaming``, ``complete`` (the provider said so), ``stopped``, ``failed``, or ``unknown``.
        stopped_by: What stopped it, where something of ours did.
        request_id: The provider's id of the request.
    """

    choices: tuple[Choice, ...] = ()
    model: str | None = None
    id: str | None = None
    provider: str = ""
    usage: Usage | None = None
    state: State = "streaming"
    stopped_by: str | None = None
    request_id: str | None = None

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
    def common_usage(self) -> Usage | None:
        """The same as ``usage``, which is common to all providers."""
        return self.usage

    def __str__(self) -> str:
        return self.content


def _call_param(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments_text or "{}"}
    return {"id": call.id, "type": "function", "function": function}
