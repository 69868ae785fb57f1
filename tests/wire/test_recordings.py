"""Recorded streams of real providers decode to what was sent, and none that was cut passes for whole."""

from __future__ import annotations

import hashlib
import json
import os
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from streamkit.errors import ProviderError, StreamError, TruncatedError
from streamkit.response import Choice, Response
from streamkit.testing import rechunk
from streamkit.tool import ToolCall
from streamkit.wire import APIS, open_decoder

from .outcome import Outcome, outcome

SPLITS, CUTS = 40, 20


@dataclass(frozen=True, slots=True)
class Recording:
    """One line of the manifest, and the body that it describes."""

    told: dict[str, Any]
    body: bytes

    @property
    def expect(self) -> dict[str, Any]:
        return self.told["expect"]

    @property
    def decoder(self) -> dict[str, Any]:
        choices = len(self.expect.get("choices", [0]))
        return {"api": self.told["api"], "vendor": self.told["provider"], "choices": choices}

    @property
    def failure(self) -> type[StreamError] | None:
        features = {*self.told["features"]}
        by_sentinel = self.told["provider"] == "snowflake" or "ChatWithBasicAudioOutput" in self.told["file"]
        if "error_midstream" in features:
            return ProviderError
        return TruncatedError if "truncated" in features or "no_finish_reason" in features - {by_sentinel and "no_finish_reason"} else None

    def outcome(self, pieces: list[bytes]) -> Outcome:
        return outcome(pieces, **self.decoder)
