"""A picture of calls: three providers side by side and a slow reader, as one HTML page. Offline by replay."""

import asyncio
import tempfile
from pathlib import Path

import streamkit as sk


async def slowly(stream: sk.Stream) -> None:
    async for _ in stream:
        await asyncio.sleep(0.01)


async def main() -> None:
    models = ("replay/openai", "replay/anthropic", "replay/cohere")
    streams = [sk.stream(model, "Which moons may hold life?", speed=10) for model in models]
    picture = sk.timeline(streams, title="Three providers")
    await asyncio.gather(slowly(streams[0]), *streams)

    page = picture.save(Path(tempfile.mkdtemp()) / "moons.html")
    print(f"{page.name}: {page.stat().st_size // 1024} KB; open it in a browser")
    assert streams[0].at(10).content in streams[0].content


asyncio.run(main())
