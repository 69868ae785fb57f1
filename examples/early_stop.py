"""Early stop: end the call as soon as its text names a moon. Offline by replay.

With a key: change the model to "openai/gpt-5-mini" and set OPENAI_API_KEY.
"""

import asyncio

import streamkit as sk
from streamkit import operators as ops


async def main() -> None:
    """Read until a moon is named, then show the state of the call."""
    stream = sk.stream("replay/openai", "Which moons may hold life?")
    answer = await stream.pipe(ops.text(), ops.until("Enceladus"), ops.join())
    print(answer)
    print(f"{stream.state} by {stream.response.stopped_by}; open: {stream.open}")

    try:
        async for _ in stream:  # the same call, from its log; nothing is sent again
            pass
    except sk.StoppedError as error:
        print(f"a later reader gets: {error}")


asyncio.run(main())
