"""Late join: a second reader gets everything so far as one chunk, then new chunks. Offline by replay."""

import asyncio

import streamkit as sk


async def main() -> None:
    stream = sk.stream("replay/openai", "Which moons may hold life?", speed=10)
    first = aiter(stream)
    for _ in range(30):
        await anext(first)

    texts = [chunk.content async for chunk, _ in stream.fan_out(late="fold")]
    await first.aclose()

    print(f"joined after {len(texts[0])} characters, which arrived as one chunk; then {len(texts) - 1} chunks live")
    assert "".join(texts) == stream.content
    assert stream.state == "complete"


asyncio.run(main())
