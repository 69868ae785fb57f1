"""Buffer: turn an answer into requests to a speech service, whole sentences of at most 160 characters each. Offline.

With a key: change the model to "openai/gpt-5-mini" and set OPENAI_API_KEY.
"""

import asyncio

import streamkit as sk
from streamkit import operators as ops


async def main() -> None:
    """Send sentences to the service while the model still writes."""
    stream = sk.stream("replay/openai", "Which moons may hold life?")
    requests = stream.pipe(
        ops.text(),
        ops.sentences(strip=True),
        ops.batch(chars=160, seconds=0.5, whole=True),  # a full request, or what arrived in half a second
    )
    async for sentences in requests:
        print(f"{stream.state}, {len(stream.content)} characters have arrived; say: {' '.join(sentences)}")


asyncio.run(main())
