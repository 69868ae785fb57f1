"""Record an answer once, then run your own pipeline on it, whole and damaged: the same every time, and free."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Fault, run_in_virtual_time

FOLDER = Path(tempfile.mkdtemp())


def record() -> Path:
    """Record a call; this one is paid for."""
    file = FOLDER / "moons.jsonl"
    stream = sk.stream("replay/openai", "Which moons may hold life?", record=file)  # live: "openai/gpt-5-mini"
    run_in_virtual_time(stream.wait_response())  # live: stream.run()
    return file


async def show(file: Path, *faults: Fault) -> None:
    """Run the pipeline: sentences, each with the time at which it is whole."""
    clock = asyncio.get_running_loop().time
    stream = sk.open_recording(file, faults=faults, timeouts=sk.Timeouts(between=5))
    print(", ".join(f"{each.name} at {each.at}" for each in faults) or "as it was recorded")
    try:
        async for sentence in stream.pipe(ops.text(), ops.sentences()):
            print(f"  {clock():5.2f} s  {sentence.strip()}")
    except sk.StreamError as error:
        print(f"  {clock():5.2f} s  {type(error).__name__}: {error}")


def main() -> None:
    file = record()
    run_in_virtual_time(show(file))
    run_in_virtual_time(show(file, Fault("cut", at=25)))
    run_in_virtual_time(show(file, Fault("stall", at=25)))
    run_in_virtual_time(show(file, Fault("bad_json", at=25)))


if __name__ == "__main__":
    main()
