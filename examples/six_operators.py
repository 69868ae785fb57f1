"""Six operators in one pipe: meter, limit, text, until, sentences, save. Offline by replay.

With a key: change the model to "openai/gpt-5-mini" and set OPENAI_API_KEY.
"""

import asyncio
import tempfile
from pathlib import Path

import streamkit as sk
from streamkit import operators as ops


async def main(path: Path) -> None:
    """Print sentences until the answer comes to Titan, then the tokens used and saved."""
    reports: list[sk.Metrics] = []
    stream = sk.stream("replay/openai", "Which moons may hold life?", max_tokens=300)
    spoken = stream.pipe(
        ops.meter(reports.append),  # called when the pipe ends, however it ends
        ops.limit(200),  # tokens, at most
        ops.text(),
        ops.until("Titan", inclusive=False),  # found across the borders of chunks
        ops.sentences(),  # each one once its end is certain
        ops.save(path),
    )
    async for sentence in spoken:
        print(f"“{sentence.strip()}”")
    print(f"the call was {stream.state} by {stream.response.stopped_by}, after {reports[0].chunks} chunks")
    usage, saved = stream.usage, stream.response.saved
    if usage and saved:
        print(f"about {usage.output_tokens} tokens arrived, at most {saved.output_tokens} were saved")


with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "answer.txt")
    asyncio.run(main(path))
    print(f"{path.name} has {path.stat().st_size} bytes")
