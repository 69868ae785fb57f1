"""Smooth output: an answer that arrives in bursts is shown at an even pace. Offline."""

import asyncio

from streamkit import operators as ops
from streamkit.testing import Script, chat_event, chat_events

BURSTS = [
    chat_event({"content": "Europa hides an ocean "}),
    0.5,  # seconds of silence
    chat_event({"content": "below its ice. "}),
    0.4,
    *chat_events("Io is hot."),
]


async def main() -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    stream = Script(BURSTS).stream("Which moons?")  # live: sk.stream(…)
    async for text in stream.pipe(ops.text(), ops.smooth(chars_per_second=40, max_lag=1)):
        print(f"{loop.time() - began:.1f} s  {text}")


asyncio.run(main())
