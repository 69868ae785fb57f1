"""The same bytes in other pieces: a network splits a stream anywhere, and no result may depend on where."""

from __future__ import annotations

import random
from itertools import pairwise


def rechunk(data: bytes, *, seed: int | None = None, size: int | None = None) -> list[bytes]:
    """Split `data` into pieces, none of them empty, that join to it again.

    Args:
        data: What to split.
        seed: Makes the random split the same in every run.
        size: Bytes of every piece but the last, instead of a random split.

    Raises:
        ValueError: `size` is below 1, or given together with `seed`.

    Example:
        >>> rechunk(b"abcde", size=2)
        [b'ab', b'cd', b'e']
    """
    if size is not None and (size < 1 or seed is not None):
        raise ValueError(f"size= must be at least 1 and without seed=, not {size}")
    edges = _random_edges(len(data), random.Random(seed)) if size is None else range(0, len(data), size)
    return [data[start:end] for start, end in pairwise([*edges, len(data)])]


def _random_edges(length: int, rng: random.Random) -> list[int]:
    if not length:
        return []
    # The number of cuts is spread evenly over its orders of magnitude: few large pieces are as likely as many small.
    cuts = int(length ** rng.random()) - 1
    return [0, *sorted(rng.sample(range(1, length), cuts))]
