"""Tools: a tool call as it arrives, its result, and the next turn, with a server on the loopback.

With a key: change the model to "openai/gpt-5-mini", omit base_url, and set OPENAI_API_KEY.
"""

from typing import Any

import streamkit as sk
from streamkit.testing import FaultServer, chat_events, chat_tool_events, plan

PLANS = [
    plan("none", chat_tool_events(("get_orbit", '{"moon": "Io"}'), ("get_orbit", '{"moon": "Europa"}'))),
    plan("none", chat_events("Io takes 1.8 days, ", "Europa 3.6.")),
]


def get_orbit(moon: str) -> str:
    """Look up how long a moon takes around its planet.

    Args:
        moon: Its English name.
    """
    return {"Io": "1.8 days", "Europa": "3.6 days"}.get(moon, "unknown")


with FaultServer(PLANS) as server:

    @sk.call("vllm/model", tools=[get_orbit], partial_tools=True, base_url=f"{server.base_url}/v1")
    def ask(history: list[Any]) -> list[Any]:
        """Return the conversation."""
        return history

    history: list[Any] = [sk.Messages.User("When will Io and Europa be back?")]
    stream = ask(history)
    outputs: list[tuple[sk.ToolCall, str]] = []
    for _, tool in stream:
        if isinstance(tool, sk.PartialToolCall):
            print(f"  delta {tool.delta!r} of {tool.name}")
        elif tool:
            outputs.append((tool, tool.call()))
            print(f"{tool.name}({tool.args}) gave {outputs[-1][1]!r}")

    history += [stream.message_param, *stream.tool_message_params(outputs)]
    for chunk, _ in ask(history):
        print(chunk.content, end="", flush=True)
    print(f"\n{len(server.requests)} requests, {len(history)} messages")
