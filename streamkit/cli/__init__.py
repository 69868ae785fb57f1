"""The command line: parses arguments, prints results, returns exit codes.

A first word that is a command's name runs that command; otherwise all words are a question to a model, unless they look
like a mistake (``_words.py`` has the rule).
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from .._compat.interrupted import raise_again
from ._exit import (
    INTERRUPTED,
    NOBODY_READS,
    NOT_FOUND,
    OK,
    PROVIDER,
    TERMINATED,
    TRUNCATED,
    USAGE,
    code_of_interrupt,
    ended_by_sigterm,
    report_error,
)
from ._words import RULE, mistake, near_command

__all__ = [
    "INTERRUPTED",
    "NOBODY_READS",
    "NOT_FOUND",
    "OK",
    "PROVIDER",
    "TERMINATED",
    "TRUNCATED",
    "USAGE",
    "main",
]

_ABOUT = "Ask a model, and see its answer as it arrives."

_COMMANDS = {
    "ask": "ask a model, whatever the question's first word is",
    "record": "ask a model, and record the call to a file that can be replayed",
    "search": "ask prompt after prompt until an answer is good enough",
    "models": "list the models that are known on this machine",
    "providers": "list the providers, what each needs, and whether its key is set",
    "demo": "show streamkit at work: offline, without a key",
    "timeline": "draw recordings as a page for the browser",
    "decode": "decode a recorded stream and print the Response as JSON",
    "completion": "print a script that completes commands and options in your shell",
}

_USAGE = "streamkit [options] QUESTION\n       streamkit COMMAND [options]"

_CODES = """\
exit codes: 0 complete, 1 the search found nothing, 2 usage, 3 the provider
failed or the answer does not fit --schema, 4 the answer is cut, 130 Ctrl-C,
143 SIGTERM"""

_EXAMPLES = """\
examples:
  streamkit "Which moons may hold life?" -m replay/openai     (no key needed)
  streamkit "What is on this picture?" -a moon.png -m openai/gpt-5-mini
  git diff | streamkit "Write a commit message." -m anthropic/claude-sonnet-4-5"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Words after the program's name; `sys.argv` if not given.

    Returns:
        The exit code: 0, 1 if a search found nothing, 2 for wrong usage, 3 for a provider's error or an answer that
        does not fit its schema, 4 for a cut answer, 130 after Ctrl-C, 143 after SIGTERM.
    """
    words = sys.argv[1:] if arguments is None else arguments
    _replace_unprintable()
    with ended_by_sigterm():
        try:
            return _run(words)
        except KeyboardInterrupt as interrupt:
            return code_of_interrupt(interrupt)
        except BrokenPipeError:
            _discard_output()
            return NOBODY_READS
        except OSError as error:  # the disk of the output is full, for example
            _discard_output()
            return report_error(error)


def _run(words: list[str]) -> int:
    if not words and sys.stdin is not None and sys.stdin.isatty():
        _parser(None).print_help()
        return USAGE
    if words and words[0] not in _COMMANDS and near_command(words[0], _COMMANDS):
        from ..errors import ConfigurationError

        return report_error(ConfigurationError(str(mistake(words, _COMMANDS, alone=False))))
    command = words[0] if words and words[0] in _COMMANDS else None
    asks = command in (None, "ask", "record")
    rest = words[1:] if command else words
    end = rest.index("--") if asks and "--" in rest else len(rest)
    args = _parser(command).parse_intermixed_args(rest[:end])
    if asks:
        args.question += rest[end + 1 :]
        args.asks = command is not None or end < len(rest)
    raise_again()
    return args.run(args)


def _parser(command: str | None) -> argparse.ArgumentParser:
    if command:
        parser = argparse.ArgumentParser(
            prog=f"streamkit {command}", description=_sentence(_COMMANDS[command]), allow_abbrev=False
        )
    else:
        parser = _main_parser()
    module = importlib.import_module(f"._{command or 'ask'}", __name__)
    module.add_arguments(parser)
    parser.set_defaults(run=module.run, fail=parser.error, commands=_COMMANDS)
    return parser


def _sentence(about: str) -> str:
    return f"{about[0].upper()}{about[1:]}."


def _main_parser() -> argparse.ArgumentParser:
    listed = "\n".join(f"  {name:12}{about}" for name, about in _COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="streamkit",
        usage=_USAGE,
        description=_ABOUT,
        epilog=f"commands (streamkit COMMAND --help explains each):\n{listed}\n\n{_EXAMPLES}\n\n{RULE}\n\n{_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, help="show the version and exit")
    return parser


def complete_parser() -> argparse.ArgumentParser:
    """Return one parser with all commands and options, from which completion scripts are made."""
    parser = _main_parser()
    importlib.import_module("._ask", __name__).add_options(parser)
    commands = parser.add_subparsers()
    for name, about in _COMMANDS.items():
        importlib.import_module(f"._{name}", __name__).add_arguments(commands.add_parser(name, help=about))
    return parser


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
