"""What differs between vendors that speak the same format, as rows of one table.

A row says only what was seen on real streams. ``vendor=`` picks the row; a vendor without one follows
the format's own rules.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..settings import SentinelEnds


@dataclass(frozen=True, slots=True)
class Quirks:
    """How one vendor's streams differ.

    Args:
        sentinel: Whether a stream without ``[DONE]`` is worth a warning.
        sentinel_ends: The choices whose end ``[DONE]`` proves although they gave no finish reason:
            none, all, or those above 0. A choice that carried audio always ends so.
        vertex: Whether an enum of Google's that comes as a number is one of Vertex's, not of the Gemini API's.
    """

    sentinel: bool = True
    sentinel_ends: SentinelEnds = "none"
    vertex: bool = False

    @property
    def proof(self) -> str:
        """What proves the end in another way than the wire says, in words; empty if nothing does."""
        which = {"none": "", "above 0": "of a choice above 0", "all": "of any choice"}[self.sentinel_ends]
        return f"`[DONE]`, {which} without a `finish_reason`" if which else ""


DEFAULT = Quirks()

QUIRKS: dict[str, Quirks] = {
    # No [DONE] in any of the streams seen.
    "perplexity": Quirks(sentinel=False),
    "gpustack": Quirks(sentinel=False),
    # A router: whether [DONE] comes depends on the back end.
    "huggingface": Quirks(sentinel=False),
    # Never a finish reason; the id is empty.
    "snowflake": Quirks(sentinel_ends="all"),
    # With n > 1 only choice 0 gets a finish reason.
    "litellm-proxy": Quirks(sentinel_ends="above 0"),
    # As its protocol buffers have it.
    "vertex": Quirks(vertex=True),
}
