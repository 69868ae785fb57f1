"""Ask many prompts, two at a time, and keep the answers when one fails."""

import asyncio

import streamkit as sk

LIMITS = sk.Limits(concurrency=2, rpm=500)


async def main() -> None:
    prompts = ["Io", "Europa", "Titan", "Rhea"]
    streams = [sk.stream("openai/gpt-5-mini", f"Describe {prompt}.", limits=LIMITS) for prompt in prompts]
    results = await asyncio.gather(*streams, return_exceptions=True)
    for prompt, result in zip(prompts, results, strict=True):
        if isinstance(result, BaseException):
            print(f"{prompt}: {type(result).__name__}")
        else:
            print(f"{prompt}: {result.content}")


asyncio.run(main())
