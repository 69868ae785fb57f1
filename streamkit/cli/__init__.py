"""The command line: parses arguments, prints results, returns exit codes.

A first word that is a command's name runs that command; otherwise all words are a question to a model.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from ._exit import INTERRUPTED, NOBODY_READS, NOT_FOUND, OK, PROVIDER, TRUNCATED, USAGE, report_error

__all__ = ["INTERRUPTED", "NOBODY_READS", "NOT_FOUND", "OK", "PROVIDER", "TRUNCATED", "USAGE", "main"]

_ABOUT = "Ask a model, and see its answer as it arrives."

_COMMANDS = {
    "demo": "show streamkit at work: offline, without a key",
    "decode": "decode a recorded stream and print the Response as JSON",
    "search": "ask prompt after prompt until an answer is good enough",
}

_CODES = "exit codes: 0 complete, 1 nothing found, 2 usage, 3 the provider failed, 4 the answer is cut, 130 Ctrl-C"


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Words after the program's name; `sys.argv` if not given.

    Returns:
        The exit code: 0, 1 if a search found nothing, 2 for wrong usage, 3 for a provider's error, 4 for a cut answer,
        130 after Ctrl-C.
    """
    words = sys.argv[1:] if arguments is None else arguments
    _replace_unprintable()
    try:
        args = _parse(words)
        return args.run(args)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _discard_output()
        return NOBODY_READS
    except OSError as error:  # the disk of the output is full, for example
        _discard_output()
        return report_error(error)


def _parse(words: list[str]) -> argparse.Namespace:
    command = words[0] if words and words[0] in _COMMANDS else None
    if command:
        parser = argparse.ArgumentParser(prog=f"streamkit {command}", description=f"{_COMMANDS[command]}.")
    else:
        listed = "\n".join(f"  streamkit {name:8}{about}" for name, about in _COMMANDS.items())
        parser = argparse.ArgumentParser(
            prog="streamkit",
            description=_ABOUT,
            epilog=f"commands:\n{listed}\n\n{_CODES}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        parser.add_argument("--version", action=_Version, help="show the version and exit")
    module = importlib.import_module(f"._{command or 'ask'}", __name__)
    module.add_arguments(parser)
    parser.set_defaults(run=module.run, fail=parser.error)
    return parser.parse_intermixed_args(words[1:] if command else words)


class _Version(argparse.Action):
    """Print the version, which is looked up only for this option."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:  # noqa: A002
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"streamkit {version('streamkit')}")
        parser.exit()


def _replace_unprintable() -> None:
    """Print a question mark for characters that the terminal's encoding lacks, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _discard_output() -> None:
    """Redirect stdout to the null device; flushing to a reader that is gone would fail again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
