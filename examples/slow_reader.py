"""Slow reader: a reader that lags gets fewer, larger chunks and loses nothing. Offline by replay."""

import asyncio

import streamkit as sk


async def main() -> None:
    stream = sk.stream("replay/openai", "Which moons may hold life?", speed=20)
    waiting = asyncio.ensure_future(stream)  # another reader, which does not wait for the slow one

    texts: list[str] = []
    async for chunk, _ in stream.fan_out(overflow="coalesce"):
        texts.append(chunk.content)
        await asyncio.sleep(0.05)  # a screen that is drawn twenty times a second

    response = await waiting
    chunks = stream.log.length if stream.log else 0
    print(f"{chunks} chunks arrived, {len(texts)} were drawn, and not a character is missing")
    assert "".join(texts) == response.content


asyncio.run(main())
