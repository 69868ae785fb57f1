"""The page docs/performance.md: the table of a run, its chart, and how to repeat it."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
import textwrap
from pathlib import Path

from ..table import shown
from .chart import Bar, bars
from .run import Measured

_DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
_DECODING = "## Decoding\n"
_RAW, _HAND = "openai", "aiohttp and orjson by hand"


_HEAD = """# Performance

What a call costs in CPU, with streamkit and with other libraries. `make bench-peers` writes this page: it installs each
library in an environment of its own, and lets all of them read the same answers from one server on loopback, in turns.

{answers}

Each process reads them by the loop that its library's README shows. CPU is user and system time of that process; a
figure is the smallest of {rounds} rounds, and the last columns are the ratios of all rounds. The libraries differ in
what they do besides: the loop by hand checks nothing; streamkit proves the end of an answer, counts usage and keeps
the log.

![CPU of a call, the raw openai SDK is 1](performance.svg)
"""


def written(chat: Measured, claude: Measured, *, rounds: int, answers: str, only_print: bool) -> None:
    """Print the page, and write it with its chart.

    Args:
        chat: The run over OpenAI's chat API.
        claude: The run over Anthropic's messages.
        rounds: Number of rounds.
        answers: The sentence on the answers.
        only_print: True to write nothing.
    """
    sentence = answers[0].upper() + answers[1:]
    sections = [
        _HEAD.format(answers=textwrap.fill(f"{sentence}.", 120), rounds=rounds),
        "## OpenAI's chat API\n",
        *_table(chat, _RAW),
        "\n## Anthropic's messages\n",
        *_table(claude, "anthropic"),
        "\n## The run\n",
        *_run(chat, claude),
    ]
    page = "\n".join(sections) + "\n" + _kept(_DOCS / "performance.md")
    print(page)
    if not only_print:
        (_DOCS / "performance.md").write_text(page)
        (_DOCS / "performance.svg").write_text(_chart(chat))


def _kept(page: Path) -> str:
    """Return the section of the page that another benchmark gives; an empty text if there is none."""
    _, heading, section = page.read_text().partition(_DECODING) if page.is_file() else ("", "", "")
    return f"\n{heading}{section}" if heading else ""


def _table(run: Measured, raw: str) -> list[str]:
    heads = (
        "",
        "µs, 5 chunks",
        f"x {raw}",
        "µs, 50 chunks",
        f"x {raw}",
        "calls/s",
        "first text, ms",
        "rounds, 5",
        "rounds, 50",
    )
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    short, long, first = (run.figures[name] for name in ("calls 5", "calls 50", "first"))
    for title in run.versions:
        cells = [
            *(title, shown(short.least(title)), shown(short.least_ratio(title, raw))),
            *(shown(long.least(title)), shown(long.least_ratio(title, raw)), shown(1e6 / long.least(title))),
            *(shown(first.least(title)), short.spread(title, raw), long.spread(title, raw)),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    lines += [f"\n{title} could not be measured: {reason}" for title, reason in run.absent.items()]
    return lines


def _run(*runs: Measured) -> list[str]:
    day = datetime.datetime.now(datetime.UTC).date()
    python = f"{platform.python_implementation()} {platform.python_version()}, {platform.system()}"
    lines = [
        f"On {day.day} {day:%B %Y}, {python}, {os.cpu_count()} cores; streamkit at commit {_commit()}.",
        "To repeat it: `make bench-peers`, with `STREAMKIT_WIRE` set to a folder of recorded streams if there is one.",
        "`make bench` compares streamkit's own figures with their goals.\n",
        "| | versions |",
        "|---|---|",
    ]
    return lines + [f"| {title} | {versions} |" for run in runs for title, versions in run.versions.items()]


def _commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=_DOCS).stdout.strip() or "unknown"


def _chart(run: Measured) -> str:
    short, long = run.figures["calls 5"], run.figures["calls 50"]
    rows = [
        Bar(title, short.least_ratio(title, _RAW), long.least_ratio(title, _RAW), ours=title.startswith("streamkit"))
        for title in run.versions
    ]
    return bars("CPU of a call; the raw openai SDK is 1", ("a call of 5 chunks", "a call of 50 chunks"), rows)
