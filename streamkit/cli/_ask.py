"""``streamkit "question" -m provider/model``: what is asked, and whom."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from typing import NoReturn


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes.

    Args:
        parser: The command's own.
    """
    parser.add_argument("question", metavar="QUESTION", nargs="*", help="what to ask; standard input is put behind it")
    parser.add_argument("-m", "--model", metavar="PROVIDER/MODEL", help="whom to ask; else what STREAMKIT_MODEL says")
    parser.add_argument("-s", "--system", metavar="TEXT", help="an instruction that stands above the question")


def run(given: argparse.Namespace) -> int:
    """Ask, print, and say how it ended.

    Args:
        given: The command's arguments.

    Returns:
        The exit code.
    """
    fail: Callable[[str], NoReturn] = given.fail
    model = given.model or os.environ.get("STREAMKIT_MODEL")
    if not model:
        fail("name a model: -m provider/model, or set STREAMKIT_MODEL; without a key there is -m replay/openai")
    question = _question(given.question)
    if not question:
        fail("there is no question: write one, or pipe one in")
    from ._print_answer import print_answer  # `--help` need not wait for it

    return print_answer(model, question, given.system)


def _question(words: list[str]) -> str:
    """Join what was typed and what is piped in."""
    piped = ""
    if sys.stdin is not None and not sys.stdin.isatty():  # None where it is closed
        piped = sys.stdin.buffer.read().decode("utf-8", "replace").strip()
    return "\n\n".join(filter(None, (" ".join(words), piped)))
