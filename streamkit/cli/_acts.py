"""What the demo shows beside three answers: each act is one call, and says in a line what happened to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from reactivex import operators as rx

from .. import operators as ops
from .._stream import Stream, stream
from ..errors import TruncatedError
from ..transport import Played

MOONS = "Which moons may hold life?"
_ORBIT = {
    "name": "get_orbit",
    "description": "Where a moon is on its orbit.",
    "parameters": {"type": "object", "properties": {"moon": {"type": "string"}}, "required": ["moon"]},
}
_RATE, _SAMPLE = 24_000, 2  # what a pcm16 answer is: samples a second, bytes a sample


def _asked(prompt: str, **params: Any) -> tuple[Stream, list[Played]]:
    """Make a call, and the list that its requests will stand in."""
    played: list[Played] = []
    return stream("replay/openai", prompt, played=played, **params), played


async def cut() -> str:
    """An answer that breaks off is an error, and what came is kept."""
    call, _ = _asked("What lies under the ice of Enceladus?")
    try:
        await call
    except TruncatedError as error:
        kept = error.partial.content if error.partial else ""
        return f"caught as {type(error).__name__}, {len(kept)} characters kept: “…{kept[-9:]}”"
    return f"not noticed: {call.state}"


async def early_stop() -> str:
    """Whoever has enough stops the call: the connection is closed, and the rest is not paid for."""
    call, played = _asked(MOONS)
    clock, met = asyncio.get_running_loop().time, 0.0

    def note_the_time(_: str) -> None:
        nonlocal met
        met = clock()

    await call.pipe(ops.text(), rx.do_action(note_the_time), ops.until("Enceladus"), ops.join())
    await call.aclose()
    request = played[0]
    took = ((request.closed or clock()) - met) * 1000
    left = request.events - request.sent
    return f"“Enceladus” met: closed in {took:.1f} ms, {left} of {request.events} events not paid for"


async def tool_call() -> str:
    """A tool call is handed out when its arguments are whole and strict JSON."""
    call, _ = _asked("Where is Europa on its orbit?", tools=[_ORBIT])
    pieces, found = 0, "no tool call"
    async for chunk, tool in call:
        pieces += sum(bool(delta.arguments) for delta in chunk.tool_calls)
        if tool is not None:
            given = ", ".join(f"{name}={json.dumps(value)}" for name, value in tool.arguments.items())
            found = f"{tool.name}({given}): strict JSON, whole after {pieces} fragments"
    return found


async def audio_split() -> str:
    """One call, two readers: one takes the words, the other the sound."""
    call, played = _asked("Say hello from Europa.", modalities=["text", "audio"])
    transcript, audio = call.split_audio()

    async def sound() -> bytes:
        return b"".join([piece async for piece in audio])

    words, pcm = await asyncio.gather(transcript.pipe(ops.join()), sound())
    seconds = len(pcm) / _SAMPLE / _RATE
    return f"“{words}” and {seconds:.2f} s of PCM ({len(pcm)} bytes), {_requests(played)}"


async def three_readers() -> str:
    """Any number of subscribers share one paid call."""
    call, played = _asked(MOONS)
    text, words, response = await asyncio.gather(call.pipe(ops.text(), ops.join()), _count(call), call)
    same = "the same text" if text == response.content else "NOT the same text"
    return f"{len(text)} characters, {words} words, {response.output_tokens} tokens; {same}, {_requests(played)}"


async def _count(call: Stream) -> int:
    return len("".join([chunk.content async for chunk, _ in call]).split())


def _requests(played: list[Played]) -> str:
    return f"{len(played)} request{'s' if len(played) != 1 else ''}"


ACTS: dict[str, Callable[[], Awaitable[str]]] = {
    "cut": cut,
    "early stop": early_stop,
    "tool call": tool_call,
    "audio": audio_split,
    "3 readers": three_readers,
}
