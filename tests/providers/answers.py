"""One answer with everything in it, in each wire format: thinking, a text, two tool calls at once, usage."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, TypeAlias

from streamkit.testing import aws_frame, chat_event, gemini_event, ollama_line
from tests.wire import converse, formats, responses
from tests.wire.outcome import DONE

Begin: TypeAlias = Callable[[int], Any]
Calls: TypeAlias = Sequence[tuple[str, str, dict[str, Any]]]
THINKING, TEXT = ("Hm, ", "moons."), ("Eu", "ropa")
CALLS: Calls = (("c0", "look_up", {"moon": "Io"}), ("c1", "ping", {}))
"""Of each call: its id, its name and its arguments; the second tool takes none."""
# What was used: the figures of the answer, of which some are of cached input and of thinking.
INPUT, OUTPUT, CACHED, REASONING = 20, 9, 4, 5

_FRAGMENTS = (("{", '"mo', 'on": ', '"Io"}'), ('{"m', 'oon": "Ti', 'tan", ', '"depth": 3}'))
WOVEN: tuple[dict[str, Any], ...] = tuple(json.loads("".join(fragments)) for fragments in _FRAGMENTS)
"""The arguments of two calls that arrive in turns."""
TURNS = [(at, _FRAGMENTS[at][step]) for step in range(len(_FRAGMENTS[0])) for at in (1, 0)]
"""The fragments of these arguments, each with its call's index; the second call comes first."""


def in_order(
    begin: Begin, fragment: Callable[[int, str], Any], end: Begin | None, calls: Calls, woven: bool
) -> list[Any]:
    """Return the events of calls one after the other, each in two fragments or none, or of two calls in turns.

    Args:
        begin: A function that makes the event that begins a call.
        fragment: A function that makes the event with a fragment of its arguments.
        end: A function that makes the event that ends it, where the format has one.
        calls: The calls.
        woven: True for two calls in turns, with the arguments of ``WOVEN``.
    """
    if woven:
        events = [[begin(at) for at in range(2)], [fragment(at, text) for at, text in TURNS]]
        return [*chain(*events), *([] if end is None else [end(at) for at in range(2)])]
    found: list[Any] = []
    for at, (_, _, arguments) in enumerate(calls):
        text = json.dumps(arguments) if arguments else ""
        found += [begin(at), *(fragment(at, each) for each in (text[:5], text[5:]) if each)]
        found += [] if end is None else [end(at)]
    return found


def chat(*, calls: Calls = CALLS, woven: bool = False) -> list[bytes]:
    """Tell it in chat completions."""
    usage: dict[str, Any] = {"prompt_tokens": INPUT, "completion_tokens": OUTPUT, "total_tokens": INPUT + OUTPUT}
    usage |= {"prompt_tokens_details": {"cached_tokens": CACHED}}
    usage |= {"completion_tokens_details": {"reasoning_tokens": REASONING}}

    def begin(at: int) -> bytes:
        call_id, name, _ = calls[at]
        function = {"name": name, "arguments": ""}
        return chat_event({"tool_calls": [{"index": at, "id": call_id, "type": "function", "function": function}]})

    def fragment(at: int, text: str) -> bytes:
        return chat_event({"tool_calls": [{"index": at, "function": {"arguments": text}}]})

    return [
        *(chat_event({"reasoning_content": each}) for each in THINKING),
        *(chat_event({"content": each}) for each in TEXT),
        *in_order(begin, fragment, None, calls, woven),
        chat_event({}, finish="tool_calls"),
        chat_event(None, usage=usage),
        DONE,
    ]


def of_responses(*, calls: Calls = CALLS, woven: bool = False) -> list[bytes]:
    """Tell it in events of the Responses API."""
    usage: dict[str, Any] = {"input_tokens": INPUT, "output_tokens": OUTPUT, "total_tokens": INPUT + OUTPUT}
    usage |= {"input_tokens_details": {"cached_tokens": CACHED}}
    usage |= {"output_tokens_details": {"reasoning_tokens": REASONING}}
    plain = [json.dumps(arguments) if arguments else "" for _, _, arguments in calls]
    whole = [json.dumps(each) for each in WOVEN] if woven else plain

    def item(make: Callable[..., responses.Event], at: int, arguments: str) -> responses.Event:
        call_id, name, _ = calls[at]
        return make(at + 2, "function_call", call_id=call_id, name=name, arguments=arguments)

    events = in_order(
        lambda at: item(responses.begun, at, ""),
        lambda at, text: responses.arguments(at + 2, text),
        lambda at: item(responses.ended, at, whole[at]),
        calls,
        woven,
    )
    thinking = [responses.delta(each, 0, kind="reasoning_summary_text") for each in THINKING]
    text = [responses.delta(each, 1) for each in TEXT]
    return responses.sent(responses.CREATED, *thinking, *text, *events, responses.over(usage=usage))


def anthropic(*, calls: Calls = CALLS, woven: bool = False) -> list[bytes]:
    """Tell it in Anthropic's blocks."""
    events = in_order(
        lambda at: formats.start(at + 2, "tool_use", id=calls[at][0], name=calls[at][1], input={}),
        lambda at, text: formats.arguments(at + 2, text),
        lambda at: formats.stop(at + 2),
        calls,
        woven,
    )
    end = formats.event(
        "message_delta",
        delta={"stop_reason": "tool_use", "stop_sequence": None},
        usage={"output_tokens": OUTPUT, "output_tokens_details": {"thinking_tokens": REASONING}},
    )
    return [
        formats.begin(input_tokens=INPUT, output_tokens=1, cache_read_input_tokens=CACHED),
        formats.start(0, "thinking", thinking="", signature=""),
        *(formats.delta(0, "thinking_delta", thinking=each) for each in THINKING),
        formats.delta(0, "signature_delta", signature="signed"),
        formats.stop(0),
        formats.start(1, text=""),
        *(formats.text(1, each) for each in TEXT),
        formats.stop(1),
        *events,
        end,
        formats.STOP,
    ]


def cohere(*, calls: Calls = CALLS, woven: bool = False) -> list[bytes]:
    """Tell it in Cohere's events."""
    events = in_order(
        lambda at: formats.begin_call(at, calls[at][0], calls[at][1]),
        formats.call,
        lambda at: formats.event("tool-call-end", index=at),
        calls,
        woven,
    )
    usage = {"tokens": {"input_tokens": INPUT, "output_tokens": OUTPUT, "reasoning_tokens": REASONING}}
    return [
        formats.event("message-start", id="c-1", delta={"message": {"role": "assistant"}}),
        *(formats.part("content-delta", 0, content={"thinking": each}) for each in THINKING),
        *(formats.says(each, 1) for each in TEXT),
        *events,
        formats.message_end("TOOL_CALL", usage={**usage, "cached_tokens": CACHED}),
        DONE,
    ]


def gemini(*, calls: Calls = CALLS) -> list[bytes]:
    """Tell it in Gemini's events, whose calls come whole: here both in one."""
    usage = {"promptTokenCount": INPUT, "candidatesTokenCount": OUTPUT, "cachedContentTokenCount": CACHED}
    named = [{"id": call_id, "name": name, **({"args": given} if given else {})} for call_id, name, given in calls]
    return [
        *(gemini_event({"text": each, "thought": True}) for each in THINKING),
        *(gemini_event(each) for each in TEXT),
        gemini_event(*({"functionCall": each} for each in named)),
        gemini_event("", finish="STOP", usageMetadata={**usage, "thoughtsTokenCount": REASONING}),
    ]


def ollama(*, calls: Calls = CALLS) -> list[bytes]:
    """Tell it in Ollama's lines, whose calls come whole: here both in one."""
    tool_calls = [{"id": each[0], "function": {"name": each[1], "arguments": each[2]}} for each in calls]
    used: dict[str, Any] = {"prompt_eval_count": INPUT, "eval_count": OUTPUT}
    return [
        *(ollama_line({"thinking": each}) for each in THINKING),
        *(ollama_line({"content": each}) for each in TEXT),
        ollama_line({"tool_calls": tool_calls}),
        ollama_line(done=True, done_reason="stop", **used),
    ]


def bedrock(*, calls: Calls = CALLS, woven: bool = False) -> list[bytes]:
    """Tell it in frames of ConverseStream."""
    events = in_order(
        lambda at: converse.call(at + 2, calls[at][0], calls[at][1]),
        lambda at, text: converse.arguments(at + 2, text),
        lambda at: converse.stop(at + 2),
        calls,
        woven,
    )
    usage = {"inputTokens": INPUT, "outputTokens": OUTPUT, "cacheReadInputTokens": CACHED}
    return [
        converse.BEGIN,
        *(converse.delta(0, reasoningContent={"text": each}) for each in THINKING),
        converse.stop(0),
        *(converse.delta(1, text=each) for each in TEXT),
        converse.stop(1),
        *events,
        converse.end("tool_use"),
        aws_frame("metadata", {"usage": usage, "metrics": {"latencyMs": 1}}),
    ]
