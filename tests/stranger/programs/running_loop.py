"""Stream inside an event loop that has other work, and see what a blocking call says there."""

import asyncio

import streamkit as sk


async def main() -> None:
    stream = sk.stream("openai/gpt-5-mini", "Which moons may hold life?")
    whole = asyncio.create_task(stream.wait_response())
    async for piece in stream.text():
        print(piece, end="", flush=True)
    print()
    print((await whole).finish_reasons)
    try:
        stream.run()
    except sk.ConfigurationError as error:
        print(error)


asyncio.run(main())
