"""Every operator says how many elements it emits, and what it reads and emits, as its types say."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from streamkit import operators as ops
from streamkit.operators._base.marks import Mark, mark_of


def orbit(moon: str) -> str:
    return moon


ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "batch": (2,),
    "guard": (str.startswith,),
    "items": (int,),
    "limit": (5,),
    "meter": (print,),
    "partial": (list[int],),
    "pcm_frames": (20,),
    "redact": ("x",),
    "route_tags": ("think",),
    "run_tools": (orbit,),
    "smooth": (40,),
    "until": ("x",),
    "until_judged": (str.isspace,),
    "until_valid": (list[int],),
}
KINDS = {"Chunk": "chunks", "bytes": "sound", "str": "text", "T": "same"}


def made(name: str, folder: Path) -> Callable[[Any], Any]:
    files = {"record": (folder,), "save": (folder / "answer.txt",)}
    arguments = files.get(name) or ARGUMENTS.get(name, ())
    operator: Callable[[Any], Any] = getattr(ops, name)(*arguments)
    return operator


@pytest.mark.parametrize("name", ops.__all__)
def test_every_operator_is_marked(name: str, tmp_path: Path) -> None:
    mark = mark_of(made(name, tmp_path))
    assert isinstance(mark, Mark)
    assert mark.emits in ("one", "many", "same")
    assert mark.name.startswith(f"{name}(")


@pytest.mark.parametrize("name", ops.__all__)
def test_a_mark_says_of_the_elements_what_the_types_say(name: str, tmp_path: Path) -> None:
    types = re.findall(r"Observable\[(\w+)", str(inspect.signature(getattr(ops, name)).return_annotation))
    mark = mark_of(made(name, tmp_path))
    assert mark is not None
    given = KINDS.get(types[-1], "other")
    assert mark.gives == given
    if len(types) == 2 and given != "same":
        assert mark.reads in (KINDS.get(types[0], "other"), "any")


def test_an_operator_without_a_mark_cannot_be_made() -> None:
    from streamkit.operators._base.machine import operator

    make: Any = operator
    with pytest.raises(TypeError, match="emits"):
        make(print)
