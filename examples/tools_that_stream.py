"""Tools that stream: progress, parts of a result, and a tool that asks another model, offline by scripted answers.

With a key: use sk.stream("openai/gpt-5-mini", …, tools=TOOLS) for both models, and set OPENAI_API_KEY.
"""

from collections.abc import AsyncIterator

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events, chat_tool_events


def drill(metres: int, context: sk.ToolContext) -> str:
    """Drill into the ice.

    Args:
        metres: The depth to reach.
        context: The context of the call, which the model does not see.
    """
    for depth in range(1, metres + 1):
        if context.wait(0.01):  # nobody waits for the result any more
            return f"given up at {depth} m"
        context.progress(depth, total=metres)
    return f"water at {metres} m, under the key {context.key[:4]}…"


async def survey(moon: str) -> AsyncIterator[str]:
    """Look at a moon from pole to pole."""
    for region in ("ice", "cracks", "salt"):
        yield f"{region} on {moon}; "


def ask_expert(question: str) -> sk.Stream:
    """Ask somebody who knows moons."""
    return Script(chat_events("Its ocean ", "is twice ", "as large as ours.")).stream(question)


calls = chat_tool_events(
    ("drill", '{"metres": 3}'), ("survey", '{"moon": "Europa"}'), ("ask_expert", '{"question": "How large?"}')
)
stream = Script(calls).stream("What do we know of Europa?", tools=[drill, survey, ask_expert])
results: list[sk.ToolResult] = []
for event in stream.pipe(ops.run_tools(drill, survey, ask_expert, timeout=30, updates=True)):
    if isinstance(event, sk.ToolResult):
        results.append(event)
        print(f"{event.call.name} is {event.state}: {event.text}")
    elif event.progress:
        print(f"{event.call.name}: {event.progress.done} of {event.progress.total} m")
    elif event.text:
        print(f"{event.call.name}: {event.text!r}")
print(f"{len(stream.tool_message_params(results))} messages for the next turn")
