"""The picture of the page on timelines; ``python -m tests.docs.timeline_picture`` draws it.

The lanes are not drawn by hand: calls run in virtual time, and their lanes are those of a timeline's page.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from typing import Any

from streamkit import operators as ops
from streamkit._stream import began_at, trace, watch_readers
from streamkit._timeline._calls import section
from streamkit._timeline._drawing import HATCH, axis, drawing, grid, legend
from streamkit._timeline._lane import Lane
from streamkit.testing import Script, chat_event, chat_events, run_in_virtual_time
from tests.docs.pages import ROOT
from tests.timeline.samples import THINKING, WORDS, orbiting, paced

PICTURE = ROOT / "docs" / "timeline.svg"
WIDTH, NAME, MARGIN = 960, 236, 16
HEIGHTS = {"call": 46, "tool": 24, "reader": 24}


async def lanes() -> list[Lane]:
    """Return the lanes of a call with a slow reader, of one that is stopped, and of a conversation."""
    await Script(chat_events("Io")).stream()  # first: what it imports takes no virtual time
    thinking = [each for word in THINKING.split(" ") for each in (0.03, chat_event({"reasoning_content": f"{word} "}))]
    steps = paced(WORDS, seed=1, stall_at=10)
    first = Script([*steps[:2], *thinking, *steps[2:]]).stream(vendor="deepseek")
    second = Script(paced(WORDS, seed=2, first=0.9)).stream(max_tokens=400)
    streams = [first, second, orbiting()]
    watch = watch_readers(first)

    async def slow() -> None:
        async for _ in first:
            await asyncio.sleep(0.1)

    until = second.pipe(ops.text(), ops.until("Enceladus"), ops.join())
    await asyncio.gather(first, slow(), until, streams[2])
    await asyncio.sleep(1)
    start = min(at for each in streams if (at := began_at(each)) is not None)
    readers: list[list[Any]] = [watch.readers, [], []]
    found = [section(trace(each, start=start), known) for each, known in zip(streams, readers, strict=True)]
    return [lane for each in found for lane in each.lanes]


def style() -> str:
    """Return the colours and shapes of the page's style, for a picture that stands alone."""
    css = files("streamkit._timeline").joinpath("page.css").read_text(encoding="utf-8")
    light, dark = re.findall(r"^ *:root \{(.*?)\}", css, re.MULTILINE | re.DOTALL)[:2]
    shapes = re.findall(r"^\.(?:[ksm]-|hatch|lag|hit|grid line|failed \.s-|track line).*$", css, re.MULTILINE)
    texts = [
        "text { font: 13px system-ui, sans-serif; fill: var(--ink) } .call { font-weight: 600 }",
        ".axis text, .facts { font-size: 11px; fill: var(--mute) } .paper { fill: var(--paper) }",
        ".axis text { text-anchor: middle } .axis .first { text-anchor: start } .axis .last { text-anchor: end }",
    ]
    schemes = [f":root {{{light}}}", f"@media (prefers-color-scheme: dark) {{ :root {{{dark}}} }}"]
    return "\n".join([*schemes, *shapes, *texts])


def draw() -> str:
    """Return the picture."""
    found = run_in_virtual_time(lanes())
    total, most = max(each.last for each in found), max(lag for each in found for _, lag in each.lags)
    rows: list[str] = []
    y = 34
    for lane in found:
        height = HEIGHTS[lane.kind]
        shapes = drawing(lane, total, most_lag=most, height=height)
        rows.append(
            f'<svg class="track {lane.state}" x="{NAME}" y="{y}" {track(height)} overflow="visible">{shapes}</svg>'
        )
        rows.append(label(lane, y, height))
        y += height + (10 if lane.kind == "call" else 4)
    items = legend_items(found, y + 12)
    across = f'<svg class="grid" x="{NAME}" y="0" {track(y)}>{grid(total)}</svg>'
    times = f'<svg class="axis" x="{NAME}" y="6" {track(24)} overflow="visible">{axis(total)}</svg>'
    size = f'width="{WIDTH}" height="{y + 62}" viewBox="0 0 {WIDTH} {y + 62}"'
    return f"""<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="Three calls on one time line">
<style>{style()}</style>
<rect class="paper" width="100%" height="100%" rx="8"/>
{HATCH}
{across}
{times}
{chr(10).join(rows)}
{items}
</svg>
"""


def track(height: float) -> str:
    """Return the size of a lane."""
    return f'width="{WIDTH - NAME - MARGIN}" height="{height:g}"'


def label(lane: Lane, y: float, height: float) -> str:
    """Return the name of a lane, and its first statement."""
    name, fact = escape(lane.title.partition(" · ")[0].rpartition("/")[2]), escape(lane.facts[0])
    if lane.kind != "call":
        return f'<text x="28" y="{y + height / 2 + 4:g}">{name} <tspan class="facts">{fact}</tspan></text>'
    first, second = f'class="call" x="12" y="{y + 18}"', f'class="facts" x="12" y="{y + 35}"'
    return f"<text {first}>{name}</text><text {second}>{fact}</text>"


def legend_items(found: Iterable[Lane], y: float) -> str:
    """Return the legend, in two lines."""
    items = re.findall(r"<li><svg aria-hidden=\"true\">(.*?)</svg>([^<]*)</li>", legend(found))
    placed: list[str] = []
    x = 12.0
    for shape, text in items:
        width = 34 + 6.4 * len(text)
        if x + width > WIDTH:
            x, y = 12.0, y + 22
        placed.append(
            f'<svg x="{x:g}" y="{y:g}" width="14" height="14" overflow="visible">{shape}</svg>'
            f'<text class="facts" x="{x + 20:g}" y="{y + 11:g}">{text}</text>'
        )
        x += width
    return "".join(placed)


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
