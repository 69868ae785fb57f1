"""``streamkit search``: prompts from a file, asked so many at a time, until one answer is good enough."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable
from typing import NoReturn


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes.

    Args:
        parser: The command's own.
    """
    add = parser.add_argument
    add("prompts", metavar="FILE", help="the prompts, one a line; - reads standard input")
    add("--accept", metavar="REGEX", required=True, help="what an answer must hold; the rest is stopped then")
    add("-m", "--model", metavar="PROVIDER/MODEL", help="whom to ask; else what STREAMKIT_MODEL says")
    add("-s", "--system", metavar="TEXT", help="an instruction that stands above every prompt")
    add("--concurrency", metavar="N", type=int, default=8, help="how many are open at a time (8)")
    add("--keep", metavar="N", type=int, default=1, help="how many answers have to be good enough (1)")
    add("--cut", action="store_true", help="stop an accepted answer too, where it matches")
    add("--calls", metavar="N", type=int, help="how many requests may be sent")
    add("--budget-tokens", metavar="N", type=int, help="how many tokens all answers together may have")
    add("--budget-cost", metavar="USD", type=float, help="what all of it may cost, in US dollars")
    add("--budget-seconds", metavar="S", type=float, help="how long all of it may take")
    add("--rpm", metavar="N", type=int, help="requests a minute")
    add("--tpm", metavar="N", type=int, help="tokens a minute")
    add("--retries", metavar="N", type=int, default=3, help="how often a refused call is sent again (3)")
    add("--journal", metavar="FILE", help="remembers what was answered; the same command goes on where it was stopped")
    add("--json", action="store_true", help="one line of JSON for each accepted answer")


def run(given: argparse.Namespace) -> int:
    """Search, print what is found, and say how it ended.

    Args:
        given: The command's arguments.

    Returns:
        The exit code.
    """
    fail: Callable[[str], NoReturn] = given.fail
    given.model = given.model or os.environ.get("STREAMKIT_MODEL")
    if not given.model:
        fail("name a model: -m provider/model, or set STREAMKIT_MODEL; without a key there is -m replay/openai")
    try:
        given.accept = re.compile(given.accept)
    except re.error as error:
        fail(f"--accept {given.accept!r} is no regular expression: {error}")
    from ._hunt import hunt  # `--help` need not wait for it

    return hunt(given)
