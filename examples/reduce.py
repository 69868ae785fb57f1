"""Reduce: three providers at once, each stream reduced to a Response and a line of metrics. Offline by replay.

With keys: "openai/gpt-5-mini", "anthropic/claude-haiku-4-5" and "cohere/command-a-03-2025".
"""

import asyncio

import streamkit as sk
from streamkit import operators as ops

MODELS = ("replay/openai", "replay/anthropic", "replay/cohere")


async def ask(model: str) -> tuple[sk.Response, sk.Metrics]:
    """Return the whole answer, and its metrics."""
    reports: list[sk.Metrics] = []
    stream = sk.stream(model, "Which moons may hold life?")
    response = await stream.pipe(ops.meter(reports.append), ops.to_response())
    return response, reports[0]


async def main() -> None:
    """Print the answers one below the other, in the order of the models."""
    for model, (response, metrics) in zip(MODELS, await asyncio.gather(*map(ask, MODELS)), strict=True):
        print(f"{model}: {response.content.partition('. ')[0]} …")
        thought = f", {len(response.thinking)} characters of thinking first" if response.thinking else ""
        rate = f"{metrics.chars_per_second:.0f} characters a second" if metrics.chars_per_second else "at once"
        print(f"  {response.state}: {response.output_tokens} tokens, {rate}{thought}\n")


asyncio.run(main())
