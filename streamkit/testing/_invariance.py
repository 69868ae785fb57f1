"""A check that a pipeline gives the same result for every cut of the answers into chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any, TypeVar, cast

import reactivex as rx
from reactivex import Observable

from ..chunk import Chunk, ToolCallDelta, Usage
from ..fold import Fold
from ..response import Response
from ._regroup import regroup

T = TypeVar("T")

_TEXT = (
    "Dr. Ride flew twice. The e\u0301lan of it! 👩\u200d🚀 & 🇮🇸, 3.14 km…\n\n"
    '```json\n{"moon": "Io", "orbits": [1.77, null]}\n```\nA last line without an end'
)

_CALLS = (
    ToolCallDelta(index=0, id="call_1", name="orbit", arguments='{"moon": "Io"}'),
    ToolCallDelta(index=1, id="call_2", name="orbit", arguments='{"moon": "木星 \\u00e9"}'),
)

_ANSWERS: tuple[tuple[Chunk, ...], ...] = (
    (
        Chunk(thinking="Let me see.", model="m-1", id="a-1"),
        Chunk(content=_TEXT, usage=Usage(input_tokens=7, output_tokens=3)),
        Chunk(finish_reasons=["stop"]),
        Chunk(usage=Usage(input_tokens=7, output_tokens=40)),
    ),
    (
        Chunk(content="I ask.", usage=Usage(input_tokens=9, output_tokens=2)),
        Chunk(tool_calls=_CALLS, usage=Usage(input_tokens=9, output_tokens=30)),
        Chunk(finish_reasons=["tool_calls"], usage=Usage(input_tokens=9, output_tokens=31)),
    ),
    (
        Chunk(audio_transcript="Hello from Europa. "),
        Chunk(audio=bytes(range(1, 202)), audio_transcript="It is cold here."),
        Chunk(audio=bytes(99), finish_reasons=["stop"]),
    ),
)


def check_chunking_invariance(
    pipeline: Callable[[Observable[Chunk]], Observable[T]],
    *,
    answers: Iterable[Sequence[Chunk]] = _ANSWERS,
    view: Callable[[list[T]], object] = list,
    whole: Callable[[Response], object] | None = None,
    cuts: int = 60,
) -> None:
    """Run a pipeline on answers cut in many ways, and raise if the results differ.

    Texts that are compared one by one must also begin and end between characters as people see them.

    Args:
        pipeline: An operator, or several put together by ``reactivex.compose``; it must not need an event loop.
        answers: Answers as chunks; by default three of ours: text with thinking, code and odd characters; two tool
            calls; audio with its transcript. All of them report usage more than once, or late.
        view: Function that makes of all results the value to compare: ``"".join`` where texts may be cut anywhere.
        whole: Function that makes of the answer's Response the expected value; it finds what every cut loses alike.
        cuts: Number of cuts tried for each answer.

    Raises:
        AssertionError: Two cuts of an answer differ, a text ends inside a character, or something is lost.

    >>> from streamkit import operators as ops
    >>> check_chunking_invariance(ops.text(), view="".join, whole=lambda response: response.content)
    >>> check_chunking_invariance(ops.text())
    Traceback (most recent call last):
    AssertionError: The cut of the chunks matters...
    """
    for chunks in answers:
        expected = _outcome(pipeline, chunks, view)
        if whole is not None and expected != (required := (whole(_folded(chunks)), None)):
            raise AssertionError(f"Something is lost:\n  {expected[0]!r} came out, and not\n  {required[0]!r}")
        for seed in range(cuts):
            found = _outcome(pipeline, regroup(chunks, seed=seed), view)
            if found != expected:
                raise AssertionError(
                    f"The cut of the chunks matters (cut {seed}):\n  {found!r}, and uncut\n  {expected!r}\n"
                    "If pieces may fall anywhere, compare them joined: view=''.join."
                )


def _outcome(
    pipeline: Callable[[Observable[Chunk]], Observable[T]], chunks: Sequence[Chunk], view: Callable[[list[T]], object]
) -> tuple[object, type[Exception] | None]:
    """Run a pipeline; return the results, and the class of the error at the end."""
    values: list[T] = []
    errors: list[Exception] = []
    ended: list[bool] = []
    rx.from_iterable(chunks).pipe(pipeline).subscribe(values.append, errors.append, lambda: ended.append(True))
    assert errors or ended, "The pipeline did not end with its source."
    if view is list:
        _check_characters(values)
    return view(values), type(errors[0]) if errors else None


def _check_characters(values: list[Any]) -> None:
    import regex

    if not values or not all(isinstance(value, str) for value in values):
        return
    for first, second in pairwise(cast("list[str]", values)):
        around = first[-8:] + second[:8]
        cut = len(first[-8:])
        if not any(found.end() == cut for found in regex.finditer(r"\X", around)):
            raise AssertionError(f"The cut of the chunks matters: {first!r} and {second!r} share a character.")


def _folded(chunks: Sequence[Chunk]) -> Response:
    fold = Fold()
    fold.add(chunks)
    return fold.response("complete")
