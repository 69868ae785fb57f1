"""Prompts: one question written in four forms, each answer printed as it arrives. Offline by replay.

With a key: change MODEL to "openai/gpt-5-mini" and set OPENAI_API_KEY.
"""

import streamkit as sk

MODEL = "replay/openai"


@sk.call(MODEL)
def by_text(what: str) -> str:
    """Return the user's message."""
    return f"Which moons may hold {what}?"


@sk.call(MODEL)
def by_messages(what: str) -> list[sk.BaseMessageParam]:
    """Return messages by their short names."""
    return [sk.Messages.System("You are an astronomer."), sk.Messages.User(f"Which moons may hold {what}?")]


@sk.call(MODEL)
@sk.prompt_template("SYSTEM: You are an astronomer.\nUSER: Which moons may hold {what}?")
def by_template(what: str) -> None:
    """Leave the prompt to the template."""


@sk.call(MODEL)
def by_params(what: str) -> list[sk.BaseMessageParam]:
    """Return messages by their roles."""
    return [sk.BaseMessageParam(role="user", content=f"Which moons may hold {what}?")]


for ask in (by_text, by_messages, by_template, by_params):
    stream = sk.override(ask, call_params={"speed": 4})("life")
    print(f"{ask.__name__}, {len(stream.messages)} message(s): ", end="")
    for chunk, _ in stream:
        print(chunk.content, end="", flush=True)
    print(f"\n{stream.finish_reasons}, {stream.input_tokens} tokens in, {stream.output_tokens} out\n")
