"""Blocks of `reasoning_details`, in which OpenRouter has a model's thinking with the signatures, merged from deltas.

It stands alone since the blocks go back to the server in the next turn, where every character counts.
"""

from __future__ import annotations

from typing import Any

from ..lenient_json import as_text

# The fields in which a block grows; all others are set once.
_GROWS = ("text", "summary")
_SEALS = ("signature", "data")


def is_signed(block: dict[str, Any]) -> bool:
    """Return whether a block has a signature, or is encrypted."""
    return any(block.get(name) for name in _SEALS)


def reasoning_blocks(deltas: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Merge the deltas of each block; what belongs to no block before it begins a new one.

    >>> reasoning_blocks([{"type": "reasoning.text", "text": "Hm"}, {"type": "reasoning.text", "text": "."}])
    [{'type': 'reasoning.text', 'text': 'Hm.'}]
    """
    blocks: list[dict[str, Any]] = []
    for delta in deltas:
        if blocks and _continues(blocks[-1], delta):
            grown = {
                name: as_text(blocks[-1].get(name)) + as_text(delta.get(name)) for name in _GROWS if delta.get(name)
            }
            blocks[-1] |= {name: value for name, value in delta.items() if value is not None} | grown
        else:
            blocks.append(dict(delta))
    return blocks


def _continues(block: dict[str, Any], delta: dict[str, Any]) -> bool:
    """Return whether a delta belongs to a block: a signature ends it, and an encrypted one comes whole."""
    if is_signed(block) or delta.get("data"):
        return False
    names = ("type", "index", "id")
    return all(block.get(name) == delta.get(name) or None in (block.get(name), delta.get(name)) for name in names)
