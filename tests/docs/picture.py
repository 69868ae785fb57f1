"""The picture of the README: one answer, and what operators make of it; ``python -m tests.docs.picture`` draws it.

The elements are not written by hand: the operators run, and each element lies over the chunks that it is made of.
"""

from __future__ import annotations

from bisect import bisect, bisect_left
from collections.abc import Iterable, Iterator
from html import escape
from itertools import accumulate
from typing import Any

import reactivex

import streamkit as sk
from streamkit import operators as ops
from tests.docs.pages import ROOT

PICTURE = ROOT / "docs" / "stream.svg"
TEXTS = ("Io is ", "hot. ", "Euro", "pa and ", "Encel", "adus ", "may ", "hold ", "life.")
LATE = 3
"""The chunk with which the late reader joins."""
LEFT, STEP, TOP, LANE, HIGH = 226, 66, 52, 58, 30
WIDTH = LEFT + STEP * len(TEXTS) + 16
STYLE = """text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #1f2328 }
.label { font: 13px system-ui, sans-serif } .code { font-weight: 600 }
.small { font: 12px system-ui, sans-serif; fill: #59636e }
.line { stroke: #818b98; stroke-width: 1.5 } .end { stroke: #1f2328; stroke-width: 2.5 }
.box { fill: #ddf4ff; stroke: #0969da } .made { fill: #dafbe1; stroke: #1a7f37 }
.late { fill: #fbefff; stroke: #8250df }
.gone { fill: none; stroke: #b7bec6; stroke-dasharray: 4 3 } .faint { fill: #8b949e }
.stop { stroke: #cf222e; stroke-width: 2; stroke-dasharray: 5 4 } .red { fill: #cf222e }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .small { fill: #9198a1 }
  .line { stroke: #6e7681 } .end { stroke: #e6edf3 }
  .box { fill: #0c2d6b; stroke: #58a6ff } .made { fill: #033a16; stroke: #3fb950 }
  .late { fill: #3c1e70; stroke: #bc8cff }
  .gone { stroke: #484f58 } .faint { fill: #6e7681 }
  .stop { stroke: #ff7b72 } .red { fill: #ff7b72 }
}"""


def elements(*operators: Any) -> list[str]:
    """Run operators over the texts."""
    flow: sk.Flow[str] = sk.flow(reactivex.from_iterable(TEXTS))
    for operator in operators:
        flow = flow.pipe(operator)
    return list(flow)


def spans(found: Iterable[str]) -> Iterator[tuple[str, int, int]]:
    """Find the texts that each element is made of: the numbers of the first one and of the one behind the last."""
    ends = list(accumulate(map(len, TEXTS)))
    done = 0
    for element in found:
        first, done = bisect(ends, done), done + len(element)
        yield element, first, bisect_left(ends, done) + 1


def draw() -> str:
    """Return the picture."""
    stopped = elements(ops.until("Enceladus"))
    late = ["".join(stopped[: LATE + 1]), *stopped[LATE + 1 :]]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {TOP + LANE * 3 + 34}" role="img">',
        "<title>One answer on its way: an operator stops it at a word, another makes sentences of it, "
        "and a reader who comes late gets all of it.</title>",
        f"<style>\n{STYLE}\n</style>",
        *provider(len(stopped)),
        *lane(1, 'ops.until("Enceladus")', "stops the call at once", stopped, "made"),
        *lane(2, "ops.sentences()", "each when it is whole", elements(ops.until("Enceladus"), ops.sentences()), "made"),
        *lane(3, 'late="fold"', "a reader who comes late", late, "late"),
        *closing(len(stopped)),
    ]
    return "\n".join([*lines, "</svg>"]) + "\n"


def provider(sent: int) -> Iterator[str]:
    """Draw what the provider sends, and what it does not send any more."""
    yield from labels(TOP, "one paid call", "the provider's chunks")
    yield f'<line class="line" x1="{LEFT}" x2="{LEFT + STEP * sent + 4}" y1="{TOP}" y2="{TOP}"/>'
    for at, text in enumerate(TEXTS):
        yield from box((at, at + 1), TOP, text, "box" if at < sent else "gone")


def lane(row: int, code: str, meaning: str, found: list[str], kind: str) -> Iterator[str]:
    """Draw one line of elements."""
    y = TOP + LANE * row
    yield from labels(y, code, meaning)
    placed = list(spans(found))
    edge = LEFT + STEP * placed[-1][2] + 4
    yield f'<line class="line" x1="{LEFT}" x2="{edge}" y1="{y}" y2="{y}"/>'
    for element, first, end in placed:
        yield from box((first, end), y, element, kind)
    yield f'<line class="end" x1="{edge}" x2="{edge}" y1="{y - HIGH // 2}" y2="{y + HIGH // 2}"/>'


def labels(y: int, code: str, meaning: str) -> Iterator[str]:
    """Write what stands left of a line."""
    yield f'<text class="code" x="12" y="{y - 2}">{escape(code, quote=False)}</text>'
    yield f'<text class="small" x="12" y="{y + 15}">{escape(meaning, quote=False)}</text>'


def box(span: tuple[int, int], y: int, text: str, kind: str) -> Iterator[str]:
    """Draw an element over the chunks that it is made of."""
    first, end = span
    x, wide = LEFT + STEP * first + 4, STEP * (end - first) - 6
    yield f'<rect class="{kind}" x="{x}" y="{y - HIGH // 2}" width="{wide}" height="{HIGH}" rx="6"/>'
    style = 'class="faint" ' if kind == "gone" else ""
    yield f'<text {style}x="{x + wide // 2}" y="{y + 5}" text-anchor="middle">{escape(text.strip())}</text>'


def closing(sent: int) -> Iterator[str]:
    """Draw where the socket is closed."""
    x = LEFT + STEP * sent + 4
    yield f'<line class="stop" x1="{x}" x2="{x}" y1="12" y2="{TOP + LANE - HIGH}"/>'
    yield f'<text class="label red" x="{x + 8}" y="22">the socket is closed</text>'
    yield f'<text class="small" x="{x + 8}" y="{TOP + HIGH + 4}">not generated any more</text>'


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
