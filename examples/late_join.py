"""Somebody joins in the middle: what has come as one chunk, then live; together the whole. Offline by replay."""

import asyncio

import streamkit as sk


async def main() -> None:
    stream = sk.stream("replay/openai", "Which moons may hold life?", speed=10)
    first = aiter(stream)
    for _ in range(30):
        await anext(first)

    joined = [chunk.content async for chunk, _ in stream.fan_out(late="fold")]
    await first.aclose()

    print(f"joined after {len(joined[0])} characters, which came as one chunk; then {len(joined) - 1} chunks live")
    assert "".join(joined) == stream.content
    assert stream.state == "complete"


asyncio.run(main())
