"""An exception leaves without our frames and those of an SDK; frames of the user's own code stay."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import pytest

from streamkit.traces import drop_frames, drop_our_frames, quiet


def module(name: str, code: str, **given: Any) -> dict[str, Any]:
    """Run code as that of a module of this name."""
    names = {"__name__": name, **given}
    exec(compile(code, name, "exec"), names)
    return names


def failing(*names: str) -> Callable[[], None]:
    """Make a function that fails through frames of these modules, from the outermost to the innermost."""
    call: Any = module(names[-1], "def call():\n    key = 'canary'\n    1 / 0")["call"]
    for name in reversed(names[:-1]):
        call = module(name, "def call():\n    key = 'canary'\n    inner()", inner=call)["call"]
    return call


def modules(error: BaseException) -> list[str]:
    return [frame.f_globals["__name__"] for frame, _ in traceback.walk_tb(error.__traceback__)]


@pytest.mark.parametrize(
    ("names", "left"),
    [
        (("streamkit._stream", "openai._client", "asyncio.tasks"), []),
        (("streamkit._stream", "reactivex.core", "yours"), ["yours"]),
        (("streamkit._stream", "yours", "streamkit._flow"), ["yours", "streamkit._flow"]),
    ],
)
def test_the_first_frames_go_as_far_as_they_are_no_code_of_the_users(names: tuple[str, ...], left: list[str]) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        quiet(failing(*names))()
    assert modules(caught.value)[2:] == left  # behind this test and the function that is left


def test_what_was_being_handled_outside_keeps_its_frames() -> None:
    kept: list[bool] = []
    try:
        failing("yours")()
    except ZeroDivisionError as outside:
        with pytest.raises(ZeroDivisionError) as caught:
            quiet(failing("streamkit._stream"))()
        kept = [caught.value.__context__ is outside, outside.__traceback__ is not None]
    assert kept == [True, True]


def test_causes_contexts_and_groups_lose_theirs_too() -> None:
    inner, group = ValueError("inner"), ExceptionGroup("several", [ValueError("member")])
    group.__cause__ = inner
    for each in (inner, group, group.exceptions[0]):
        try:
            raise each
        except Exception:
            assert each.__traceback__ is not None
    drop_frames(group)
    assert [each.__traceback__ for each in (inner, group, group.exceptions[0])] == [None, None, None]


def test_streamkit_debug_keeps_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMKIT_DEBUG", "1")
    with pytest.raises(ZeroDivisionError) as caught:
        failing("streamkit._stream")()
    drop_our_frames(caught.value)
    drop_frames(caught.value)
    assert modules(caught.value)[-1] == "streamkit._stream"
