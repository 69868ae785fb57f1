"""The command line: arguments and printing only."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

OK, USAGE, PROVIDER, TRUNCATED = 0, 2, 3, 4


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: What was typed, without the program's name.

    Returns:
        The exit code: 0, 2 for wrong usage, 3 for an error of the provider's, 4 for a cut answer.
    """
    parser = argparse.ArgumentParser(prog="streamkit", description="Provider calls as streams of normalized chunks.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    decode = commands.add_parser("decode", help="decode a recorded stream and print the Response as JSON")
    decode.add_argument("api", metavar="API", help="the wire format, such as openai.chat")
    decode.add_argument("file", metavar="FILE", help="the recorded body; - reads standard input")
    decode.add_argument("--vendor", help="whose server it was, where that makes a difference")
    decode.set_defaults(run=_decode)
    given = parser.parse_args(arguments)
    return given.run(given)


def _decode(given: argparse.Namespace) -> int:
    # Imported here: `--help` need not wait for it.
    from ..codec import encode
    from ..errors import ConfigurationError, StreamError, TruncatedError
    from ..wire import decoder

    try:
        data = sys.stdin.buffer.read() if given.file == "-" else Path(given.file).read_bytes()
        opened = decoder(given.api, given.vendor)
    except (OSError, ConfigurationError) as error:
        print(f"streamkit: {error}", file=sys.stderr)
        return USAGE
    try:
        found, code = encode(opened.reduce(data)), OK
    except StreamError as error:
        print(f"streamkit: {error}", file=sys.stderr)
        found, code = encode(error), TRUNCATED if isinstance(error, TruncatedError) else PROVIDER
    print(found.decode())
    return code
