"""The fields of a chunk: text, finish reason, usage, and the SDK's own object. Offline by replay.

With a key: change the model to "claude-sonnet-5", `sk.call` to `sk.anthropic.call`, and set ANTHROPIC_API_KEY.
"""

import streamkit as sk


@sk.call("replay/anthropic", speed=4)
def ask(what: str) -> str:
    """Return the prompt."""
    return f"Which moons may hold {what}?"


stream = ask("life")
for number, (chunk, _) in enumerate(stream):
    if chunk.thinking:
        print(f"{number}: thinking {chunk.thinking!r}")
    elif chunk.content:
        print(f"{number}: text {chunk.content!r}")
    elif chunk.finish_reasons:
        print(f"{number}: {chunk.finish_reasons} is {chunk.common_finish_reasons}, {chunk.output_tokens} tokens")
    else:
        # The provider's event as its JSON, and as the SDK's own object, which is built on first access.
        print(f"{number}: {chunk.raw['type']} is a {type(chunk.chunk).__name__}")

response = stream.construct_call_response()
print(f"the whole: a {type(response.response).__name__} of {response.model}, {response.usage}")
