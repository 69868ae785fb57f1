"""Reasoning tags: a server that sends <think> in the text, split into thinking and answer. Offline."""

from streamkit import operators as ops
from streamkit.testing import Script, chat_events

FRAGMENTS = [
    "<th",
    "ink>\nEuropa has an ocean",
    " under its ice.\n</thi",
    "nk>\n\n",
    "Europa, perhaps. ",
    "Use <think> with care.",
]

stream = Script(chat_events(*FRAGMENTS)).stream("Which moon may hold life?")
for chunk in stream.pipe(ops.route_tags("think")):
    if chunk.thinking:
        print(f"thinking  {chunk.thinking!r}")
    if chunk.content:
        print(f"answer    {chunk.content!r}")

response = stream.pipe(ops.route_tags("think"), ops.to_response()).run()
print(f"\nthe answer alone: {response.content}")
