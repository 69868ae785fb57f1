"""A search's journal: a file of answers, so that a search can resume after Ctrl-C or a crash without sending again."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, cast

from .. import codec
from ..chunk import Usage
from ..errors import ConfigurationError
from ..response import Response
from ..runtime import locked, not_written
from ._candidate import Reader
from ._fingerprint import name_of_call
from ._ledger import Bill

_KEPT = ("verdict", "state", "calls", "chars")

_ANSWERED = ("accepted", "rejected")

_START = b'{"key": "'

_BEGIN = re.compile(_START + rb"[0-9a-f]{24}-\d")


class Journal:
    """A file with the outcome of each candidate as one JSON object a line; a torn last line is repaired or removed.

    One search at a time writes to the file. A search with other prompts or another ``accept`` finds none of its
    candidates in the file. A file that is no journal is never changed.

    Args:
        path: Path of the file, which is created if missing.
        criteria: Values that the outcome depends on beside the request, such as ``accept``.

    Raises:
        ConfigurationError: The file is no journal of a search, or cannot be read or written.
    """

    def __init__(self, path: str | os.PathLike[str], criteria: object) -> None:
        self._path = Path(path)
        self._criteria = criteria
        self._occurrences: Counter[str] = Counter()
        self._known: dict[str, dict[str, Any]] = {}
        self._file: BinaryIO | None = None
        self._check()

    def __enter__(self) -> Journal:
        try:
            self._file = self._path.open("a+b", buffering=0)
        except OSError as error:
            raise self._unusable(error) from error
        try:
            if not locked(self._file):
                raise ConfigurationError(f"Another search is writing the journal {self._path}.")
            self._load(self._file)
        except OSError as error:
            self._file.close()
            raise self._unusable(error) from error
        except BaseException:
            self._file.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def recall(self, reader: Reader) -> bool:
        """Decide a candidate by an earlier answer; return False without one.

        A request that occurs several times gets its answers in their order.
        """
        assert reader.stream is not None
        name = name_of_call(reader.stream, self._criteria)
        self._occurrences[name] += 1
        reader.key = f"{name}-{self._occurrences[name]}"
        known = self._known.pop(reader.key, None)
        if known is None:
            return False
        row = reader.row
        row.remembered = True
        reader.settle(known["verdict"])
        for kept in _KEPT[1:]:
            setattr(row, kept, known.get(kept))
        row.charge(_bills(known))
        if known["verdict"] == "accepted":
            reader.recall(_response(known))
        return True

    def note(self, reader: Reader) -> None:
        """Write the outcome of a candidate that was answered."""
        row = reader.row
        if self._file is None or reader.key is None or row.verdict not in _ANSWERED:
            return
        record: dict[str, Any] = {"key": reader.key, **{kept: getattr(row, kept) for kept in _KEPT}}
        record["bills"] = [asdict(bill) for bill in row.bills]
        if reader.accepted is not None:
            record["response"] = codec.as_builtins(reader.accepted.response)
        self._write((json.dumps(record, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace"), reader)

    def _write(self, line: bytes, reader: Reader) -> None:
        """Write a line entirely or not at all.

        Raises:
            StreamError: The line cannot be written; ``partial`` is the answer.
        """
        file, self._file = cast("BinaryIO", self._file), None  # after a failure nothing more is written
        size = os.fstat(file.fileno()).st_size
        try:
            while line:
                line = line[file.write(line) :]
        except OSError as error:
            with contextlib.suppress(OSError):
                file.truncate(size)
            file.close()
            failed = not_written(self._path, error)
            failed.partial = reader.response
            raise failed from error
        self._file = file

    def _check(self) -> None:
        """Check the file before anything is sent, without changing it.

        Raises:
            ConfigurationError: The file is no journal, or cannot be used.
        """
        try:
            if self._path.exists():
                with self._path.open("r+b") as file:
                    _read(file.read(), self._path)
            elif not os.access(self._path.parent, os.W_OK):
                raise OSError(0, "its folder is not there, or nobody may write to it")
        except OSError as error:
            raise self._unusable(error) from error

    def _load(self, file: BinaryIO) -> None:
        file.seek(0)
        data = file.read()
        rows, torn = _read(data, self._path)
        self._known = {row["key"]: row for row in rows}
        if torn:
            file.truncate(len(data) - torn)
        elif data and not data.endswith(b"\n"):
            file.write(b"\n")

    def _unusable(self, error: OSError) -> ConfigurationError:
        return ConfigurationError(f"The journal {self._path} cannot be opened: {error.strerror}.")


def _read(data: bytes, path: Path) -> tuple[list[dict[str, Any]], int]:
    """Parse a journal; return the rows and the number of bytes of a torn last line.

    Raises:
        ConfigurationError: The data is no journal.
    """
    rows: list[dict[str, Any]] = []
    *lines, last = data.split(b"\n")
    for number, line in enumerate([*lines, last] if last else lines, start=1):
        try:
            rows.append(_row(line))
        except (ValueError, KeyError, TypeError) as error:
            if number > len(lines) and _is_torn(last, known=bool(rows)):
                return rows, len(last)
            raise ConfigurationError(f"{path}, line {number}: this is no journal of a search.") from error
    return rows, 0


def _row(line: bytes) -> dict[str, Any]:
    row = json.loads(line)
    for kept in _KEPT:
        _ = row[kept]
    if not isinstance(row["key"], str) or row["verdict"] not in _ANSWERED:
        raise ValueError("a row names its call, and says what became of it")
    _bills(row)
    if row["verdict"] == "accepted":
        _response(row)
    return row


def _bills(row: dict[str, Any]) -> tuple[Bill, ...]:
    return tuple(Bill(Usage(**bill["usage"]), bill["model"], bill["provider"]) for bill in row["bills"])


def _response(row: dict[str, Any]) -> Response:
    found = codec.decode(json.dumps(row["response"]))
    if not isinstance(found, Response):
        raise TypeError("an accepted row holds a Response")
    return found


def _is_torn(line: bytes, *, known: bool) -> bool:
    """Return whether a line is the beginning of a journal's row; a short one counts only after other rows.

    Args:
        line: Last line of the file.
        known: True if the lines before are rows of a journal.
    """
    return bool(_BEGIN.match(line)) or (known and (line.startswith(_START) or _START.startswith(line)))
