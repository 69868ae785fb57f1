"""The marble diagrams as pictures, drawn from runs of the operators; and the section of docs/operators.md with them."""

from __future__ import annotations

import functools
import inspect
from html import escape
from pathlib import Path

from streamkit import operators as ops
from tests.docs.marble_runs import Marble, run
from tests.docs.marble_table import ROWS
from tests.docs.marble_text import Element, Line

FOLDER = Path(__file__).parents[2] / "docs" / "marbles"
LEFT, COLUMN, LANE, PILL = 16, 9, 46, 28  # pixels: the margin, a column, a line, and a marble's height
STYLE = """text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #1f2328; white-space: pre }
.code { font-weight: 600 } .small { font: 12px system-ui, sans-serif; fill: #59636e }
.line { stroke: #818b98; stroke-width: 1.5 } .end { stroke: #1f2328; stroke-width: 2.5 }
.box { fill: #ddf4ff; stroke: #0969da } .made { fill: #dafbe1; stroke: #1a7f37 }
.operator { fill: #f6f8fa; stroke: #818b98 } .error { stroke: #cf222e; stroke-width: 2.5 }
.gone { fill: none; stroke: #b7bec6; stroke-dasharray: 4 3 } .faint { fill: #6e7781 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .small { fill: #9198a1 }
  .line { stroke: #6e7681 } .end { stroke: #e6edf3 }
  .box { fill: #0c2d6b; stroke: #58a6ff } .made { fill: #033a16; stroke: #3fb950 }
  .operator { fill: #161b22; stroke: #6e7681 } .error { stroke: #ff7b72 }
  .gone { stroke: #484f58 } .faint { fill: #8b949e }
}"""


@functools.cache
def played(name: str) -> Marble:
    """Run an operator once; some of them write a file."""
    return run(name, ROWS[name])


def x(column: int) -> int:
    """Return where a column begins."""
    return LEFT + COLUMN * column


def marble(element: Element, y: int, kind: str) -> str:
    """Draw an element."""
    width, faint = COLUMN * len(element.text), ' class="faint"' if kind == "gone" else ""
    middle = x(element.column) + width / 2
    return (
        f'<rect class="{kind}" x="{x(element.column) - 3}" y="{y - PILL // 2}" width="{width + 6}" height="{PILL}" '
        f'rx="6"/>\n<text{faint} x="{middle:g}" y="{y + 5}" text-anchor="middle">{escape(element.text)}</text>'
    )


def lane(line: Line, y: int, kind: str, left: int) -> list[str]:
    """Draw a line: its time, its elements and its end, of which nothing is real after the source was left."""
    real = [each for each in line.elements if each.time <= left]
    width = max([each.column + len(each.text) for each in real], default=0)
    end = x(line.end) if line.end <= left else x(max(left, width)) + 3
    drawn = [f'<line class="line" x1="{x(line.begin)}" x2="{end}" y1="{y}" y2="{y}"/>']
    drawn += [marble(each, y, kind if each.time <= left else "gone") for each in line.elements]
    end += 4
    if line.end > left:
        return drawn
    if line.sign == "#":
        drawn.append(f'<path class="error" d="M{end - 6} {y - 7}l14 14m0 -14l-14 14"/>')
    else:
        drawn.append(f'<line class="end" x1="{end}" x2="{end}" y1="{y - 14}" y2="{y + 14}"/>')
    if line.note:
        drawn.append(f'<text class="small" x="{end + 14}" y="{y + 4}">{escape(line.note)}</text>')
    return drawn


def described(name: str) -> str:
    """Say in words what the picture shows."""
    found = played(name)
    texts = [", ".join(each.text.strip() for each in line.elements) for line in (found.diagram.source, found.lines[0])]
    end = "then an error" if found.lines[0].sign == "#" else "then completes"
    late = "; a late subscriber gets the same" if len(found.lines) > 1 else ""
    return f"{found.diagram.operator} gets {texts[0]}; it emits {texts[1] or 'nothing'}, {end}{late}"


def draw(name: str) -> str:
    """Draw the diagram of an operator."""
    found = played(name)
    source, lanes = found.diagram.source, found.lines
    columns = max([source.end, len(found.diagram.operator) + 2, *(len(str(line)) for line in lanes)])
    width, height = 2 * LEFT + COLUMN * columns + 8, 24 + LANE * (2 + len(lanes))
    box = COLUMN * max(source.end, len(found.diagram.operator) + 2) + 8
    drawn = lane(source, 34, "box", found.left)
    drawn += [
        f'<rect class="operator" x="{LEFT}" y="{34 + LANE - 16}" width="{box}" height="32" rx="4"/>',
        f'<text class="code" x="{LEFT + box / 2:g}" y="{34 + LANE + 5}" text-anchor="middle">'
        f"{escape(found.diagram.operator)}</text>",
    ]
    for at, line in enumerate(lanes, start=2):
        drawn += lane(line, 34 + LANE * at, "made", line.end)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img">\n<title>{escape(described(name))}</title>'
    )
    return "\n".join([head, f"<style>\n{STYLE}\n</style>", *drawn, "</svg>"]) + "\n"


def section() -> list[str]:
    """Write the section of the page: of each operator its name, its first sentence and its picture."""
    lines: list[str] = []
    for name in ops.__all__:
        summary = (inspect.getdoc(getattr(ops, name)) or "").split("\n\n")[0].replace("\n", " ").replace("``", "`")
        alt = described(name).translate({ord(sign): f"\\{sign}" for sign in "\\[]<>*_`"})
        lines += [f"**`{name}`**: {summary}", "", f"![{alt}](marbles/{name}.svg)", ""]
    return lines[:-1]


def write() -> None:
    """Write every picture into its file."""
    FOLDER.mkdir(exist_ok=True)
    for name in ops.__all__:
        (FOLDER / f"{name}.svg").write_text(draw(name), encoding="utf-8")
