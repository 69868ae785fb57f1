"""Extract tools: show a tool call as it arrives, then validate and run it. Offline by replay.

With a key: change the model to "openai/gpt-5-mini" and set OPENAI_API_KEY.
"""

import asyncio

import streamkit as sk
from streamkit import operators as ops

DEGREES_AN_HOUR = {"Io": 8.48, "Europa": 4.22, "Ganymede": 2.1, "Callisto": 0.9}


def get_orbit(moon: str) -> str:
    """Look up how fast a moon of Jupiter goes round.

    Args:
        moon: Its English name.
    """
    return f"{moon} goes {DEGREES_AN_HOUR[moon]} degrees an hour"


async def main() -> None:
    """Read one call twice: for display, and for the results of its tools."""
    stream = sk.stream("replay/openai", "Where is Europa on its orbit?", tools=[get_orbit])

    async for partial in stream.pipe(ops.partial_tool_calls()):
        print(f"{partial.name}: {partial.arguments_text!r:20} is {partial.arguments} so far")

    results = [result async for result in stream.pipe(ops.run_tools(get_orbit, timeout=10))]
    for result in results:
        print(f"{result.call.name}({result.call.arguments}) gave {result.output!r}")
    print(f"the next turn: {stream.tool_message_params(results)}")


asyncio.run(main())
