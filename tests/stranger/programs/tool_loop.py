"""Let the model call a function until it answers in words."""

from typing import Any

import streamkit as sk


def get_orbit(moon: str) -> str:
    """Look up how long a moon takes around its planet."""
    return {"Io": "1.8 days", "Europa": "3.6 days"}.get(moon, "unknown")


messages: list[sk.BaseMessageParam | dict[str, Any]] = [sk.Messages.User("How long do Io and Europa take?")]
while True:
    stream = sk.stream("openai/gpt-5-mini", messages, tools=[get_orbit])
    results: list[tuple[sk.ToolCall, str]] = []
    for chunk, tool in stream:
        print(chunk.content, end="", flush=True)
        if tool:
            results.append((tool, tool.call()))
    if not results:
        break
    messages += [stream.message_param, *stream.tool_message_params(results)]
print()
