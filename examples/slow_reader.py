"""A reader that is too slow for the stream gets fewer, larger chunks and loses nothing. Offline by replay."""

import asyncio

import streamkit as sk


async def main() -> None:
    stream = sk.stream("replay/openai", "Which moons may hold life?", speed=20)
    waiting = asyncio.ensure_future(stream)  # somebody else who wants the whole answer, soon

    pieces: list[str] = []
    async for chunk, _ in stream.fan_out(overflow="coalesce"):
        pieces.append(chunk.content)
        await asyncio.sleep(0.05)  # a screen that is drawn twenty times a second

    response = await waiting
    chunks = stream.log.length if stream.log else 0
    print(f"{chunks} chunks came, {len(pieces)} were drawn, and not a character is missing")
    assert "".join(pieces) == response.content


asyncio.run(main())
