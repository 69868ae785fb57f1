"""Details of an answer of Ollama's: the probabilities of tokens; apart, since decoders are loaded without them."""

from __future__ import annotations

from typing import Any

from ...details import Details
from ..format import DetailReader
from ..openai_chat.details import logprobs_of


def read(event: dict[str, Any], index: int) -> Details:
    """Read the details of an event."""
    return Details(logprobs=logprobs_of(event.get("logprobs")))


READER = DetailReader(read, each=(b'"logprob"',))
