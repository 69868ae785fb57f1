"""Second opinion: a cheaper call reads along, and stops the answer as soon as it is enough. Offline."""

import asyncio

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event, chat_events

ANSWER = ["Europa has an ocean. ", "So has Enceladus. ", "Titan has lakes. ", "I could go on. ", "And on. "]


def is_enough(text: str) -> sk.Stream:
    """Ask a second model; here a scripted one."""
    answer = "Yes." if "Enceladus" in text else "No."
    return Script(chat_events(answer)).stream(f"Does this name two moons with oceans? {text}")  # live: sk.stream(…)


async def main() -> None:
    script = Script([step for each in ANSWER for step in (chat_event({"content": each}), 0.1)])
    stream = script.stream("Which moons have oceans?", max_tokens=500)
    async for text in stream.pipe(ops.text(), ops.until_judged(is_enough)):
        print(text)
    response = stream.response
    (counts,) = response.side_calls
    print(f"stopped by {response.stopped_by} after {counts.calls} questions, {counts.failed} of them failed")
    if counts.usage and counts.saved:
        print(f"they used {counts.usage.output_tokens} tokens and saved up to {counts.saved.output_tokens}")


asyncio.run(main())
