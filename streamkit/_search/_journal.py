"""A search's journal: what was answered is not asked again after Ctrl-C or a crash."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any, TextIO, cast

from .. import codec
from .._stream import Stream
from ..errors import ConfigurationError
from ..messages import BaseMessageParam
from ..response import Response
from ._ledger import Row

_KEPT = ("verdict", "state", "calls", "chars", "cost", "saved_tokens", "saved_cost", "close_ms", "error")
_ANSWERED = ("accepted", "rejected")


class Journal:
    """One JSON object a line: what became of each candidate. A line that was torn is cut off.

    Args:
        path: The file; new if there is none.
        question: What else the answers depend on: the model, what is accepted.
    """

    def __init__(self, path: str | os.PathLike[str], question: object) -> None:
        self._path = Path(path)
        self._question = repr(question)
        self._seen: Counter[str] = Counter()
        self._known: dict[str, dict[str, Any]] = {}
        self._file: TextIO | None = None

    def __enter__(self) -> Journal:
        self._load()
        self._file = self._path.open("a", encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def key_of(self, candidate: object) -> str:
        """Name a candidate by what is asked, and by how often that was asked before it."""
        asked = candidate.messages if isinstance(candidate, Stream) else candidate
        told = json.dumps([self._question, asked], default=_plain, sort_keys=True)
        name = hashlib.sha256(told.encode()).hexdigest()[:24]
        self._seen[name] += 1
        return f"{name}-{self._seen[name]}"

    def recall(self, key: str, row: Row) -> Response | None:
        """Fill the row of a candidate that was answered; return its answer if that was accepted.

        Args:
            key: The candidate's name.
            row: Its row, left alone if it was not answered.
        """
        known = self._known.get(key)
        if known is None:
            return None
        row.remembered = True
        for name in _KEPT:
            setattr(row, name, known.get(name))
        answer = known.get("response")
        return None if answer is None else cast("Response", codec.decode(json.dumps(answer)))

    def note(self, key: str, row: Row, response: Response | None) -> None:
        """Write down a candidate that was answered.

        Args:
            key: Its name.
            row: Its row.
            response: Its answer, if it was accepted.
        """
        if self._file is None or row.verdict not in _ANSWERED:
            return
        told: dict[str, Any] = {"key": key, **{name: getattr(row, name) for name in _KEPT}}
        if response is not None:
            told["response"] = codec.as_builtins(response)
        self._file.write(json.dumps(told, ensure_ascii=False) + "\n")
        self._file.flush()

    def _load(self) -> None:
        if not self._path.exists():
            return
        data = self._path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if whole != data:
            os.truncate(self._path, len(whole))
        for number, line in enumerate(whole.splitlines(), start=1):
            try:
                told = json.loads(line)
                self._known[told["key"]] = told
            except (ValueError, KeyError, TypeError) as error:
                raise ConfigurationError(f"{self._path}, line {number}: this is no journal of a search.") from error


def _plain(value: object) -> object:
    if isinstance(value, BaseMessageParam):
        return [value.role, value.content]
    return repr(value)
