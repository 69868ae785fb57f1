"""Batch search: prompts of a file, three at a time, until two answers name Enceladus; stopped, then resumed.

Offline by replay.
With a key: change the model to "openai/gpt-5-mini" and set OPENAI_API_KEY. On the command line it is
`streamkit search prompts.txt --accept Enceladus --keep 2 --concurrency 3 --journal search.jsonl -m replay/openai`.
"""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import streamkit as sk

PROMPTS = ["Where is Europa on its orbit?", "Which moons?", "which moons may hold life?", "Which moons may hold life?"]


def lines(path: Path) -> Iterator[str]:
    """Yield the prompts as slots become free; the file is closed with the search."""
    with path.open() as file:
        yield from (line.strip() for line in file if line.strip())


def show(accepted: sk.AcceptedResult) -> None:
    print(f"  prompt {accepted.index}, {accepted.candidate!r}: …{accepted.response.content[-30:]!r}")


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        prompts, journal = Path(folder, "prompts.txt"), Path(folder, "search.jsonl")
        prompts.write_text("\n".join(PROMPTS))  # noqa: ASYNC240 - a few lines

        async def search(keep: int) -> sk.SearchResult:
            return await sk.search(
                lines(prompts),
                accept="Enceladus",
                keep=keep,
                model="replay/openai",
                speed=10,
                concurrency=3,
                budget=sk.Budget(seconds=30),
                journal=journal,
                on_accepted=show,
            )

        print("the first:")
        print(f"  {(await search(1)).ledger}")
        print("and one more; what was answered is not sent again:")
        print(f"  {(await search(2)).ledger}")


asyncio.run(main())
