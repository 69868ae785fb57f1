"""``streamkit completion SHELL``: print the script that shtab writes; alone, since a command is one file."""

from __future__ import annotations

import argparse

from ._exit import OK, report_error

_SHELLS = ("bash", "zsh", "fish")

_INSTALL = """\
to install it, put one of these lines in your shell's start file:
  bash   source <(streamkit completion bash)
  zsh    source <(streamkit completion zsh)     (after compinit)
  fish   streamkit completion fish | source"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("shell", choices=_SHELLS, help="shell for which the script is")
    parser.epilog = _INSTALL
    parser.formatter_class = argparse.RawDescriptionHelpFormatter


def run(args: argparse.Namespace) -> int:
    """Print the script, or the sentence that says what is missing."""
    from ..errors import ConfigurationError
    from . import complete_parser

    try:
        import shtab
    except ImportError:
        return report_error(ConfigurationError("Completion needs shtab: pip install 'shtab>=1.7'."))
    if args.shell not in shtab.SUPPORTED_SHELLS:
        return report_error(ConfigurationError(f"This version of shtab has no {args.shell}: pip install -U shtab."))
    print(shtab.complete(complete_parser(), shell=args.shell))
    return OK
