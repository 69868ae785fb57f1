"""Differences between vendors of the same wire format, one row of a table for each vendor.

A row holds only what was seen on real streams. ``vendor=`` selects the row; a vendor without a row follows the
rules of the format.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..settings import SentinelEnds, Tag


@dataclass(frozen=True, slots=True)
class Quirks:
    """Differences of one vendor's streams.

    Args:
        sentinel: True if a stream without ``[DONE]`` deserves a warning.
        sentinel_ends: The choices whose end ``[DONE]`` proves without a finish reason: none, all, or those above 0.
            ``[DONE]`` always proves the end of a choice with audio.
        vertex: True if a numeric enum has Vertex's meaning, not that of the Gemini API.
        thinking_tags: The tags between which the servers send thinking as text, if they do.
    """

    sentinel: bool = True
    sentinel_ends: SentinelEnds = "none"
    vertex: bool = False
    thinking_tags: tuple[Tag, ...] = ()

    @property
    def proof(self) -> str:
        """The additional proof of the end, in words; empty if there is none."""
        which = {"none": "", "above 0": "of a choice above 0", "all": "of any choice"}[self.sentinel_ends]
        return f"`[DONE]`, {which} without a `finish_reason`" if which else ""


DEFAULT = Quirks()

QUIRKS: dict[str, Quirks] = {
    # No [DONE] in any of the streams seen.
    "perplexity": Quirks(sentinel=False),
    "gpustack": Quirks(sentinel=False),
    # A router: [DONE] depends on the back end.
    "huggingface": Quirks(sentinel=False),
    # No finish reasons, and an empty id.
    "snowflake": Quirks(sentinel_ends="all"),
    # With n > 1 only choice 0 gets a finish reason.
    "litellm-proxy": Quirks(sentinel_ends="above 0"),
    # The numbers of its protocol buffers.
    "vertex": Quirks(vertex=True),
}
