"""What a call counts against the tokens of a minute."""

from __future__ import annotations

from ..chunk import Usage
from ..fold import Fold


def spent(fold: Fold, prompt: int, asked: str) -> int:
    """Count the tokens of a call, by estimate where the provider has not told.

    Args:
        fold: What has come of it.
        prompt: What its prompt was thought to cost.
        asked: The model that was asked.
    """
    usage = (fold.usage if fold.finished else fold.response("stopped", asked=asked).usage) or Usage()
    return (prompt if usage.input_tokens is None else usage.input_tokens) + (usage.output_tokens or 0)
