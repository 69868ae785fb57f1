"""Hedging: call a second provider if the first is slow, and close the loser. Offline by replay.

With keys: "openai/gpt-5-mini" and "anthropic/claude-haiku-4-5", with `after=` the usual seconds until their first text.
"""

import asyncio

import streamkit as sk

QUESTION = "Which moons may hold life?"


async def main() -> None:
    """Call a provider that thinks before it answers, and another one if that takes too long."""
    first = sk.stream("replay/anthropic", QUESTION, speed=20)
    unsent = sk.stream("replay/openai", QUESTION)
    found = await sk.hedge([first, unsent], after=10)
    print(f"in time: number {found.winner} answers, and the second was {found.ledger[1].verdict}")

    slow = sk.stream("replay/anthropic", QUESTION, speed=0.1)
    quick = sk.stream("replay/openai", QUESTION, speed=4)
    found = await sk.hedge([slow, quick], after=0.2)
    assert found.response is not None
    print(f"too late: number {found.winner} answers, {found.response.state}: {found.response.content[:49]} …")
    await found.closed()
    print(f"{found.ledger}; the slow one was closed in {found.ledger[0].close_ms:.1f} ms")


asyncio.run(main())
