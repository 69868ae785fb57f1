"""The page of a timeline: one HTML file with its style, its script, its drawings and its data; it loads nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from typing import Any

from ._drawing import HATCH, axis, drawing, grid, legend
from ._lane import Lane, Section, counted, shown_time

_MANY = 24  # calls, from which on each has one line

_BUTTONS = {
    "play": ("Play", "M2 1 11 6 2 11z"),
    "back": ("One event back", "M8.5 1 3 6l5.5 5z"),
    "on": ("One event on", "M3.5 1 9 6 3.5 11z"),
}


def page(sections: Sequence[Section], *, title: str, started: str = "", notes: Sequence[str] = ()) -> str:
    """Return the page of lanes.

    Args:
        sections: The lanes, in their groups.
        title: The heading.
        started: The date and the time of the start; empty if it is not known.
        notes: Sentences below the heading.
    """
    lanes = [lane for each in sections for lane in each.lanes]
    total = max([each.last for each in lanes], default=0.0) or 0.001
    calls = sum(each.kind == "call" for each in lanes)
    many = calls > _MANY
    summary = " · ".join([counted(calls, "call"), shown_time(total), *([started] if started else [])])
    below = "\n".join(f'<p class="sum">{escape(each)}</p>' for each in (summary, *notes))
    made = f"""<!doctype html>
<html lang="en">
<head>
{_head(title)}
</head>
<body>
<header><h1>{escape(title)}</h1>
{below}
<ul class="legend">{legend(lanes)}</ul></header>
{HATCH}
{_bar()}
<main class="view">
<aside class="panel" id="panel" tabindex="0" aria-label="The answer at this moment"></aside>
<div class="lanes{" many" if many else ""}" id="lanes">
<svg class="grid" aria-hidden="true">{grid(total)}</svg>
<div class="cursor"></div>
<div class="axis" aria-hidden="true"><svg>{axis(total)}</svg></div>
{"".join(_section(each, total, many=many) for each in sections)}</div>
</main>
<div class="tip" id="tip" hidden></div>
<script type="application/json" id="data">{_data(lanes, total)}</script>
<script>{_asset("page.js")}</script>
</body>
</html>
"""
    return made.encode("utf-8", "replace").decode()  # a name may have half of a surrogate pair, which is no text


def _head(title: str) -> str:
    """Return the head: its policy allows this style and this script, and no connection."""
    style, script = _asset("page.css"), _asset("page.js")
    policy = [
        "default-src 'none'",
        f"script-src '{_hash(script)}'",
        f"style-src '{_hash(style)}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return f"""<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{"; ".join(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="streamkit">
<title>{escape(title)}</title>
<style>{style}</style>"""


def _asset(name: str) -> str:
    return files("streamkit._timeline").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _bar() -> str:
    """Return the slider with its buttons, which the script shows."""
    play, back, on = (
        f'<button id="{name}" type="button" aria-label="{label}"><svg viewBox="0 0 12 12"><path d="{path}"/></svg>'
        "</button>"
        for name, (label, path) in _BUTTONS.items()
    )
    slider = '<input id="at" type="range" min="0" max="1" value="1" aria-label="Time">'
    output = '<output id="now" for="at"></output>'
    return f'<div class="bar" role="group" aria-label="Moment">{play}{back}{slider}{on}{output}</div>'


def _section(section: Section, total: float, *, many: bool) -> str:
    head = f"<h2>{escape(section.title)}</h2>" if section.title else ""
    facts = f'<p class="about">{escape(" · ".join(section.facts))}</p>' if section.facts else ""
    most = max((lag for lane in section.lanes for _, lag in lane.lags), default=0)
    lanes = "".join(_lane(each, total, most_lag=most, many=many) for each in section.lanes)
    return f"<section>{head}{facts}\n{lanes}</section>\n"


def _lane(lane: Lane, total: float, *, most_lag: int, many: bool) -> str:
    state = "accepted" if lane.accepted else lane.state.replace("_", "-").replace(" ", "-")
    names = ["lane", lane.kind, state, "won" if lane.accepted else ""]
    of_first = ' class="state"' if lane.state else ""
    facts = [f"<i{'' if at else of_first}>{escape(each)}</i>" for at, each in enumerate(lane.facts)]
    height = 24 if lane.kind != "call" else 28 if many else 46
    return (
        f'<div class="{escape(" ".join(filter(None, names)))}">'
        f'<button class="name" type="button"><span class="title">{escape(lane.title)}</span> '
        f'<span class="facts">{" ".join(facts)}</span></button>'
        f'<svg class="track" height="{height}" role="group" aria-label="{escape(_story(lane))}">'
        f"{drawing(lane, total, most_lag=most_lag, height=height)}</svg></div>\n"
    )


def _story(lane: Lane) -> str:
    """Return what the drawing of a lane shows, in words."""
    marks = "; ".join(each.text for each in sorted(lane.marks, key=lambda mark: mark.at))
    return f"{lane.title}: {', '.join(lane.facts)}{f'. {marks}' if marks else ''}"


def _data(lanes: Iterable[Lane], total: float) -> str:
    found: dict[str, Any] = {"total": _ms(total), "lanes": [_lane_data(each) for each in lanes]}
    text = json.dumps(found, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e")  # nothing in it ends the element, or begins a comment


def _lane_data(lane: Lane) -> dict[str, Any]:
    return {
        "title": lane.title,
        "kind": lane.kind,
        "state": lane.state.replace("_", " "),
        "accepted": lane.accepted,
        "sent": None if lane.sent is None else _ms(lane.sent),
        "end": None if lane.end is None else _ms(lane.end),
        "count": lane.count,
        "facts": lane.facts,
        "lags": [(_ms(at), lag) for at, lag in lane.lags],
        "deltas": [
            (_ms(each.at), each.count, each.kind, each.text, each.size, each.choice, each.call, each.name)
            for each in lane.deltas
        ],
    }


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
