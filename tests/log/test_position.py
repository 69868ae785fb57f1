"""Who comes late gets everything, everything as one chunk, the last few, or only what comes."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

import streamkit as sk
from streamkit.fold import Fold
from streamkit.testing import Script, chat_event, chat_events

CALL = {"index": 0, "id": "c1", "function": {"name": "look", "arguments": ""}}
STEPS: list[Any] = [
    chat_event({"role": "assistant", "content": ""}),
    chat_event({"reasoning_content": "Hm"}),
    *(chat_event({"content": word}) for word in ("Io", ", ", "木星")),
    chat_event({"tool_calls": [CALL]}),
    *(
        chat_event({"tool_calls": [{"index": 0, "function": {"arguments": fragment}}]})
        for fragment in ('{"moon":', ' "Io"', "}")
    ),
    *chat_events(finish="tool_calls")[1:],
]


async def subscribe_at(
    steps: list[Any], index: int, late: Any, *, keep: Any = "all"
) -> tuple[sk.Response, list[sk.Chunk]]:
    """Let a reader join behind a number of chunks; return the whole Response, and what the reader was given."""
    stream = Script(steps).stream(keep=keep)
    given: list[sk.Chunk] = []
    seen = 0
    done = asyncio.Event()

    def on_next(_: sk.Chunk) -> None:
        nonlocal seen
        seen += 1
        if seen == index:
            stream.subscribe(given.append, lambda _: done.set(), done.set, late=late)

    stream.subscribe(on_next)
    response = await stream
    if index == 0 or index > seen:
        stream.subscribe(given.append, lambda _: done.set(), done.set, late=late)
    await done.wait()
    return response, given


def folded(chunks: list[sk.Chunk]) -> dict[str, Any]:
    fold = Fold()
    fold.add(chunks)
    return fold.response("complete").model_dump()


@pytest.mark.parametrize("keep", ["all", 0, 3])
@pytest.mark.parametrize("index", range(1, len(STEPS) + 2))
async def test_wherever_one_joins_snapshot_and_live_are_the_whole(index: int, keep: Any) -> None:
    response, given = await subscribe_at(STEPS, index, "fold", keep=keep)
    assert folded(given) == response.model_copy(update={"request_id": None}).model_dump()
    assert len(given) <= max(1, len(STEPS) - index + 1)


@pytest.mark.parametrize("index", range(1, len(STEPS)))
async def test_the_last_few_and_then_what_comes(index: int) -> None:
    whole, _ = await everything()
    _, given = await subscribe_at(STEPS, index, sk.tail(2))
    assert given == whole[-len(given) :]
    assert len(given) in (len(whole) - index + 2, len(whole) - index + 1, len(whole))


@pytest.mark.parametrize("index", range(1, len(STEPS)))
async def test_only_what_comes(index: int) -> None:
    whole, _ = await everything()
    _, given = await subscribe_at(STEPS, index, "live")
    assert given == whole[index:]


async def everything() -> tuple[list[sk.Chunk], sk.Response]:
    stream = Script(STEPS).stream()
    chunks = [chunk async for chunk, _ in stream]
    return chunks, stream.response


async def test_a_late_loop_of_pairs_begins_with_one_chunk_and_its_tools() -> None:
    stream = Script(STEPS).stream()
    await stream
    pairs = [(chunk.content, tool and tool.arguments) async for chunk, tool in stream.fan_out(late="fold")]
    assert pairs == [("Io, 木星", {"moon": "Io"})]


def test_a_late_loop_in_another_thread_gets_the_whole_too() -> None:
    stream = Script([0.001, *STEPS[:4], 0.05, *STEPS[4:]]).stream()
    found: list[str] = []

    def join_late() -> None:
        found.append("".join(chunk.content for chunk, _ in stream.fan_out(late="fold")))

    thread: threading.Thread | None = None
    for chunk, _ in stream:
        if chunk.content and thread is None:
            thread = threading.Thread(target=join_late)
            thread.start()
    assert thread is not None
    thread.join()
    assert found == ["Io, 木星"]


async def test_after_the_end_live_gives_only_the_end() -> None:
    stream = Script(STEPS).stream()
    await stream
    assert [chunk async for chunk, _ in stream.fan_out(late="live")] == []


async def test_several_choices_come_as_one_chunk_each() -> None:
    steps = [chat_event({"content": text}, index=at) for at, text in ((0, "a"), (1, "b"), (0, "c"), (1, "d"))]
    ends = [chat_event({}, index=at, finish="stop") for at in (0, 1)]
    stream = Script([*steps, *ends, b"data: [DONE]\n\n"]).stream(n=2)
    await stream
    assert [(c.index, c.content) async for c, _ in stream.fan_out(late="fold")] == [(0, "ac"), (1, "bd")]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"late": "replayed"}, "did you mean 'replay'"),
        ({"overflow": "drop_old"}, "did you mean 'drop_oldest'"),
        ({"leave": 3}, "grace"),
        ({"bound": 0}, "1 or more"),
    ],
)
def test_a_wrong_option_is_refused_at_once_and_says_what_there_is(options: dict[str, Any], message: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=message):
        Script([]).stream().fan_out(**options)


@pytest.mark.parametrize(("make", "value"), [(sk.tail, -1), (sk.tail, 1.5), (sk.grace, 0), (sk.grace, float("inf"))])
def test_a_wrong_number_is_refused_at_once(make: Any, value: object) -> None:
    with pytest.raises(sk.ConfigurationError, match="give a number"):
        make(value)
