"""What was kept on the code before the move: answers, errors, chunks and values, each made from a script of its own."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import (
    FaultServer,
    Script,
    anthropic_events,
    bedrock_events,
    chat_event,
    chat_events,
    chat_tool_events,
    cohere_events,
    cohere_v1_lines,
    gemini_event,
    gemini_events,
    invoke_events,
    ollama_line,
    ollama_lines,
    plan,
    responses_events,
    whole_body,
)

DONE = b"data: [DONE]\n\n"


class Moon(BaseModel):
    """A moon, as an answer to a typed call names it."""

    name: str
    radius_km: int


def look_up(moon: str, unit: str = "km") -> str:
    """Look up how large a moon is."""
    return f"{moon}: 1821 {unit}"


def named(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


# Responses


def complete() -> sk.Response:
    return Script(chat_events("Euro", "pa")).stream("Which moon?").run()


def stopped() -> sk.Response:
    words = [chat_event({"content": word}) for word in ("Io ", "and ", "Europa ", "and ", "Titan ")]
    with Script([*words, None]).stream("Which moons?", max_tokens=500) as stream:
        stream.pipe(ops.text(), ops.limit(chars=12), ops.join()).run()
    return stream.response


def failed() -> sk.Response:
    stream = Script(chat_events("Eu", "ro", finish=None)).stream("Which moon?")
    try:
        stream.run()
    except sk.TruncatedError:
        return stream.response
    raise AssertionError


def with_tools() -> sk.Response:
    events = chat_tool_events(("look_up", '{"moon": "Io"}'), ("look_up", '{"moon": "Europa", "unit": "miles"}'))
    return Script(events).stream("How large?", tools=[look_up]).run()


def with_a_cut_tool() -> sk.Response:
    events = [*chat_tool_events(("look_up", '{"moon": "Io"}'), finish=None, done=False)[:2], None]
    with Script(events).stream("How large?", tools=[look_up]) as stream:
        for chunk, _ in stream:
            if chunk.tool_calls:
                break
    return stream.response


def typed() -> sk.Response:
    events = chat_events('{"name": "Io", ', '"radius_km": 1821}')
    with FaultServer(plan("none", [whole_body(events)])) as server:

        @sk.call("vllm/m", response_model=Moon, stream=False, base_url=server.base_url)
        def ask() -> str:
            return "Which moon?"

        return ask()


def with_audio() -> sk.Response:
    sound = base64.b64encode(bytes(range(8))).decode()
    deltas: list[dict[str, Any]] = [{"id": "audio_1", "transcript": "Hel"}, {"transcript": "lo"}, {"data": sound}]
    return Script([*(chat_event({"audio": each}) for each in deltas), DONE]).stream("Say hello").run()


def with_usage() -> sk.Response:
    usage = {
        "prompt_tokens": 70,
        "completion_tokens": 9,
        "total_tokens": 79,
        "prompt_tokens_details": {"cached_tokens": 64},
        "completion_tokens_details": {"reasoning_tokens": 5, "audio_tokens": 1},
    }
    events = [*chat_events("Io", usage=False, done=False), chat_event(None, usage=usage), DONE]
    return Script(events).stream("Which moon?").run()


def of_two_choices() -> sk.Response:
    events = [
        *(chat_event({"content": "Io"}), chat_event({"content": "Eu"}, index=1), chat_event({"refusal": "I cannot"})),
        *(chat_event({"content": "ropa"}, index=1), chat_event({}, finish="stop")),
        *(chat_event({}, finish="length", index=1), DONE),
    ]
    return Script(events).stream("Which moons?", n=2).run()


def with_thinking() -> sk.Response:
    def delta(index: int, kind: str, **fields: Any) -> bytes:
        return named("content_block_delta", index=index, delta={"type": kind, **fields})

    def block(index: int, kind: str, *deltas: bytes, **fields: Any) -> list[bytes]:
        start = named("content_block_start", index=index, content_block={"type": kind, **fields})
        return [start, *deltas, named("content_block_stop", index=index)]

    first, *_, reason, last = anthropic_events("")
    thought = (delta(0, "thinking_delta", thinking="Hm"), delta(0, "signature_delta", signature="signed"))
    cited = delta(2, "citations_delta", citation={"type": "page_location", "cited_text": "Io"})
    events = [
        *(first, *block(0, "thinking", *thought), *block(1, "redacted_thinking", data="sealed")),
        *(*block(2, "text", delta(2, "text_delta", text="Io"), cited, text=""), reason, last),
    ]
    return Script(events).stream("Which moon?", api="anthropic.messages", vendor="anthropic").run()


def with_an_image() -> sk.Response:
    picture = {"inlineData": {"mimeType": "image/png", "data": base64.b64encode(b"\x89PNG").decode()}}
    events = [gemini_event({"text": "Io:"}), gemini_event(picture, finish="STOP")]
    return Script(events).stream("Draw a moon", api="gemini.generate_content", vendor="google").run()


def with_a_plan() -> sk.Response:
    call = {"id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": ""}}
    delta = {"message": {"tool_calls": {"function": {"arguments": '{"moon": "Io"}'}}}}
    usage = {"tokens": {"input_tokens": 7, "output_tokens": 9}}
    events = [
        named("message-start", id="c-1", delta={"message": {"role": "assistant"}}),
        named("tool-plan-delta", delta={"message": {"tool_plan": "I will look it up."}}),
        named("tool-call-start", index=0, delta={"message": {"tool_calls": call}}),
        named("tool-call-delta", index=0, delta=delta),
        named("tool-call-end", index=0),
        named("message-end", delta={"finish_reason": "TOOL_CALL", "usage": usage}),
    ]
    return Script(events).stream("How large?", api="cohere.v2.chat", vendor="cohere").run()


def unproven() -> sk.Response:
    return sk.from_async(_texts()).run()


async def _texts() -> AsyncIterator[str]:
    yield "Euro"
    yield "pa"


RESPONSES: dict[str, Callable[[], sk.Response]] = {
    each.__name__: each
    for each in (
        *(complete, stopped, failed, with_tools, with_a_cut_tool, typed, with_audio, with_usage, of_two_choices),
        *(with_thinking, with_an_image, with_a_plan, unproven),
    )
}


# Errors


def truncated() -> sk.StreamError:
    return _error_of(chat_events("Eu", "ro", finish=None))


def refused() -> sk.StreamError:
    return _error_of([sk.RateLimited("Slow down.", provider="openai", status=429, code="busy", retry_after=1.5)])


def too_much() -> sk.StreamError:
    return _error_of(chat_events("Io is hot. ", "Europa is cold. ", "Titan has lakes."), caps=sk.Caps(text=30))


def wrong_arguments() -> sk.StreamError:
    return _error_of(chat_tool_events(("look_up", '{"planet": "Io"}')), tools=[look_up])


def in_the_stream() -> sk.StreamError:
    failure = {"error": {"message": "The server had an error.", "type": "server_error", "code": "oops"}}
    return _error_of([*chat_events("Io")[:2], f"data: {json.dumps(failure)}\n\n".encode()])


def no_such_type() -> sk.StreamError:
    events = chat_events('{"name": "Io", ', '"radius_km": "large"}')
    with FaultServer(plan("none", events)) as server:

        @sk.call("vllm/m", response_model=Moon, base_url=server.base_url)
        def ask() -> str:
            return "Which moon?"

        try:
            ask().run()
        except sk.MalformedError as error:
            return error
    raise AssertionError


def _error_of(events: Sequence[Any], **options: Any) -> sk.StreamError:
    stream = Script(events).stream("Which moon?", **options)
    try:
        for _ in stream:
            pass
    except sk.StreamError as error:
        return error
    raise AssertionError


ERRORS: dict[str, Callable[[], sk.StreamError]] = {
    each.__name__: each for each in (truncated, refused, too_much, wrong_arguments, in_the_stream, no_such_type)
}
ERROR_CLASSES = [
    each
    for name in sorted(sk.__all__)
    if isinstance(each := getattr(sk, name), type) and issubclass(each, sk.StreamError)
]


def every_error() -> list[sk.StreamError]:
    """Make one of each class, with all that an error may carry."""
    details: dict[str, Any] = {"retryable": True, "provider": "p", "request_id": "r", "status": 500, "code": "c"}
    call: dict[str, Any] = {"id": "call_1", "name": "look_up", "index": 1, "arguments_text": "{"}
    partial = sk.Response(content="Io", state="failed")
    return [
        cls("It broke.", partial=partial, retry_after=1.5, **details, **(call if cls is sk.ToolArgumentsError else {}))
        for cls in ERROR_CLASSES
    ]


# Chunks


def _lines_of_completions(*texts: str) -> list[bytes]:
    choices = [*({"index": 0, "text": text, "finish_reason": None} for text in texts)]
    choices.append({"index": 0, "text": "", "finish_reason": "stop"})
    return [*(f"data: {json.dumps({'id': 'c', 'choices': [each]})}\n\n".encode() for each in choices), DONE]


def _generated(*texts: str) -> list[bytes]:
    lines = [ollama_line(None, response=text, done=False) for text in texts]
    return [*lines, ollama_line(None, response="", done=True, done_reason="stop", eval_count=2)]


def _invoked(*texts: str) -> list[bytes]:
    events = [json.loads(each.partition(b"data: ")[2]) for each in anthropic_events(*texts)]
    return invoke_events(*events)


_EVENTS: dict[str, Callable[..., list[bytes]]] = {
    "anthropic.messages": anthropic_events,
    "bedrock.converse": bedrock_events,
    "bedrock.invoke": _invoked,
    "cohere.v1.chat": cohere_v1_lines,
    "cohere.v2.chat": cohere_events,
    "gemini.generate_content": gemini_events,
    "ollama.chat": ollama_lines,
    "ollama.generate": _generated,
    "openai.completions": _lines_of_completions,
}


def chunks_of(api: str) -> list[sk.Chunk]:
    """Read one answer in a wire format.

    Args:
        api: The format's name in ``sk.wire.APIS``.
    """
    events = _EVENTS.get(api) or (responses_events if api.endswith(".responses") else chat_events)
    vendor = sk.wire.APIS[api].vendor
    return [chunk for chunk, _ in Script(events("Europa")).stream("Which moon?", api=api, vendor=vendor)]


def full_chunk() -> sk.Chunk:
    """Make a chunk in which every public field is set."""
    delta = sk.ToolCallDelta(1, "call_1", "look_up", '{"moon": "Io"}', complete=True, signature="signed")
    fields: dict[str, Any] = {
        **{"content": "Io", "model": "m", "id": "c", "provider": "openai", "payload": b'{"a": 1}', "index": 2},
        **{"thinking": "Hm", "signature": "signed", "refusal": "No", "tool_calls": (delta,), "audio": b"\x00\xff"},
        **{"audio_transcript": "Io", "images": (sk.Image(b"\x89PNG", "image/png", "http://host/io.png"),)},
        **{"citations": ({"url": "u"},), "finish_reasons": ["stop"], "usage": sk.Usage(7, 2, raw={"a": 1})},
        **{"block": 3, "tool_plan": "Look", "redacted_thinking": "sealed"},
    }
    return sk.Chunk(**fields)


# Everything else that has a public name and can be kept


def values() -> dict[str, Any]:
    """Make one of each public value that a program may have kept."""
    whole = with_tools()
    outputs = Script(chat_tool_events(("look_up", '{"moon": "Io"}'))).stream().pipe(ops.run_tools(look_up))
    return {
        "Choice": whole.choices[0],
        "Image": sk.Image(b"\x89PNG"),
        "Messages": [sk.Messages.System("Be brief."), sk.Messages.User(["Which?", sk.ImagePart(b"\x89PNG")])],
        "AudioPart": sk.AudioPart(b"RIFF"),
        "DocumentPart": sk.DocumentPart(b"%PDF"),
        "ToolResultPart": sk.ToolResultPart(id="call_0", output="1821", name="look_up"),
        "Saved": stopped().saved,
        "Timeouts": sk.Timeouts(first=1.5),
        "Caps": sk.Caps(text=30),
        "ToolCall": whole.tool_calls[1],
        "typed ToolCall": whole.tools[0],
        "ToolCallDelta": sk.ToolCallDelta(0, "call_0", "look_up", "{}"),
        "ToolResult": replace(outputs.first().run(), seconds=0.0),
        "Usage": stopped().usage,
        "Found": sk.find(Script(chat_events("Titan ", "has lakes")).stream(), "has").run().match,
    }
