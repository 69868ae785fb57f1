"""The shapes in a lane: a bar for what has arrived in each moment, and the area of a reader's lag, as SVG paths."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from .._stream import Delta

BARS = 240  # in the width of a lane

WIDTH, HEIGHT = 1200, 100  # of the box in which the paths are drawn, and which is stretched over the lane

KINDS = ("thinking", "plan", "text", "refusal", "transcript", "audio", "image", "citation", "tool")
"""What is drawn, from the bottom of a bar to its top."""

_LEAST = 0.14  # of the height, so that one character can be seen

_BYTES = 256  # of sound or of an image that count as one character


def amount(delta: Delta) -> float:
    """Return how much a delta has brought, in characters, or in what is shown as one."""
    return len(delta.text) if delta.kind not in ("audio", "image", "citation") else max(1.0, delta.size / _BYTES)


def bars(deltas: Iterable[Delta], total: float) -> dict[str, str]:
    """Return the path of each kind: stacked bars, whose height grows with the root of what arrived in a moment.

    Args:
        deltas: What arrived.
        total: Seconds that the lane is wide.
    """
    columns: list[dict[str, float]] = [{} for _ in range(BARS)]
    for each in deltas:
        if each.kind in KINDS:
            column = columns[min(BARS - 1, int(each.at / total * BARS))]
            column[each.kind] = column.get(each.kind, 0.0) + max(1.0, amount(each))
    most = max((sum(each.values()) for each in columns), default=0.0)
    paths: dict[str, list[str]] = {}
    step = WIDTH / BARS
    for at, column in enumerate(columns):
        whole = sum(column.values())
        if not whole:
            continue
        scale = HEIGHT * (_LEAST + (1 - _LEAST) * math.sqrt(whole / most)) / whole
        bottom = float(HEIGHT)
        for kind in KINDS:
            if size := column.get(kind, 0.0) * scale:
                paths.setdefault(kind, []).append(f"M{at * step:g} {bottom:.1f}v{-size:.1f}h{step * 0.8:g}v{size:.1f}z")
                bottom -= size
    return {kind: "".join(paths[kind]) for kind in KINDS if kind in paths}


def lag_area(lags: Sequence[tuple[float, int]], total: float, most: int) -> str:
    """Return the path of the area below a reader's lag.

    Args:
        lags: The lag from each time on.
        total: Seconds that the lane is wide.
        most: The lag that is as high as the lane.
    """
    if not any(lag for _, lag in lags):
        return ""
    steps = [f"M{lags[0][0] / total * WIDTH:.1f} {HEIGHT}"]
    for at, lag in lags:
        steps.append(f"H{at / total * WIDTH:.1f}V{HEIGHT - HEIGHT * 0.9 * lag / most:.1f}")
    return "".join([*steps, f"V{HEIGHT}z"])


def ticks(total: float) -> list[float]:
    """Return the times that the axis names: five to ten, at round numbers.

    >>> ticks(3.2)
    [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
    """
    power = 10.0 ** math.floor(math.log10(total))
    step = next(each for each in (0.1, 0.2, 0.5, 1.0, 2.0) if total / (each * power) <= 9) * power
    return [round(at * step, 9) for at in range(int(total / step + 1e-9) + 1)]
