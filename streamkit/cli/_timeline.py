"""``streamkit timeline``: draw recordings as a page; and the option of that name of other commands."""

from __future__ import annotations

import argparse
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from ._exit import OK, report_error

if TYPE_CHECKING:
    from .._timeline import Timeline

_PAGE = "timeline.html"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("files", metavar="FILE", nargs="+", help="recordings")
    parser.add_argument(
        "-o", "--output", metavar="PAGE", default=_PAGE, help=f"new file for the page (default: {_PAGE})"
    )
    parser.add_argument("--title", metavar="TEXT", help="the heading of the page")
    parser.add_argument("--open", action="store_true", help="show the page in the browser")


def run(args: argparse.Namespace) -> int:
    """Draw the recordings, and print the path of the page."""
    # Imported here, so that `--help` does not wait for it.
    from .._timeline import timeline
    from ..errors import ConfigurationError

    try:
        check_new(args.output)
        path = save(timeline(args.files, title=args.title), args.output)
    except (ConfigurationError, OSError) as error:
        return report_error(error)
    if args.open:
        webbrowser.open(path.resolve().as_uri())
    return OK


def check_new(path: str) -> None:
    """Raise if there is a file at the path of a page.

    Raises:
        ConfigurationError: There is one.
    """
    if Path(path).exists():
        from ..errors import ConfigurationError

        raise ConfigurationError(f"The file {path} is there already, and no file is overwritten: give another path.")


def save(picture: Timeline, path: str) -> Path:
    """Write a page to a new file, and print the path.

    Raises:
        ConfigurationError: The file is there already, or cannot be written.
    """
    saved = picture.save(path)
    print(f"timeline: {saved}")
    return saved
