"""Cases of the operators that let text wait: for its pace, or for a check."""

from __future__ import annotations

import streamkit as sk
from streamkit import operators as ops
from tests.operators.cases import Case, concat
from tests.operators.cases_buffer import CHUNKS, FRAGMENTS, content_of

CASES: dict[str, Case] = {
    "smooth": Case(lambda: ops.smooth(chars_per_second=9), FRAGMENTS, "Io und Europa 木星", concat),
    "smooth, characters": Case(
        lambda: ops.smooth(tokens_per_second=1, by="grapheme", max_lag=60), FRAGMENTS, "Io und Europa 木星", concat
    ),
    "smooth, chunks": Case(
        lambda: ops.smooth(chars_per_second=2, max_lag=50), CHUNKS, ("Io und Titan", "{}", ["stop"]), content_of
    ),
    "smooth, another choice": Case(
        lambda: ops.smooth(chars_per_second=2, max_lag=50, choice=1), [sk.Chunk(content="Io", index=1)], "Io", concat
    ),
}
