"""Events of the blocks of text: the answer, thinking, a refusal, and the plan before tool calls."""

from __future__ import annotations

from typing import ClassVar, Literal

from ._blocks import BlockDelta, BlockEnd, BlockStart


class TextStart(BlockStart, frozen=True, gc=False, repr_omit_defaults=True):
    """The start of a text of the answer."""

    kind: ClassVar[Literal["text_start"]] = "text_start"


class TextDelta(BlockDelta, frozen=True, gc=False, repr_omit_defaults=True):
    """New characters of a text of the answer."""

    kind: ClassVar[Literal["text_delta"]] = "text_delta"
    text: str


class TextEnd(BlockEnd, frozen=True, gc=False, repr_omit_defaults=True):
    """The end of a text of the answer; ``signature`` is the provider's signature over the text (Gemini)."""

    kind: ClassVar[Literal["text_end"]] = "text_end"
    signature: str | None = None


class ThinkingStart(BlockStart, frozen=True, gc=False, repr_omit_defaults=True):
    """The start of a reasoning text."""

    kind: ClassVar[Literal["thinking_start"]] = "thinking_start"


class ThinkingDelta(BlockDelta, frozen=True, gc=False, repr_omit_defaults=True):
    """New characters of a reasoning text."""

    kind: ClassVar[Literal["thinking_delta"]] = "thinking_delta"
    text: str


class ThinkingEnd(BlockEnd, frozen=True, gc=False, repr_omit_defaults=True):
    """The end of a reasoning text.

    Args:
        index: Number of the choice.
        id: Id of the block.
        signature: The provider's signature over the thinking.
        redacted: The encrypted thinking, of a block that has no text.
    """

    kind: ClassVar[Literal["thinking_end"]] = "thinking_end"
    signature: str | None = None
    redacted: str = ""


class RefusalStart(BlockStart, frozen=True, gc=False, repr_omit_defaults=True):
    """The start of the text of a refusal."""

    kind: ClassVar[Literal["refusal_start"]] = "refusal_start"


class RefusalDelta(BlockDelta, frozen=True, gc=False, repr_omit_defaults=True):
    """New characters of a refusal."""

    kind: ClassVar[Literal["refusal_delta"]] = "refusal_delta"
    text: str


class RefusalEnd(BlockEnd, frozen=True, gc=False, repr_omit_defaults=True):
    """The end of the text of a refusal."""

    kind: ClassVar[Literal["refusal_end"]] = "refusal_end"


class ToolPlanStart(BlockStart, frozen=True, gc=False, repr_omit_defaults=True):
    """The start of the plan that comes before tool calls (Cohere)."""

    kind: ClassVar[Literal["tool_plan_start"]] = "tool_plan_start"


class ToolPlanDelta(BlockDelta, frozen=True, gc=False, repr_omit_defaults=True):
    """New characters of the plan."""

    kind: ClassVar[Literal["tool_plan_delta"]] = "tool_plan_delta"
    text: str


class ToolPlanEnd(BlockEnd, frozen=True, gc=False, repr_omit_defaults=True):
    """The end of the plan."""

    kind: ClassVar[Literal["tool_plan_end"]] = "tool_plan_end"
