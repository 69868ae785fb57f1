"""A chart of horizontal bars as SVG, two for each row, readable on a light and on a dark page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _LEFT, _ROW, _BAR, _TOP = 860, 250, 44, 14, 64

_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600; font-size: 15px }
.short { fill: #9aa7b4 } .long { fill: #57606a }
.ours.short { fill: #7cb7ff } .ours.long { fill: #0969da }
.line { stroke: #57606a; stroke-dasharray: 3 3 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .short { fill: #6e7681 } .long { fill: #b1bac4 }
  .ours.short { fill: #1f6feb } .ours.long { fill: #79c0ff }
  .line { stroke: #8b949e }
}
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """One row.

    Args:
        title: Text on the left.
        short: Length of the upper bar.
        long: Length of the lower bar.
        ours: True for the other colour.
    """

    title: str
    short: float
    long: float
    ours: bool = False


def bars(title: str, legend: tuple[str, str], rows: Sequence[Bar]) -> str:
    """Draw the chart; a dashed line stands at 1.

    Args:
        title: Title of the chart.
        legend: Names of the upper and of the lower bar.
        rows: The rows, from the top.

    >>> bars("CPU", ("5", "50"), [Bar("a<b", 0.5, 1.0)]).count("<rect")
    4
    """
    height = _TOP + _ROW * len(rows) + 12
    longest = max(max(row.short, row.long) for row in rows)
    unit = (_WIDTH - _LEFT - 70) / max(longest, 1.0)
    box = f"0 0 {_WIDTH} {height}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img" aria-label="{escape(title)}">',
        f"<style>{_STYLE}</style>",
        f'<text class="title" x="12" y="24">{escape(title)}</text>',
        *_legend(legend),
        f'<line class="line" x1="{_LEFT + unit:.0f}" x2="{_LEFT + unit:.0f}" y1="{_TOP - 8}" y2="{height - 8}"/>',
    ]
    for at, row in enumerate(rows):
        top = _TOP + _ROW * at
        name = escape(row.title)
        parts.append(f'<text x="{_LEFT - 10}" y="{top + 19}" text-anchor="end">{name}</text>')
        parts += _bar("short", row.short, row.ours, top, unit) + _bar("long", row.long, row.ours, top + _BAR + 2, unit)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _legend(names: tuple[str, str]) -> list[str]:
    parts: list[str] = []
    for at, (kind, name) in enumerate(zip(("short", "long"), names, strict=True)):
        left = _LEFT + 170 * at
        parts.append(f'<rect class="{kind}" x="{left}" y="36" width="12" height="12"/>')
        parts.append(f'<text x="{left + 18}" y="47">{escape(name)}</text>')
    return parts


def _bar(kind: str, value: float, ours: bool, top: int, unit: float) -> list[str]:
    name = f"ours {kind}" if ours else kind
    width = max(1.0, value * unit)
    return [
        f'<rect class="{name}" x="{_LEFT}" y="{top}" width="{width:.1f}" height="{_BAR}" rx="2"/>',
        f'<text x="{_LEFT + width + 6:.1f}" y="{top + 12}">{value:.2f}</text>',
    ]
