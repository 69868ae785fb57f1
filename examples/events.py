"""Events: show an answer block by block with one `match`, and what is open when the connection breaks. Offline.

With a key: change `stream` to sk.stream("openai/gpt-5-mini", "…") and set OPENAI_API_KEY.
"""

import streamkit as sk
from streamkit import events
from streamkit import operators as ops
from streamkit.testing import Script, chat_event

CALL = {"index": 0, "id": "call_1", "function": {"name": "get_orbit", "arguments": '{"moon": "Io"}'}}
ANSWER = [
    chat_event({"reasoning": "The user "}),
    chat_event({"reasoning": "wants orbits."}),
    chat_event({"content": "I look "}),
    chat_event({"content": "it up."}),
    chat_event({"tool_calls": [CALL]}),
    chat_event({}, finish="tool_calls"),
    chat_event(None, usage={"prompt_tokens": 12, "completion_tokens": 20}),
    b"data: [DONE]\n\n",
]


def show(stream: sk.Stream) -> None:
    """Print every event of an answer."""
    for event in stream.pipe(ops.events()):
        match event:
            case events.ThinkingStart(id=block) | events.TextStart(id=block):
                print(f"block {block}: ", end="")
            case events.ThinkingDelta(text=text):
                print(f"({text})", end="")
            case events.TextDelta(text=text):
                print(text, end="")
            case events.ThinkingEnd() | events.TextEnd():
                print()
            case events.ToolInputEnd(id=block, name=name, arguments=arguments):
                print(f"block {block}: {name}({arguments})")
            case events.Finish(common_finish_reasons=reasons, usage=usage):
                print(f"finished: {reasons}, {usage and usage.output_tokens} tokens")
            case events.Error(error=error, blocks=blocks):
                print(f"\nfailed while {blocks} were open: {error}")
            case _:
                pass


show(Script(ANSWER).stream("Where is Io?"))
try:
    show(Script(ANSWER[:3]).stream("Where is Io?"))
except sk.TruncatedError as cut:
    print(f"raised: {type(cut).__name__}")
