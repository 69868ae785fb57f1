"""Use the client that the rest of a program has configured already."""

from openai import OpenAI

import streamkit as sk

client = OpenAI(default_headers={"x-team": "moons"})
stream = sk.stream("openai/gpt-5-mini", "Which moons?", client=client)
for piece in stream.text():
    print(piece, end="", flush=True)
print()
