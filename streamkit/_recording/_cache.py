"""``sk.Cache``: a folder of complete answers, each a recording that is named by what determines the answer.

Processes share a folder without a lock: an entry appears whole under its name, and whoever finds it gone asks the
provider. A file's time of change is the time of its last use.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NoReturn, cast

from ..errors import ConfigurationError
from ..runtime.logging import warning
from ..settings import is_positive
from ._reader import Recording, parse_recording

_SUFFIX = ".jsonl"

_UNFINISHED = ".unfinished"

_ABANDONED = 3600.0  # seconds after which an unfinished file's writer has been killed

_MAX_BYTES = 2**30

_SLACK = 0.05  # of the bytes that a folder may have, which a process adds before it looks at the folder again


class Cache:
    """A folder of complete answers, for ``cache=`` of a call: an answer that is there is played, and nothing is sent.

    Only an answer whose end the provider has proven enters: none that was cut, stopped, filtered or failed. The key is
    what determines the answer: the provider, the model, the address and the body of the request. Keys, timeouts and
    limits are no part of it. Several processes may use one folder.

    Args:
        folder: The folder, which is made if it is not there; only its owner can read it.
        ttl: Seconds after which an answer is not played any more; None for no end.
        max_bytes: Bytes of all files together, above which those go that were not used for longest.
        sampled: True to cache calls whose answers differ from time to time: those with a temperature above 0, or with
            none. Without it such a call raises, since its user would get the first answer for ever.
        pace: None plays an answer at once; a number plays it at that many times the pace at which it came.

    Raises:
        ConfigurationError: An argument is wrong, or the folder cannot be made.

    >>> import tempfile
    >>> Cache(tempfile.mkdtemp(), ttl=86400, pace=2).pace
    2
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        ttl: float | None = None,
        max_bytes: int = _MAX_BYTES,
        sampled: bool = False,
        pace: float | None = None,
    ) -> None:
        if not isinstance(cast("object", folder), (str, os.PathLike)) or not os.fspath(folder):
            _refuse("folder", folder, "the path of a folder")
        if not is_positive(max_bytes, whole=True):
            _refuse("max_bytes", max_bytes, "a whole number above 0")
        for name, value in (("ttl", ttl), ("pace", pace)):
            if value is not None and not is_positive(value):
                _refuse(name, value, "a number above 0, or None")
        self.folder = Path(folder)
        self.ttl = ttl
        self.max_bytes = max_bytes
        self.sampled = bool(sampled)
        self.pace = pace
        self.hits = 0
        """The number of answers that this object has played."""
        self.stored = 0
        """The number of answers that this object has added."""
        self.coming = set[str]()
        """The keys of answers that are complete and not written yet."""
        self._reported = False
        self._unseen = float("inf")  # bytes added since this process has looked at the folder
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(f"The folder {self.folder} cannot be made: {error.strerror}.") from None

    def __repr__(self) -> str:
        return f"<Cache {self.folder}, {self.hits} hits, {self.stored} stored>"

    # In a worker thread ----------------------------------------------------------------------------

    def find(self, key: str) -> Recording | None:
        """Return the answer of a key; None if there is none, or it is too old or damaged.

        Args:
            key: The key, which is the name of the file.
        """
        path = self._path(key)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        with contextlib.suppress(ConfigurationError):
            found = parse_recording(data)
            if found.end is not None and found.end.state == "complete" and not found.torn and self._is_fresh(found):
                with contextlib.suppress(OSError):
                    os.utime(path)
                return found
        self.drop(key)
        return None

    def unfinished(self, key: str) -> Iterator[Path]:
        """Yield names for a file that is being written; nobody else has them.

        Args:
            key: The key.
        """
        while True:
            yield self.folder / f"{key}.{os.getpid()}-{os.urandom(4).hex()}{_UNFINISHED}"

    def add(self, key: str, path: Path) -> None:
        """Make a finished file the answer of a key, and remove what there is no room for.

        Args:
            key: The key.
            path: The file, which is one of ``unfinished``.

        Raises:
            OSError: The folder cannot be changed.
        """
        self._unseen += path.stat().st_size
        path.replace(self._path(key))
        self.stored += 1
        if self._unseen > self.max_bytes * _SLACK:
            self._unseen = 0
            self._make_room()

    def drop(self, key: str) -> None:
        """Remove the answer of a key, if there is one."""
        _remove(self._path(key))

    def report(self, error: Exception) -> None:
        """Log that an answer cannot be added, the first time; the call goes on."""
        if not self._reported:
            self._reported = True
            reason = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
            hint = f"An answer cannot be added to {self.folder} ({reason}); the call goes on."
            warning("cache_failed", folder=str(self.folder), hint=hint)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{_SUFFIX}"

    def _is_fresh(self, found: Recording) -> bool:
        if self.ttl is None:
            return True
        try:
            started = datetime.fromisoformat(found.header.started or "").timestamp()
        except ValueError:
            return False
        return time.time() - started < self.ttl

    def _make_room(self) -> None:
        """Remove the files that were not used for longest, and those whose writers were killed."""
        files: list[tuple[float, int, str]] = []
        now = time.time()
        with os.scandir(self.folder) as found:
            for each in found:
                with contextlib.suppress(OSError):  # another process may have removed it
                    status = each.stat()
                    if each.name.endswith(_SUFFIX):
                        files.append((status.st_mtime, status.st_size, each.path))
                    elif each.name.endswith(_UNFINISHED) and now - status.st_mtime > _ABANDONED:
                        _remove(Path(each.path))
        over = sum(size for _, size, _ in files) - self.max_bytes
        for _, size, path in sorted(files):
            if over <= 0:
                return
            _remove(Path(path))
            over -= size


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):  # it is gone, or another program has it open
        path.unlink()


def _refuse(name: str, value: object, usage: str) -> NoReturn:
    raise ConfigurationError(f"sk.Cache({name}={value!r}): give {usage}.")
