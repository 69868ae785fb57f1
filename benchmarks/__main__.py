"""Measure streamkit beside its peers: all of it, or what is named."""

from __future__ import annotations

import argparse
import importlib
import platform
import time
from importlib.metadata import version

from .table import Figure, Report, figure_lines

NAMES = (
    "calls",
    "opening",
    "first_call",
    "chunks",
    "counts",
    "decode",
    "tools",
    "operators",
    "waiting",
    "growth",
    "structure",
    "live200",
    "fanout",
    "relay",
    "early_stop",
    "search",
    "imports",
    "memory",
    "vendors",
    "vendors_bedrock",
    "vendors_google",
    "vendors_litellm",
)
_PACKAGES = ("openai", "httpx", "orjson", "reactivex", "msgspec")


def main() -> None:
    """Run what was asked for, and end with all figures beside their targets."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"which to run: {', '.join(NAMES)}; without any, all")
    parser.add_argument("--quick", action="store_true", help="fewer rounds: for a look, not for a claim")
    chosen = parser.parse_args()
    unknown = set(chosen.names) - set(NAMES)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    print(f"{platform.python_implementation()} {platform.python_version()}, {packages}\n")
    figures: list[Figure] = []
    for name in chosen.names or NAMES:
        figures += _run(name, quick=chosen.quick)
    if len(chosen.names) != 1:
        print("All figures", "", *figure_lines(figures), sep="\n")


def _run(name: str, *, quick: bool) -> list[Figure]:
    started = time.monotonic()
    reports: list[Report] = importlib.import_module(f".{name}", __package__).main(quick=quick)
    for report in reports:
        print(report, "", sep="\n")
    print(f"[{name}: {time.monotonic() - started:.0f} s]\n", flush=True)
    return [figure for report in reports for figure in report.figures]


if __name__ == "__main__":
    main()
