"""``streamkit decode``: print the Response of a recorded stream as JSON."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from ._exit import OK, report_error

# Characters that JSON need not escape but a terminal acts on: DEL, C1, Unicode's line ends and directions.
_TERMINAL_CONTROLS = re.compile(r"[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("api", metavar="API", help="the wire format, such as openai.chat")
    parser.add_argument("file", metavar="FILE", help="the recorded body; - reads standard input")
    parser.add_argument("--whole", action="store_true", help="the body came without streaming")
    parser.add_argument("--vendor", help="vendor of the server, such as groq, if its streams differ from the format's")


def run(args: argparse.Namespace) -> int:
    """Decode a file and print the Response, or the error with the partial Response."""
    # Imported here, so that `--help` does not wait for it.
    from ..codec import encode
    from ..errors import ConfigurationError, StreamError
    from ..settings import CAPS
    from ..wire import FoldingDecoder, open_decoder

    try:
        data = sys.stdin.buffer.read() if args.file == "-" else Path(args.file).read_bytes()
        cap = max(len(data), CAPS.event) if args.whole else CAPS.event
        opened = FoldingDecoder(open_decoder(args.api, vendor=args.vendor, cap=cap, whole=args.whole))
    except (OSError, ConfigurationError) as error:
        return report_error(error)
    try:
        found, code = encode(opened.reduce(data)), OK
    except StreamError as error:
        found, code = encode(error), report_error(error)
    print(harmless(found.decode()))
    return code


def harmless(text: str) -> str:
    """Escape what a terminal would act on; the JSON means the same."""
    return _TERMINAL_CONTROLS.sub(lambda each: f"\\u{ord(each[0]):04x}", text)
