"""Events whose values have other types than their format's: what is rebuilt of them is there, or a MalformedError."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import streamkit as sk
from streamkit import wire
from streamkit.fold import Fold
from streamkit.wire.formats import EventSource
from tests.wire.wires import WIRES

pytestmark = pytest.mark.sdk

OTHERS: tuple[Any, ...] = (None, True, 7, -1.5, "Io", "", [], [7], [None], ["Io"], {}, {"Io": 7}, [[{}]])
MUTANTS = 40
"""The number of damaged answers of each format, out of all that there are; the choice is always the same."""


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """List the path of every value inside a parsed event."""
    found: Any = value  # what json.loads gives
    for key, inner in found.items() if isinstance(value, dict) else enumerate(found if isinstance(value, list) else ()):
        yield (*path, key)
        yield from paths(inner, (*path, key))


def replaced(event: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(event)
    inside = changed
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    return changed


def mutants(api: str) -> Iterator[list[bytes]]:
    """Make answers in which one value of one event is another."""
    sound = WIRES[api]
    changes = [
        (at, path, other)
        for at, event in enumerate(sound.events)
        if b"[DONE]" not in event
        for path in paths(sound.read(event))
        for other in OTHERS
    ]
    for at, path, other in random.Random(api).sample(changes, min(MUTANTS, len(changes))):
        if api == "bedrock.converse" and len(path) == 1:
            continue  # the name of an AWS frame, which has no JSON of its own
        changed = sound.write(replaced(sound.read(sound.events[at]), path, other))
        yield [*sound.events[:at], changed, *sound.events[at + 1 :]]


def failure(read: Callable[[], Any]) -> sk.MalformedError | None:
    try:
        read()
    except sk.MalformedError as error:
        return error
    return None


@pytest.mark.parametrize("api", WIRES)
def test_what_cannot_be_rebuilt_is_an_error_of_ours_with_what_arrived(api: str) -> None:
    for events in mutants(api):
        decoder = wire.open_decoder(api)
        chunks = [chunk for event in events for chunk in decoder.feed(event)]
        fold = Fold()
        fold.add(chunks)
        response = fold.response("stopped").attach_rebuilder(EventSource(chunks.copy))
        for door in ("response", "message_param", "common_message_param"):
            error = failure(lambda door=door, response=response: getattr(response, door))
            # No cause: pydantic's would repeat what a provider echoes, such as the prompt.
            assert error is None or (error.partial is response and error.__cause__ is None), events
        for chunk in chunks:
            error = failure(lambda chunk=chunk: chunk.chunk)
            assert error is None or "chunk.raw" in str(error)
