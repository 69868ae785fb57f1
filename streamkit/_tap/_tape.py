"""The tape of a test: which of its requests are answered from recordings, which are recorded, and which are refused."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NoReturn, TypeAlias

from .._recording import Fault
from ..errors import ConfigurationError
from ..transport._attempt import in_attempt
from ._difference import difference, nearest
from ._files import as_recorded, paths, read_all, write
from ._playing import Recorded
from ._request import HttpRequest, lines_of
from ._take import Take

Mode: TypeAlias = Literal["none", "once", "new", "rewrite"]


class NotRecorded(BaseException):
    """A request, or a part of an answer, that the recording of a test does not have.

    It is no ``Exception``: an SDK would take it for a lost connection, wait, and send the request again.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a test says of its recording.

    Args:
        prompts: True to keep the bodies of the requests.
        speed: The factor by which a replay is faster than recorded; ``math.inf`` plays without pauses.
        faults: The faults of the answers, by the number of the request, from 1.
        ignore: The fields in which a request may differ from the recorded one.
        ignore_hosts: The hosts whose requests are sent, and neither recorded nor replayed.
        all_used: True to fail a test that leaves recorded calls unused.
    """

    prompts: bool
    speed: float
    faults: Mapping[int, Sequence[Fault]]
    ignore: Sequence[str]
    ignore_hosts: Sequence[str]
    all_used: bool


class Tape:
    """The recordings of one test.

    Args:
        path: The file of the first call; the next ones are numbered.
        mode: What to do with a request: the value of ``--streamkit-record``.
        options: What the test says.
    """

    def __init__(self, path: Path, mode: Mode, options: Options) -> None:
        self.speed = options.speed
        """The factor by which a replay is faster than recorded."""
        self._path = path
        self._mode = mode
        self._options = options
        self._recorded = [] if mode == "rewrite" else read_all(path)
        self._unused = dict(enumerate(self._recorded))
        self._takes: list[Take] = []
        self._numbers = itertools.count(1)
        self._refusals: list[str] = []

    @property
    def records(self) -> bool:
        """Whether a request that is not recorded is sent."""
        return self._mode in ("new", "rewrite") or (self._mode == "once" and not self._recorded)

    def find(self, request: HttpRequest) -> Recorded | Take | None:
        """Find what answers a request, or begin to record it; None for one that is none of the recording's business.

        Raises:
            NotRecorded: It is not recorded, and may not be sent; within a call of streamkit a ConfigurationError.
        """
        if request.host in self._options.ignore_hosts or request.host.rpartition(":")[0] in self._options.ignore_hosts:
            return None
        for number, each in enumerate(self._recorded):
            # One of two threads gets it.
            if number in self._unused and self._is_same(request, each) and self._unused.pop(number, None) is not None:
                return replace(each, faults=self._options.faults.get(next(self._numbers), ()))
        if not self.records:
            self.refuse(self._missing(request))
        take = Take(request, next(self._numbers))
        self._takes.append(take)
        return take

    def refuse(self, message: str) -> NoReturn:
        """Raise what ends a request, and remember why.

        Raises:
            NotRecorded: Always, but within a call of streamkit, where it is a ConfigurationError.
        """
        self._refusals.append(message)
        raise ConfigurationError(message) if in_attempt() else NotRecorded(message)

    def faults_of(self, take: Take) -> Sequence[Fault]:
        """Return the faults that the answer to a request gets, which is recorded without them."""
        return self._options.faults.get(take.number, ())

    def developed(self, take: Take) -> Recorded:
        """Return what was just recorded, with its faults."""
        return as_recorded(take, self.faults_of(take))

    def complaint(self, *, failed: bool) -> str | None:
        """Return why the test fails, whatever it has made of the requests that were refused.

        Args:
            failed: True if the test has failed already.
        """
        if self._refusals:
            return "\n\n".join(dict.fromkeys(self._refusals))
        if self._options.all_used and self._unused and not failed:
            return f"Nothing has asked for {', '.join(self.unused)} (all_used=True)."
        return None

    @property
    def unused(self) -> list[str]:
        """The names of the recordings that nobody has asked for."""
        return [each.name for each in self._unused.values()]

    def save(self, *, failed: bool) -> list[Path]:
        """Write what was recorded, and return the files.

        Of a test that has failed only whole answers are kept: an error of the server or a lost connection may be why.

        Args:
            failed: True if the test has failed.

        Raises:
            OSError: A file cannot be written.
        """
        for take in self._takes:
            take.leave()
        kept = [take for take in self._takes if not failed or (take.end == "whole" and (take.status or 600) < 400)]
        files = paths(self._path)
        for _ in self._recorded:
            next(files)
        written = [next(files) for _ in kept]
        for take, file in zip(kept, written, strict=True):
            write(take, file, prompts=self._options.prompts)
        if self._mode == "rewrite" and kept and not failed:
            for file in itertools.takewhile(Path.exists, files):
                file.unlink()
        return written

    def _is_same(self, request: HttpRequest, recorded: Recorded) -> bool:
        described = request.describe(prompts=recorded.request["prompts"])
        ignore = self._options.ignore
        if not ignore:
            return all(described[name] == recorded.request[name] for name in ("method", "address", "hash"))
        return lines_of(described, ignore) == lines_of(recorded.request, ignore)

    def _missing(self, request: HttpRequest) -> str:
        """Return the sentences on a request that is not recorded."""
        here = f"recordings/{self._path.name}"
        first = f"{request.method} {request.address()}"
        if not self._recorded:
            return (
                f"{first}: there is no {here}, and --streamkit-record=none records nothing. "
                "Run the test once without that option."
            )
        same = [each for each in self._recorded if self._is_same(request, each)]
        how = "Record it too: --streamkit-record=new; or the whole test anew: --streamkit-record=rewrite."
        if same:
            return f"{first}: it is recorded {len(same)} times in {here}, and sent once more than that. {how}"
        ignore = self._options.ignore
        described = [lines_of(request.describe(prompts=each.request["prompts"]), ignore) for each in self._recorded]
        recorded = [lines_of(each.request, ignore) for each in self._recorded]
        at = nearest(described, recorded)
        found = self._recorded[at]
        shown = difference(described[at], recorded[at])
        hidden = "" if found.request["prompts"] else "\nTexts are compared by hashes; prompts=True shows them."
        return f"{first}: it is not recorded. From {found.name}, the nearest, it differs by\n{shown}{hidden}\n{how}"
