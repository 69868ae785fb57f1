"""The completions wire that came before chat: a choice has its text where a chat choice has a delta."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from ._chat import ChatDecoder


class CompletionsDecoder(ChatDecoder):
    """Decode a stream of text completions."""

    strings: ClassVar = {"content": re.compile(rb'"text"\s*:\s*"')}

    def _read_choice(self, choice: dict[str, Any]) -> dict[str, Any]:
        return super()._read_choice({**choice, "delta": {"content": choice.get("text")}})
