"""What a provider may add tomorrow breaks no stream on any wire: events, fields, finish reasons, names of models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from streamkit.response import Response
from streamkit.wire import APIS
from tests.wire.outcome import outcome
from tests.wire.wires import WIRES, Event, Sound

every_wire = pytest.mark.parametrize("api", WIRES)
NEW = {"deep": [1, {"brand_new": None}, "text"]}
REASONS = ("finish_reason", "stop_reason", "stopReason", "finishReason", "done_reason", "status")
MODELS = ("model", "modelVersion")
NAMELESS = {"bedrock.converse", "cohere.v1.chat", "cohere.v2.chat"}
"""Wires that never name a model."""


def changed(value: Any, change: Callable[[Event], Event]) -> Any:
    """Change every object within JSON, from the inside out."""
    if isinstance(value, list):
        return [changed(each, change) for each in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    return change({name: changed(each, change) for name, each in cast("Event", value).items()})


def rewritten(sound: Sound, change: Callable[[Event], Event]) -> list[bytes]:
    """Change every object within every event; what is no JSON, such as a sentinel, stays."""
    found: list[bytes] = []
    for event in sound.events:
        payload = sound.read(event) if b"[DONE]" not in event else None
        if payload is None:
            found.append(event)
        elif api_frames(event):  # the outermost object is the frame itself: its only name is the event's
            found.append(sound.write({name: changed(each, change) for name, each in payload.items()}))
        else:
            found.append(sound.write(changed(payload, change)))
    return found


def api_frames(event: bytes) -> bool:
    """Whether an event is a frame whose name stands in its headers."""
    return event[:1] == b"\x00" and b":event-type\x07\x00\x05chunk" not in event


def complete(api: str, events: list[bytes]) -> tuple[Response, list[dict[str, Any]]]:
    """Decode an answer that must be complete; return it and what can be read in the raw events."""
    result = outcome(events, api=api)
    assert (result.error, result.notes, result.response.content) == (None, [], "Io")
    return result.response, [chunk.raw for chunk in result.chunks if chunk.payload]  # the end of a body is no event


@every_wire
def test_unknown_fields_anywhere_do_no_harm_and_stay_readable(api: str) -> None:
    sound = WIRES[api]
    events = rewritten(sound, lambda each: {**each, "brand_new": NEW})
    response, raw = complete(api, events)
    assert response.common_finish_reasons == complete(api, sound.events)[0].common_finish_reasons
    assert raw and all("brand_new" in str(each) for each in raw)


@every_wire
def test_unknown_events_between_all_others_do_no_harm_and_stay_readable(api: str) -> None:
    sound = WIRES[api]
    if api == "bedrock.converse":
        odd: Event = {"brandNewEvent": NEW}
    else:
        odd = {"type": "brand_new", "event_type": "brand-new", "index": 7, "delta": {"type": "new"}, "novelty": NEW}
    content = [each for event in sound.content for each in (event, sound.write(odd))]
    response, raw = complete(api, [*content, sound.proof, *sound.after])
    plain, _ = complete(api, sound.events)
    assert (response.finish_reasons, response.usage) == (plain.finish_reasons, plain.usage)
    assert sum(NEW in each.values() for each in raw) == len(sound.content)


@every_wire
def test_an_unknown_finish_reason_is_one_and_is_kept_as_it_came(api: str) -> None:
    sound = WIRES[api]

    def rename(each: Event) -> Event:
        return {name: "brand_new" if name in REASONS and value else value for name, value in each.items()}

    response, raw = complete(api, rewritten(sound, rename))
    # The Responses API has it twice: the name of its last event is known.
    assert response.finish_reasons == ["completed" if api.endswith(".responses") else "brand_new"]
    assert any("brand_new" in str(each) for each in raw)


@every_wire
def test_an_unknown_model_is_named_as_it_came(api: str) -> None:
    def rename(each: Event) -> Event:
        return {name: "who/knows:9@x" if name in MODELS else value for name, value in each.items()}

    response, raw = complete(api, rewritten(WIRES[api], rename))
    assert response.model == (None if api in NAMELESS else "who/knows:9@x")
    assert api in NAMELESS or "who/knows:9@x" in str(raw)


def test_every_wire_is_here() -> None:
    assert set(WIRES) == set(APIS) and len(WIRES) == 24
