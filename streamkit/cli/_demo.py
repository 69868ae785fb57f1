"""``streamkit demo``: three providers side by side and five uses of an answer, offline and without a key."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import shutil
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reactivex import operators as rx

from .. import operators as ops
from .._stream import Stream, stream
from ..errors import TruncatedError
from ._exit import OK, report_error
from ._screen import MOONS, NOTED, Line, Row, Screen, header, noted
from ._timeline import check_new, save

if TYPE_CHECKING:
    from .._recording import Played

_ORBIT = {
    "name": "get_orbit",
    "description": "Where a moon is on its orbit.",
    "parameters": {"type": "object", "properties": {"moon": {"type": "string"}}, "required": ["moon"]},
}

_RATE, _SAMPLE = 24_000, 2  # of a pcm16 answer: samples a second, bytes a sample


def _open(prompt: str, **params: Any) -> tuple[Stream, list[Played]]:
    """Make a stream, and the list that the requests will be added to."""
    played: list[Played] = []
    return noted(stream("replay/openai", prompt, played=played, **params)), played


async def cut() -> str:
    """Show that an answer that breaks off is an error, and that the text is kept."""
    call, _ = _open("What lies under the ice of Enceladus?")
    try:
        await call
    except TruncatedError as error:
        kept = error.partial.content if error.partial else ""
        return f"{type(error).__name__}; the {len(kept)} characters that came are kept: “…{kept[-9:]}”"
    return f"not noticed: {call.state}"


async def early_stop() -> str:
    """Show that an operator can stop the call: the connection is closed, the rest is not paid for."""
    call, played = _open(MOONS)
    clock, matched_at = asyncio.get_running_loop().time, 0.0

    def note_the_time(_: str) -> None:
        nonlocal matched_at
        matched_at = clock()

    await call.pipe(ops.text(), rx.do_action(note_the_time), ops.until("Enceladus"), ops.join())
    await call.aclose()
    request = played[0]
    took = ((request.closed or clock()) - matched_at) * 1000
    left = request.events - request.sent
    return f"closed after {took:.1f} ms; {left} of {request.events} events were not sent and are not paid"


async def tool_call() -> str:
    """Show that a tool call is emitted once its arguments are whole."""
    call, _ = _open("Where is Europa on its orbit?", tools=[_ORBIT])
    fragments, found = 0, "no tool call"
    async for chunk, tool in call:
        fragments += sum(bool(delta.arguments) for delta in chunk.tool_calls)
        if tool is not None:
            arguments = ", ".join(f"{name}={json.dumps(value)}" for name, value in tool.arguments.items())
            found = f"{tool.name}({arguments}), whole after {fragments} fragments of JSON"
    return found


async def audio_split() -> str:
    """Show one call with two readers: one takes the transcript, the other the audio."""
    call, played = _open("Say hello from Europa.", modalities=["text", "audio"])
    transcript, audio = call.split_audio()

    async def sound() -> bytes:
        return b"".join([part async for part in audio])

    words, pcm = await asyncio.gather(transcript.pipe(ops.join()), sound())
    seconds = len(pcm) / _SAMPLE / _RATE
    return f"“{words}” and {seconds:.2f} s of sound ({len(pcm)} bytes); {_requests(played)}"


async def three_readers() -> str:
    """Show that any number of subscribers share one paid call."""
    call, played = _open(MOONS)
    text, words, response = await asyncio.gather(call.pipe(ops.text(), ops.join()), _count(call), call)
    same = "" if text == response.content else " (NOT the same text)"
    return f"{len(text)} characters, {words} words, {response.output_tokens} tokens{same}; {_requests(played)}"


async def _count(call: Stream) -> int:
    return len("".join([chunk.content async for chunk, _ in call]).split())


def _requests(played: list[Played]) -> str:
    return f"{len(played)} request{'s' if len(played) != 1 else ''}"


ACTS: dict[str, tuple[str, Callable[[], Awaitable[str]]]] = {
    "Stop as soon as “Enceladus” comes": ('ops.until("Enceladus")', early_stop),
    "Get a tool call when it is whole": ("for chunk, tool in stream", tool_call),
    "Let three readers share one paid call": ("await asyncio.gather(…)", three_readers),
    "Split a spoken answer into words and sound": ("stream.split_audio()", audio_split),
    "Notice an answer that breaks off": ("except sk.TruncatedError", cut),
}
"""What the demo shows: a title, the code for it, and the function that does it and returns what happened."""

_SDKS = ("openai", "anthropic", "cohere")

_PAGE = "streamkit-demo.html"

_FIRST = "streamkit demo: a REPLAY of recorded answers; no network, no model is called"

_ROWS = "The same loop for every provider:  for chunk, tool in sk.stream(model, question)"

_USES = "More to do with an answer while it arrives:"


async def show() -> None:
    """Get the providers ready, then run all lines at once."""
    rows = [Row(sdk) for sdk in _SDKS]
    acts = [_Act(title, code, play) for title, (code, play) in ACTS.items()]
    fixed: list[Line] = [_Fixed(header), _Fixed(lambda _: ""), _Fixed(lambda _: _USES), *(act.title for act in acts)]
    lines: list[Line] = [fixed[0], *rows, *fixed[1:3]]
    for act in acts:
        lines += (act.title, act)
    async with Screen(lines, finished=fixed) as screen:
        await _load(rows)
        await asyncio.gather(*(_played(each, screen) for each in [*rows, *acts]))


async def _load(rows: list[Row]) -> None:
    gc.disable()  # loaded objects stay: collecting garbage among them takes a sixth of the import's time
    try:
        for row in rows:
            await row.load()  # one by one: imports of several threads only wait for each other
    finally:
        gc.enable()


async def _played(each: Row | _Act, screen: Screen) -> None:
    await each.play()
    screen.finished(each)


class _Fixed:
    """A line that never changes."""

    def __init__(self, text: Callable[[int], str]) -> None:
        self._text = text

    def text(self, width: int) -> str:
        return self._text(width)


class _Act:
    """One act: a line with its title and its code, and the line below, which ends with what happened."""

    def __init__(self, title: str, code: str, play: Callable[[], Awaitable[str]]) -> None:
        self.title = _Fixed(lambda _: f"  {title:47}{code}")
        self._play = play
        self._result = "…"

    async def play(self) -> None:
        self._result = await self._play()

    def text(self, width: int) -> str:
        return f"    → {self._result}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--timeline", metavar="PAGE", nargs="?", const=_PAGE, help=f"draw the calls on a new page (default: {_PAGE})"
    )


def run(args: argparse.Namespace) -> int:
    """Run the demo."""
    from ..errors import StreamError

    page: str | None = args.timeline
    streams: list[Stream] | None = None if page is None else []
    before = NOTED.set(streams)
    try:
        if page is not None:
            check_new(page)
        print(f"{_FIRST}\n\n{_ROWS}", flush=True)  # at once: loading takes a moment
        asyncio.run(show())
        if page is not None and streams:
            from .._timeline import timeline

            print()
            save(timeline(streams, title="streamkit demo"), page)
    except StreamError as error:
        return report_error(error)
    finally:
        NOTED.reset(before)
    command = _command()
    print(f"""
Next: {command} "Which moons may hold life?" -m replay/openai
      {command} providers    (which keys are set here)
      docs/index.md: the documentation, by task""")
    return OK


def _command() -> str:
    """Return the command to type here; an environment's own script is often not on the path."""
    here = Path(sys.argv[0])
    if here.name != "streamkit" or shutil.which("streamkit"):
        return "streamkit"
    return str(here.relative_to(Path.cwd()) if here.is_relative_to(Path.cwd()) else here)
