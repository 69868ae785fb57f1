"""``streamkit demo``: three real SDKs side by side and what can be done with a stream, offline and without a key."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from ._exit import OK, told

_FIRST = "streamkit demo · REPLAY: scripted streams, the real SDKs, no model is called"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes: nothing.

    Args:
        parser: The command's own.
    """


def run(given: argparse.Namespace) -> int:
    """Show it.

    Args:
        given: The command's arguments.

    Returns:
        The exit code.
    """
    print(_FIRST, flush=True)  # before anything heavy is imported
    import asyncio

    from ..errors import StreamError
    from ._show import show

    try:
        asyncio.run(show())
    except StreamError as error:
        return told(error)
    command = _command()
    print(f"""
Next: {command} "Which moons may hold life?" -m replay/openai
      {command} "a question" -m openai/gpt-5-mini    # OPENAI_API_KEY is set
      docs/streams.md, docs/operators.md, docs/replay.md""")
    return OK


def _command() -> str:
    """Say how this command is called here: an environment's own is often not on the path."""
    here = Path(sys.argv[0])
    if here.name != "streamkit" or shutil.which("streamkit"):
        return "streamkit"
    return str(here.relative_to(Path.cwd()) if here.is_relative_to(Path.cwd()) else here)
