"""``sk.timeline``: a picture of streams, conversations, searches and recordings, as one HTML page."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any, TypeAlias, cast

from reactivex import Observable

from .._search import SearchResult
from .._stream import CallTrace, ReaderWatch, Stream, began_at, trace, watch_readers
from ..errors import ConfigurationError
from ._calls import section
from ._lane import Section, counted
from ._page import page
from ._recorded import recording_section
from ._searches import search_section

Source: TypeAlias = "Stream | SearchResult[Any] | str | os.PathLike[str]"

_LATE = 0.05  # seconds after the start from which on readers may have been missed


class Timeline:
    """A picture of calls; it is drawn when ``html`` is read, so that a stream that still runs is shown as it is then.

    A notebook shows it by itself, in a frame of its own.
    """

    def __init__(self, title: str, draw: Callable[[], str], height: int) -> None:
        self._title = title
        self._draw = draw
        self._height = height

    @property
    def html(self) -> str:
        """The page, which needs no network and nothing else."""
        return self._draw()

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the page to a file, and return its path.

        Args:
            path: The path of the file, in a folder that exists.
            overwrite: True to replace an existing file.

        Raises:
            ConfigurationError: The file is there already, or cannot be written.
        """
        file, page = Path(path), self.html
        try:
            with file.open("w" if overwrite else "x", encoding="utf-8", newline="\n") as opened:
                opened.write(page)
        except FileExistsError:
            there = f"The file {file} is there already: give another path, or overwrite=True."
            raise ConfigurationError(there) from None
        except OSError as error:
            raise ConfigurationError(f"The file {file} cannot be written: {error.strerror or error}.") from error
        return file

    def __repr__(self) -> str:
        return f"<Timeline of {self._title}: .save('timeline.html') writes the page>"

    def _repr_html_(self) -> str:
        # In a frame its styles stay in it; its script does not have the notebook's origin, and reaches nothing outside.
        style = f"width:100%;height:{self._height}px;border:0"
        frame = f'sandbox="allow-scripts" style="{style}" title="{escape(self._title)}"'
        return f'<iframe {frame} srcdoc="{escape(self.html)}"></iframe>'


def timeline(source: Source | Iterable[Source], *, title: str | None = None) -> Timeline:
    """Draw a picture of calls: when each was sent, answered, stalled, stopped and closed, and what arrived when.

    The page has a lane for each call, and below it those of the tools that it calls and of its readers. A slider shows
    the answer at any moment, as ``stream.at`` does. Readers are recorded from this call on: make the timeline before
    you read the stream, and read ``html`` afterwards.

    Args:
        source: A Stream, a conversation, the result of a search, a race or a quorum, or the path of a recording; or
            several of these.
        title: The heading of the page.

    Raises:
        ConfigurationError: ``source`` is none of these, or a recording cannot be read.

    >>> from streamkit.testing import Script, chat_events
    >>> stream = Script(chat_events("Io, ", "Europa")).stream()
    >>> picture = timeline(stream)
    >>> _ = stream.run()
    >>> "Europa" in picture.html, picture
    (True, <Timeline of 1 call: .save('timeline.html') writes the page>)
    """
    sources = _sources(source)
    watches = {id(each): watch_readers(each) for each in sources if isinstance(each, Stream)}
    name = title or _name(sources)
    heading = title or f"Timeline of {name}"
    return Timeline(name, lambda: _drawn(sources, watches, heading), height=min(720, 320 + 60 * len(sources)))


def _sources(source: object) -> list[Source]:
    """Return what is to be drawn, as a list.

    Raises:
        ConfigurationError: One of it cannot be drawn.
    """
    # A Flow is iterable too, and to iterate over it would send its call.
    one = isinstance(source, (Observable, str, os.PathLike)) or not isinstance(source, Iterable)
    given: list[object] = [source] if one else list(cast("Iterable[object]", source))
    for each in given:
        if not isinstance(each, (Stream, SearchResult, str, os.PathLike)):
            kind = type(each).__name__
            raise ConfigurationError(
                f"timeline(…) draws Streams, results of searches and recordings (their paths), not {kind}."
            )
    if not given:
        raise ConfigurationError("timeline([]): give at least one Stream, result of a search, or recording.")
    return cast("list[Source]", given)


def _name(sources: Sequence[Source]) -> str:
    if len(sources) == 1 and isinstance(sources[0], (str, os.PathLike)):
        return Path(sources[0]).name
    if len(sources) == 1 and isinstance(sources[0], SearchResult):
        return "1 search"
    return f"{len(sources)} call{'' if len(sources) == 1 else 's'}"


def _drawn(sources: Sequence[Source], watches: dict[int, ReaderWatch], title: str) -> str:
    streams = [each for each in sources if isinstance(each, Stream)]
    start = min((at for each in streams if (at := began_at(each)) is not None), default=0.0)
    found: list[Section] = []
    notes: dict[str, None] = {}
    started: list[float] = []
    for each in sources:
        if isinstance(each, Stream):
            traced, watch, offset = trace(each, start=start), watches[id(each)], (began_at(each) or start) - start
            notes |= dict.fromkeys(_notes(traced, watch))
            started += [] if traced.started is None else [traced.started]
            found.append(section(traced, [reader.shifted(offset) for reader in watch.readers]))
        elif isinstance(each, SearchResult):
            found.append(search_section(each))
            started += [row.trace.started for row in each.ledger if row.trace and row.trace.started is not None]
        else:
            recorded, at = recording_section(each)
            found.append(recorded)
            started += [] if at is None else [at]
    shown = f"{datetime.fromtimestamp(min(started)):%Y-%m-%d %H:%M:%S}" if started else ""
    return page(found, title=title, started=shown, notes=tuple(notes))


def _notes(traced: CallTrace, watch: ReaderWatch) -> Iterator[str]:
    """Yield what the picture does not show of a stream."""
    if watch.left_out:
        yield f"Of one call {counted(watch.left_out, 'reader')} more are not shown."
    if traced.sent is not None and (watch.since is None or watch.since > _LATE):
        yield "Readers are recorded from the moment in which the timeline is made: make it before you read the stream."
    if traced.forgotten:
        yield "A log has forgotten its first chunks (keep=)."
