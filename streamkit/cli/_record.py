"""``streamkit record FILE "question"``: a question whose call is recorded; apart, since it waits for the disk too."""

from __future__ import annotations

import argparse

from .._recording import WRITER
from .._stream._recording import recording
from ..errors import ConfigurationError
from ..text.sanitize import sanitize
from . import _ask
from ._exit import report_error, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    where = "new file for the recording, whose name ends in .jsonl (no file is overwritten); or a folder"
    _ask.add_file(parser, "file", metavar="FILE", help=where)
    _ask.add_arguments(parser)
    parser.add_argument("--prompts", action="store_true", help="write the question into the recording too")


def run(args: argparse.Namespace) -> int:
    """Ask and record, and say where the recording is."""
    try:
        args.record = recording(args.file, prompts=args.prompts)
        args.record.check()
    except ConfigurationError as error:
        return report_error(error)
    code = _ask.run(args)
    WRITER.flush()
    if args.record.written and not args.json:
        say(f"recorded: {sanitize(args.file)}".split(" "))
    return code
