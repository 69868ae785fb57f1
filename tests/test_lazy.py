"""What the packages show before it is loaded, and the modules that they load at start."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

import streamkit as sk
import streamkit.operators as ops

# The modules of others that `import streamkit` may load; what they load themselves differs between versions of Python.
LOADED = (
    "array, asyncio, atexit, base64, bisect, collections.abc, concurrent.futures, contextlib, contextvars, copy, "
    "dataclasses, datetime, difflib, enum, fcntl, functools, html, importlib.machinery, importlib.util, inspect, "
    "itertools, json, logging, math, msgspec.structs, os, pathlib, pkgutil, re, reactivex.abc, "
    "reactivex.disposable, reactivex.observer, reactivex.scheduler.eventloop, select, socket, ssl, string, struct, "
    "threading, traceback, types, typing, typing_extensions, urllib.parse, uuid, weakref, zlib"
)

OWN = 164  # modules of streamkit: one more costs some 0.2 ms of each program that imports it


def test_the_import_loads_no_other_modules_than_these() -> None:
    code = "import sys; before = {*sys.modules}; import streamkit; print(*{*sys.modules} - before)"
    program = f"import {LOADED}\n{code}"
    new = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    own = sorted(name for name in new if name.partition(".")[0] == "streamkit")
    assert sorted({*new} - {*own}) == []
    assert 0 < len(own) <= OWN, own


def test_an_operator_is_loaded_when_it_is_first_named() -> None:
    code = "import sys, streamkit.operators as ops; ops.text; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "streamkit.operators._text" in modules
    assert not {"streamkit.operators._sentences", "streamkit.text.sentences"} & set(modules)


def test_the_events_are_loaded_when_they_are_first_named() -> None:
    code = "import sys, streamkit as sk; print('streamkit.events' in sys.modules, sk.events.TextDelta.__name__)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert found == ["False", "TextDelta"]


@pytest.mark.parametrize("module", [sk, ops])
def test_what_is_not_loaded_yet_can_be_seen(module: ModuleType) -> None:
    assert set(module.__all__) <= set(dir(module))


@pytest.mark.parametrize("module", [sk, ops])
def test_an_unknown_name_is_an_attribute_error(module: ModuleType) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'sentense'"):
        _ = module.sentense


def test_what_can_be_seen_is_what_is_public() -> None:
    assert dir(sk) == sorted(sk.__all__)


@pytest.mark.parametrize(
    ("older", "name"),
    [("Accepted", "AcceptedResult"), ("Finding", "FindResult"), ("Found", "TextMatch"), ("Quorum", "QuorumResult")],
)
def test_older_names_stay(older: str, name: str) -> None:
    assert getattr(sk, older) is getattr(sk, name)
