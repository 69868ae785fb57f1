"""What goes with a chunk or an error and may have the provider's text once more: an event, a partial Response."""

from __future__ import annotations

from typing import Any, TypeVar

from msgspec.structs import replace

from ...chunk import Chunk
from ...errors import StreamError
from ...wire.format import WHOLE

E = TypeVar("E", bound=Exception)


def without_event(chunk: Chunk[Any]) -> Chunk[Any]:
    """Return a chunk without its event."""
    return replace(chunk, payload=None, api=None, plain=False)


def shares_event(chunk: Chunk[Any]) -> bool:
    """Whether the event of a chunk may have text of other chunks, which have not come yet."""
    if chunk.plain or chunk.payload is None:
        return False
    if (chunk.api or "").endswith(WHOLE):  # the whole answer
        return True
    event = chunk.raw
    answers = event.get("choices") or event.get("candidates")
    if isinstance(answers, list):
        return len(answers) > 1  # pyright: ignore[reportUnknownArgumentType] - a list of anything
    # An event of the Responses API that has a whole item becomes several chunks if its deltas did not come before.
    has_text = chunk.content or chunk.thinking or chunk.refusal or chunk.tool_calls
    return bool(has_text) and str(event.get("type")).endswith((".done", ".completed", ".incomplete", ".failed"))


def without_partial(error: E) -> E:
    """Return a copy of an error of ours that has no partial Response; another error as it is."""
    if not isinstance(error, StreamError) or error.partial is None:
        return error
    copy = type(error).__new__(type(error), *error.args)
    copy.__dict__.update(error.__dict__)
    copy.partial = None
    copy.__cause__, copy.__context__ = error.__cause__, error.__context__
    return copy.with_traceback(error.__traceback__)
