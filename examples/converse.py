"""A model and its tools, turn after turn, as one stream with one history. Offline by a scripted provider.

With a key: leave the two lines of the scripted provider out, and write "openai/gpt-5-mini" as the model.
"""

import streamkit as sk
from streamkit.testing import Script, ScriptedProvider, chat_events, chat_tool_events


def orbit(moon: str) -> str:
    """Look up how many days a moon takes for its orbit."""
    return {"Io": "1.8 days", "Europa": "3.6 days"}[moon]


turns = [
    Script(chat_tool_events(("orbit", '{"moon": "Io"}'), ("orbit", '{"moon": "Europa"}'))),
    Script(chat_events("Io takes 1.8 days, ", "Europa 3.6.")),
]
sk.register_provider("scripted-moons", ScriptedProvider(*turns, name="scripted-moons"))

conversation = sk.converse("scripted-moons/small", "How long do Io and Europa take?", tools=[orbit])
for text in conversation.text():
    print(text, end="", flush=True)
print()
for result in conversation.response.tool_results:
    print(result.call.name, result.call.arguments, "->", result.output)
print(len(conversation.response.turns), "turns;", len(conversation.response.history), "messages")
