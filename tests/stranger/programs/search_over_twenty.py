"""Ask twenty prompts, five at a time, and take the first answer that is a Moon."""

import asyncio

from pydantic import BaseModel

import streamkit as sk


class Moon(BaseModel):
    name: str
    radius_km: int


async def main() -> None:
    prompts = [f"Attempt {number}: name a moon and its radius as JSON." for number in range(20)]
    found = await sk.search(prompts, accept=Moon, model="openai/gpt-5-mini", concurrency=5)
    if found:
        print(found.value.name, found.value.radius_km, "by candidate", found.winner)
    print(found.ledger.calls, "calls")


asyncio.run(main())
