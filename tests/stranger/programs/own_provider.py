"""Register a server of one's own, and ask it by its model string."""

import os

import streamkit as sk


class Observatory(sk.Provider):
    name = "observatory"
    api = "openai_compatible.chat"
    base_url = os.environ["OBSERVATORY_URL"]
    keys = ("OBSERVATORY_API_KEY",)


sk.register_provider("observatory", Observatory())

for piece in sk.stream("observatory/small", "Which moon?").text():
    print(piece, end="", flush=True)
print()
