"""Moderation: an answer is checked sentence by sentence, and stopped before text that must not be shown. Offline."""

import asyncio
import re

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event

SENTENCES = ["Your card is ready. ", "Its PIN is 4711. ", "Keep it ", "secret."]


async def is_harmless(text: str, before: str) -> bool:
    await asyncio.sleep(0.01)  # live: a request to a moderation service
    return not re.search(r"PIN is \d+", before[-20:] + text)


async def main() -> None:
    script = Script([*(chat_event({"content": each}) for each in SENTENCES), None])  # an answer that would go on
    stream = script.stream("Where is my card?")
    try:
        async for text in stream.pipe(ops.text(), ops.guard(is_harmless, timeout=2)):
            print("shown:", text)
    except sk.GuardTripped as error:
        print(error)
        print(f"held: {len(error.held)} characters; stopped by {stream.response.stopped_by}")
    await stream.aclose()


asyncio.run(main())
