"""A marked test: the taps of all HTTP libraries and the guard of the network, from its setup to its teardown."""

from __future__ import annotations

import importlib
import math
import re
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any, cast

from .._recording import Fault, as_faults
from ..errors import ConfigurationError
from ._aiohttp import tap_aiohttp
from ._files import SUFFIX
from ._guard import NetworkGuard
from ._httpx import HttpxTap
from ._patches import Patches
from ._tape import Mode, Options, Tape

_WHY = "@pytest.mark.recording"

_HINT = (
    "Recorded are the calls of streamkit, httpx and httpx2, the SDKs on these included; other libraries reach this"
    " machine only."
)


class RecordedTest:
    """What one test with the mark ``recording`` has open.

    Args:
        folder: The folder of the test's file.
        test: The name of the test, with its parameters.
        args: The arguments of the mark.
        options: The named arguments of the mark.
        mode: The value of ``--streamkit-record``.

    Raises:
        ConfigurationError: An argument is wrong, or a recording cannot be read.
    """

    def __init__(self, folder: Path, test: str, args: Sequence[Any], options: Mapping[str, Any], *, mode: Mode) -> None:
        given = dict(options)
        name = _name(args, given, test)
        self._tape = Tape(folder / "recordings" / f"{name}{SUFFIX}", mode, _options(given))
        self._guard = NetworkGuard(_WHY, hint=_HINT, resolves=self._tape.records)
        self._patches = Patches()
        self._failed = True

    def start(self) -> None:
        """Record and replay from here on."""
        try:
            for name in filter(find_spec, ("httpx", "httpx2")):
                HttpxTap(importlib.import_module(name), self._tape, self._patches).open()
            tap_aiohttp(self._tape, self._patches, self._guard)
            self._guard.start()
        except BaseException:
            self._patches.undo()
            raise

    def check(self, *, failed: bool) -> str | None:
        """Return why the test fails, if it does not fail by itself.

        Args:
            failed: True if the test has failed.
        """
        complaint = self._tape.complaint(failed=failed)
        self._failed = failed or complaint is not None
        return complaint

    def stop(self) -> tuple[list[Path], list[str]]:
        """Restore the libraries, write what was recorded, and return the files and the names of unused recordings.

        Raises:
            OSError: A file cannot be written.
        """
        self._guard.stop()
        self._patches.undo()
        return self._tape.save(failed=self._failed), [] if self._failed else self._tape.unused


def _name(args: Sequence[Any], options: dict[str, Any], test: str) -> str:
    """Return the name of the recording: that of the mark, else that of the test."""
    given: list[Any] = [*args, *([options.pop("name")] if "name" in options else [])]
    if len(given) > 1:
        raise ConfigurationError("@pytest.mark.recording takes one name; all else is given by name.")
    name = given[0] if given else None
    if name is None:
        return re.sub(r"[^\w.-]+", "-", test).strip("-")
    path = PurePosixPath(name) if isinstance(name, str) else None
    if path is None or path.is_absolute() or ".." in path.parts or not re.fullmatch(r"[\w./-]+", str(name)):
        raise ConfigurationError(
            f"@pytest.mark.recording({name!r}): a name has letters, digits and '-', '_', '.', '/'."
        )
    return cast("str", name).removesuffix(SUFFIX)


def _options(given: dict[str, Any]) -> Options:
    speed = given.pop("speed", "max")
    number = math.inf if speed == "max" else speed
    if not isinstance(number, (int, float)) or isinstance(number, bool) or not number > 0:
        raise ConfigurationError(f"speed={speed!r}: give a number above 0, or 'max' for a replay without pauses.")
    options = Options(
        prompts=bool(given.pop("prompts", False)),
        speed=number,
        faults=_faults(given.pop("faults", ())),
        ignore=_texts(given, "ignore"),
        ignore_hosts=_texts(given, "ignore_hosts"),
        all_used=bool(given.pop("all_used", False)),
    )
    if given:
        raise ConfigurationError(f"@pytest.mark.recording has no {', '.join(f'{name}=' for name in given)}.")
    return options


def _faults(given: Any) -> dict[int, tuple[Fault, ...]]:
    """Return the faults of each request: a list is for the first one, and a dict has the numbers of others too."""
    by_number: dict[Any, Any] = cast("dict[Any, Any]", given) if isinstance(given, dict) else {1: given}
    if not all(isinstance(number, int) and number > 0 for number in by_number):
        raise ConfigurationError(f"faults={given!r}: give a list, or a dict by the number of the request, from 1.")
    return {number: as_faults(faults) for number, faults in by_number.items()}


def _texts(given: dict[str, Any], name: str) -> tuple[str, ...]:
    found: object = given.pop(name, ())
    if isinstance(found, str) or not all(isinstance(each, str) for each in cast("Sequence[object]", found)):
        raise ConfigurationError(f"{name}={found!r}: give a list of texts.")
    return tuple(cast("Sequence[str]", found))
