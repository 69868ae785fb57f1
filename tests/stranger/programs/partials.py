"""Show an object while it arrives, then use the whole one."""

from pydantic import BaseModel

import streamkit as sk
from streamkit import operators as ops


class Moon(BaseModel):
    name: str
    planet: str
    radius_km: int


stream = sk.stream("openai/gpt-5-mini", "Describe Europa.", response_model=Moon)
for moon in stream.pipe(ops.partial(Moon)):
    fields = [moon.name, moon.planet, moon.radius_km]
    done = sum(field is not None for field in fields)
    print(f"[{'#' * done:<3}] {moon.name or ''}")

whole = stream.run().parsed
print(repr(whole))
