"""Stop paying as soon as the answer is known: one search in a stream, offline by replay.

With a key: change the model to "openai/gpt-5-mini" and set OPENAI_API_KEY.
"""

import asyncio

import streamkit as sk
from streamkit import operators as ops


async def main() -> None:
    """Ask, read until a moon is named, and say what became of the call."""
    stream = sk.stream("replay/openai", "Which moons may hold life?")
    answer = await stream.pipe(ops.text(), ops.until("Enceladus"), ops.join())
    print(answer)
    print(f"{stream.state} by {stream.response.stopped_by}; open: {stream.open}")

    try:
        async for _ in stream:  # the same call, from its log; nothing is sent again
            pass
    except sk.StoppedError as error:
        print(f"a later reader is told: {error}")


asyncio.run(main())
