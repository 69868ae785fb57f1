"""Chat in the terminal until an empty line."""

from typing import Any

import streamkit as sk

history: list[sk.BaseMessageParam | dict[str, Any]] = [sk.Messages.System("Answer in one sentence.")]
while question := input("you: "):
    history.append(sk.Messages.User(question))
    stream = sk.stream("openai/gpt-5-mini", history)
    print("model: ", end="")
    for piece in stream.text():
        print(piece, end="", flush=True)
    print()
    history.append(stream.message_param)
