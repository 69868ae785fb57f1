"""The drawings of a timeline in SVG: the axis, a lane with its spans, bars and marks, and the legend."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from ._bars import HEIGHT, KINDS, WIDTH, bars, lag_area, ticks
from ._lane import Lane, Mark, Span

_KINDS = {"audio": "sound", "tool": "tool call"}  # where the word is another one

_MARKS = {
    "sent": ("sent", '<circle class="m-sent" r="3.6"/>'),
    "content": ("first content", '<path class="m-content" d="M0 -1 -4.6 -8.5h9.2z"/>'),
    "complete": ("complete", '<circle class="m-complete" r="5"/>'),
    "stopped": ("stopped", '<rect class="m-stopped" x="-4.6" y="-4.6" width="9.2" height="9.2" rx="1.4"/>'),
    "failed": ("failed", '<path class="m-failed" d="M-4 -4 4 4M4 -4-4 4"/>'),
    "unknown": ("end not proven", '<path class="m-unknown" d="M0 -5.6 5.6 0 0 5.6-5.6 0z"/>'),
    "closed": ("closed", '<line class="m-closed" y1="-5" y2="5"/>'),
    "void": ("asked again", '<path class="m-void" d="M0 -5 5 0 0 5-5 0z"/>'),
    "attempt": ("failed attempt", '<path class="m-attempt" d="M-3 -3 3 3M3 -3-3 3"/>'),
}

_SPANS = {
    "stall": ("stall", "s-stall"),
    "arguments": ("arguments arrive", "s-arguments"),
    "run": ("tool runs", "s-run"),
    "lag": ("chunks that a reader is behind", "lag"),
}

_ON_TOP = ("closed", "attempt", "void", "sent", "content")  # the marks below all others, the lowest first

HATCH = (
    '<svg width="0" height="0" aria-hidden="true"><defs><pattern id="hatch" width="6" height="6" '
    'patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="hatch" y2="6"/></pattern></defs></svg>'
)
"""The pattern of a stall, which stands once on the page."""


def position(seconds: float, total: float) -> str:
    """Write a time as a position in the lane.

    >>> position(0.5, 2.0)
    '25%'
    """
    return f"{min(max(seconds / total, 0.0), 1.0) * 100:.3f}".rstrip("0").rstrip(".") + "%"


def grid(total: float) -> str:
    """Return the vertical lines of the axis."""
    at = [position(each, total) for each in ticks(total)]
    return "".join(f'<line x1="{each}" x2="{each}" y1="22" y2="100%"/>' for each in at)


def axis(total: float) -> str:
    """Return the times of the axis; on a narrow page every other one is left out."""
    shown: list[str] = []
    for number, each in enumerate(ticks(total)):
        names = ["minor"] * (number % 2) + ["first"] * (not number) + ["last"] * (each / total > 0.97)
        shown.append(f'<text class="{" ".join(names)}" x="{position(each, total)}" y="15">{_tick(each)}</text>')
    return "".join(shown)


def _tick(seconds: float) -> str:
    if not seconds:
        return "0"
    if seconds < 1:
        return f"{seconds * 1000:g} ms"
    if seconds < 120:
        return f"{seconds:g} s"
    return f"{seconds // 60:.0f} min" + (f" {seconds % 60:.0f} s" if seconds % 60 else "")


def drawing(lane: Lane, total: float, *, most_lag: int, height: int) -> str:
    """Return the drawing of a lane, without the element around it.

    Args:
        lane: The lane.
        total: Seconds that the lane is wide.
        most_lag: The lag of a reader that is as high as the lane.
        height: The height in pixels.
    """
    base = {"call": height - 9, "reader": height - 3}.get(lane.kind, height / 2)
    parts = ['<rect class="hit" width="100%" height="100%"/>']
    parts += [_span(each, total, base) for each in lane.spans]
    if lane.kind == "call":
        paths = bars(lane.deltas, total)
        parts.append(_stretched(base - 3, "".join(f'<path class="k-{kind}" d="{d}"/>' for kind, d in paths.items())))
    elif area := lag_area(lane.lags, total, most_lag):
        parts.append(_stretched(base, f'<path class="lag" d="{area}"/>'))
    order = {kind: number for number, kind in enumerate(_ON_TOP)}
    marks = sorted(lane.marks, key=lambda mark: order.get(mark.kind, len(order)))
    return "".join([*parts, *(_mark(each, total, base) for each in marks)])


def _stretched(height: float, shapes: str) -> str:
    """Return a drawing that is as wide as the lane."""
    if not shapes:
        return ""
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none"'
    return f'<svg y="1" width="100%" height="{height - 1:g}" {box}>{shapes}</svg>'


def _span(span: Span, total: float, base: float) -> str:
    start, end = position(span.start, total), position(span.end, total)
    named = f"<title>{escape(span.text)}</title>"
    if span.kind not in ("stall", "arguments", "run"):
        ends = f'x1="{start}" x2="{end}" y1="{base:g}" y2="{base:g}"'
        return f'<g><line class="s-{span.kind}" {ends}/>{named}</g>'
    width = position(max(span.end - span.start, 0.0), total)
    if span.kind == "stall":
        box = f'y="3" height="{base - 5:g}"'
    else:
        thick = 12 if span.kind == "run" else 8
        box = f'y="{base - thick / 2:g}" height="{thick}" rx="2"'
    return f'<rect class="s-{span.kind}" x="{start}" width="{width}" {box}>{named}</rect>'


def _mark(mark: Mark, total: float, base: float) -> str:
    _, shape = _MARKS[mark.kind]
    named = f'<title>{escape(mark.text)}</title><circle class="hit" r="8"/>'
    at = f'x="{position(mark.at, total)}" y="{base:g}" overflow="visible"'
    return f'<svg {at}><g class="mark">{named}{shape}</g></svg>'


def legend(lanes: Iterable[Lane]) -> str:
    """Return the items of the legend: what there is in these lanes."""
    lanes = list(lanes)
    kinds = {delta.kind for lane in lanes for delta in lane.deltas if lane.kind == "call"}
    marks = {mark.kind for lane in lanes for mark in lane.marks}
    spans: set[str] = {span.kind for lane in lanes for span in lane.spans}
    spans |= {"lag" for lane in lanes for _, lag in lane.lags if lag}
    shown: list[tuple[str, str]] = []
    for kind in KINDS:
        if kind in kinds:
            shown.append((f'<rect class="k-{kind}" x="3" y="2" width="8" height="10" rx="1"/>', _KINDS.get(kind, kind)))
    for kind, (text, shape) in _MARKS.items():
        if kind in marks:
            y = 11 if kind == "content" else 7
            shown.append((f'<svg x="7" y="{y}" overflow="visible">{shape}</svg>', text))
    for kind, (text, name) in _SPANS.items():
        if kind in spans:
            shown.append((f'<rect class="{name}" y="2" width="14" height="10"/>', text))
    return "".join(f'<li><svg aria-hidden="true">{shape}</svg>{text}</li>' for shape, text in shown)
