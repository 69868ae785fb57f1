"""``streamkit decode``: a recorded stream as the JSON of its Response."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from ._exit import OK, told

# What JSON lets stand as it is, but a terminal would act on: DEL, C1, line ends and directions of Unicode.
_ACTED_ON = re.compile(r"[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes.

    Args:
        parser: The command's own.
    """
    parser.add_argument("api", metavar="API", help="the wire format, such as openai.chat")
    parser.add_argument("file", metavar="FILE", help="the recorded body; - reads standard input")
    parser.add_argument("--vendor", help="whose server it was, where that makes a difference")


def run(given: argparse.Namespace) -> int:
    """Decode a file and print what it holds.

    Args:
        given: The command's arguments.

    Returns:
        The exit code.
    """
    # Imported here: `--help` need not wait for it.
    from ..codec import encode
    from ..errors import ConfigurationError, StreamError
    from ..wire import decoder

    try:
        data = sys.stdin.buffer.read() if given.file == "-" else Path(given.file).read_bytes()
        opened = decoder(given.api, given.vendor)
    except (OSError, ConfigurationError) as error:
        return told(error)
    try:
        found, code = encode(opened.reduce(data)), OK
    except StreamError as error:
        found, code = encode(error), told(error)
    print(harmless(found.decode()))
    return code


def harmless(text: str) -> str:
    """Make JSON safe for a terminal, and leave it the same JSON.

    Args:
        text: The JSON.
    """
    return _ACTED_ON.sub(lambda each: f"\\u{ord(each[0]):04x}", text)
