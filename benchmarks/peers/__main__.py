"""Measure other libraries beside streamkit in one interleaved run, and write docs/performance.md with its chart."""

from __future__ import annotations

import argparse
import sys

from ..recorded import fast_share, note
from ..serving import Server
from .environments import ANTHROPIC, CHAT
from .page import written
from .run import measured


def main() -> None:
    """Install, measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds: for a look, not for a claim")
    parser.add_argument("--installed", action="store_true", help="take the environments of the last run as they are")
    parser.add_argument("--print", action="store_true", help="print the page and leave docs/performance.md alone")
    chosen = parser.parse_args()
    for peer in () if chosen.installed else (*CHAT, *ANTHROPIC):
        print(f"installing {peer.title} …", file=sys.stderr)
        peer.install()
    rounds = 3 if chosen.quick else 11
    with Server() as server:
        chat = measured(CHAT, server.base_url, "openai.chat", rounds)
        claude = measured(ANTHROPIC, server.base_url, "anthropic.messages", rounds)
    shares = (
        f"{note()}; {fast_share(5):.0%} of the events of the short answers and {fast_share(50):.0%} of those of the "
    )
    shares += "long ones take the decoder's fast path"
    written(chat, claude, rounds=rounds, answers=shares, only_print=chosen.print)


if __name__ == "__main__":
    main()
