"""A search's journal: what was answered is not asked again after Ctrl-C or a crash."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, cast

from .. import codec
from ..chunk import Usage
from ..errors import ConfigurationError
from ..response import Response
from ..runtime import locked
from ._candidate import Reader
from ._ledger import Bill
from ._name import name_of_call

_KEPT = ("verdict", "state", "calls", "chars")
_ANSWERED = ("accepted", "rejected")


class Journal:
    """One JSON object a line: what became of each candidate. A line that was torn is mended, or cut off.

    One search at a time writes to it; searches that ask or accept something else find nothing of theirs in it.

    Args:
        path: The file; new if there is none.
        question: What else the outcome depends on, beside what is asked: what is accepted.
    """

    def __init__(self, path: str | os.PathLike[str], question: object) -> None:
        self._path = Path(path)
        self._question = question
        self._asked: Counter[str] = Counter()
        self._known: dict[str, dict[str, Any]] = {}
        self._file: BinaryIO | None = None

    def __enter__(self) -> Journal:
        try:
            self._file = self._path.open("a+b", buffering=0)
        except OSError as error:
            raise ConfigurationError(f"The journal {self._path} cannot be opened: {error.strerror}.") from error
        try:
            if not locked(self._file):
                raise ConfigurationError(f"Another search is writing the journal {self._path}.")
            self._load(self._file)
        except BaseException:
            self._file.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def recall(self, reader: Reader) -> bool:
        """Decide on a candidate if it was answered before; return whether it was.

        The same question may be asked several times: the first time it is asked gets the first answer.

        Args:
            reader: Who would ask it.
        """
        assert reader.stream is not None
        name = name_of_call(reader.stream, self._question)
        self._asked[name] += 1
        reader.key = f"{name}-{self._asked[name]}"
        known = self._known.pop(reader.key, None)
        if known is None:
            return False
        row = reader.row
        row.remembered = True
        reader.settle(known["verdict"])
        for kept in _KEPT[1:]:
            setattr(row, kept, known.get(kept))
        row.charge(tuple(Bill(Usage(**bill.pop("usage")), **bill) for bill in known["bills"]))
        if known["verdict"] == "accepted":
            reader.recall(cast("Response", codec.decode(json.dumps(known["response"]))))
        return True

    def note(self, reader: Reader) -> None:
        """Write down a candidate that was answered.

        Args:
            reader: Who asked it.
        """
        row = reader.row
        if self._file is None or reader.key is None or row.verdict not in _ANSWERED:
            return
        told: dict[str, Any] = {"key": reader.key, **{kept: getattr(row, kept) for kept in _KEPT}}
        told["bills"] = [asdict(bill) for bill in row.bills]
        if reader.accepted is not None:
            told["response"] = codec.as_builtins(reader.accepted.response)
        line = (json.dumps(told, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
        while line:
            line = line[self._file.write(line) :]

    def _load(self, file: BinaryIO) -> None:
        file.seek(0)
        data = file.read()
        whole = data.rfind(b"\n") + 1
        if data[whole:]:
            try:
                json.loads(data[whole:])
                data += b"\n"
                file.write(b"\n")
            except ValueError:
                os.truncate(self._path, whole)
                data = data[:whole]
        for number, line in enumerate(data.split(b"\n")[:-1], start=1):
            try:
                told = json.loads(line)
                self._known[told["key"]] = told
            except (ValueError, KeyError, TypeError) as error:
                raise ConfigurationError(f"{self._path}, line {number}: this is no journal of a search.") from error
