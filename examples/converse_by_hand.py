"""A model and its tools, by hand over OpenAI's SDK and as one stream; then the connection breaks. Offline."""

import json
from typing import Any

import openai

import streamkit as sk
from streamkit.testing import FaultServer, chat_events, chat_tool_events, plan

bookings: list[str] = []


def book(moon: str, seats: int = 1) -> str:
    """Book seats on a flight to a moon."""
    bookings.append(f"{seats} to {moon}")
    return "booked"


def by_hand(address: str) -> str:
    """Answer in twenty lines, in which an answer that broke off looks like any other."""
    client = openai.OpenAI(base_url=address, api_key="k")
    messages: list[Any] = [{"role": "user", "content": "Three to Io!"}]
    while True:
        text, calls = "", dict[int, Any]()
        for chunk in client.chat.completions.create(model="m", messages=messages, tools=SCHEMAS, stream=True):
            for choice in chunk.choices:
                text += choice.delta.content or ""
                for delta in choice.delta.tool_calls or ():
                    empty = {"id": "", "type": "function", "function": {"name": "", "arguments": ""}}
                    call = calls.setdefault(delta.index, empty)
                    call["id"] += delta.id or ""
                    if delta.function:
                        call["function"]["name"] += delta.function.name or ""
                        call["function"]["arguments"] += delta.function.arguments or ""
        messages.append({"role": "assistant", "content": text, **({"tool_calls": [*calls.values()]} if calls else {})})
        if not calls:
            return text
        for call in calls.values():
            result = book(**json.loads(call["function"]["arguments"]))
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": result})


def as_one_stream(address: str) -> str:
    """Answer in one line."""
    return sk.converse("openai/m", "Three to Io!", tools=[book], base_url=address, api_key="k").run().content


PARAMETERS = {"type": "object", "properties": {"moon": {"type": "string"}, "seats": {"type": "integer"}}}
SCHEMAS: list[Any] = [{"type": "function", "function": {"name": "book", "parameters": PARAMETERS}}]
calls = chat_tool_events(("book", '{"moon": "Io"}'), ("book", '{"moon": "Titan", "seats": 3}'))
last = plan("none", chat_events("Have a good flight."))
for answer in (plan("none", calls), plan("cut", calls, at=len(calls) - 2)):  # the second breaks off before its end
    for way in (by_hand, as_one_stream):
        bookings.clear()
        with FaultServer([answer, last]) as server:
            try:
                print(f"{way.__name__:14}", repr(way(f"{server.base_url}/v1")), bookings)
            except sk.TruncatedError as error:
                print(f"{way.__name__:14}", f"TruncatedError: {error}", bookings)
