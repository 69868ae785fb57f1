"""Show one answer in the terminal, save it to a file, and feed a slow consumer."""

import asyncio

import streamkit as sk
from streamkit import operators as ops

stream = sk.stream("openai/gpt-5-mini", "Which moons may hold life?")


async def terminal() -> None:
    async for piece in stream.text():
        print(piece, end="", flush=True)
    print()


async def slow() -> str:
    shown = ""
    async for chunk, _ in stream.fan_out(overflow="coalesce"):
        shown += chunk.content
        await asyncio.sleep(0.01)
    return shown


async def main() -> None:
    file = stream.pipe(ops.text(), ops.save("answer.txt"), ops.join())
    _, saved, shown = await asyncio.gather(terminal(), file, slow())
    print("the same for all:", saved == shown == stream.content)


asyncio.run(main())
