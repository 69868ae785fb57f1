"""Best of n: send eight requests, take the first valid itinerary, stop paying for the others. Offline.

With a key: `ask = lambda at: sk.stream("openai/gpt-5-mini", PROMPT, temperature=1, max_tokens=300)`.
"""

import asyncio
import json

from pydantic import BaseModel, Field, model_validator

import streamkit as sk
from streamkit.testing import Script, chat_events

PROMPT = "Plan a tour of three moons of Jupiter or Saturn, as JSON: moons, and days on each."


class Tour(BaseModel):
    """The type of a good answer."""

    moons: list[str] = Field(min_length=3, max_length=3)
    days: list[int]

    @model_validator(mode="after")
    def one_stay_a_moon(self) -> "Tour":
        """Reject a tour that does not add up."""
        if len(self.days) != len(self.moons):
            raise ValueError("as many stays as moons")
        return self


def ask(at: int) -> sk.Stream:
    """Play a model that is careless most of the time, and sometimes slow."""
    days = [3, 4, 2] if at == 5 else [3, 4]
    text = f"Gladly! {json.dumps({'moons': ['Io', 'Europa', 'Titan'], 'days': days})} " + "I hope it helps. " * 40
    first, *events = chat_events(*(text[at : at + 6] for at in range(0, len(text), 6)))
    steps = [step for event in events for step in (0.002 + 0.001 * (at % 3), event)]
    return Script([first, *steps]).stream(PROMPT, max_tokens=300)


async def main() -> None:
    found = await sk.race([ask(at) for at in range(8)], accept=Tour)
    print(f"number {found.winner} wins: {found.value}")
    await found.closed()
    for row in found.ledger:
        about = "about " if row.usage and row.usage.source == "estimated" else ""
        tokens = row.usage.output_tokens if row.usage else 0
        print(f"  {row.index}: {row.verdict:9} {row.chars:4} characters, {about}{tokens} tokens")
    print(f"{found.ledger}; up to {found.ledger.saved_tokens} tokens saved")


asyncio.run(main())
