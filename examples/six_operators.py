"""Six operators in one pipe: how fast, how much, what, how far, in which pieces, and where to. Offline by replay.

With a key: change the model to "openai/gpt-5-mini" and set OPENAI_API_KEY.
"""

import asyncio
import tempfile
from pathlib import Path

import streamkit as sk
from streamkit import operators as ops


async def main(path: Path) -> None:
    """Read the answer aloud until it comes to Titan, and say what that cost and saved."""
    told: list[sk.Metrics] = []
    stream = sk.stream("replay/openai", "Which moons may hold life?", max_tokens=300)
    spoken = stream.pipe(
        ops.meter(told.append),  # told when the pipe ends, however it does
        ops.limit(200),  # tokens: nobody pays for more, whatever the model feels like
        ops.text(),
        ops.until("Titan", inclusive=False),  # looked for across the pieces
        ops.sentences(),  # each once it is certain where it ends
        ops.save(path),
    )
    async for sentence in spoken:
        print(f"“{sentence.strip()}”")
    print(f"the call was {stream.state} by {stream.response.stopped_by}, behind {told[0].chunks} chunks")
    usage, saved = stream.usage, stream.response.saved
    if usage and saved:
        print(f"about {usage.output_tokens} tokens came, at most {saved.output_tokens} were saved")


with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "answer.txt")
    asyncio.run(main(path))
    print(f"{path.name} has {path.stat().st_size} bytes")
