"""Whether a recording answers a request; and if not, what is different, and which recordings are nearest."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, cast

from ..messages import Message, ToolResultPart
from ._format import Header, plain_params, request_hash

_MOST = 3  # of the nearest


def answers(header: Header, body: Mapping[str, Any] | None, prompt: str) -> bool | None:
    """Return whether a recording answers a request; None if its header does not say what it answers.

    Args:
        header: The header of its first call.
        body: The fields of the request's body; None if they are not known.
        prompt: The text of the last message.
    """
    if header.request is not None and body is not None:
        return header.request == request_hash(header.api or header.provider, body)
    if header.prompts is not None:
        return comparable(prompt) in map(comparable, header.prompts)
    return None


def difference(header: Header, body: Mapping[str, Any] | None, params: Mapping[str, Any]) -> str:
    """Return what is different between a request and the one that a recording answers, as far as its header says.

    Args:
        header: The header of its first call.
        body: The fields of the request's body; None if they are not known.
        params: The parameters of the call.
    """
    if header.body is not None and body is not None:
        names = sorted({*header.body, *body})
        return ", ".join(name for name in names if header.body.get(name) != body.get(name))
    present, recorded = plain_params(params), header.params
    names = sorted({*present, *recorded})
    return ", ".join(f"{name}={recorded.get(name)!r}" for name in names if present.get(name) != recorded.get(name))


def nearest(prompt: str, known: Iterable[tuple[str, Header]]) -> list[str]:
    """Return the names of the recordings whose prompts are nearest to a prompt, the nearest first.

    Args:
        prompt: The text of the last message.
        known: The names of recordings, with their headers.
    """
    prompt = comparable(prompt)
    found = [
        (max(difflib.SequenceMatcher(None, prompt, comparable(each)).ratio() for each in header.prompts), name)
        for name, header in known
        if header.prompts
    ]
    return [name for _, name in sorted(found, key=lambda each: (-each[0], each[1]))[:_MOST]]


def comparable(prompt: str) -> str:
    """Return a prompt without what does not matter in one: capitals, and how many spaces there are.

    Args:
        prompt: The text.
    """
    return " ".join(prompt.split()).casefold()


def prompt_text(message: Message | None) -> str:
    """Return the text of a message of any form.

    Args:
        message: The message; None for no text.
    """
    if message is None:
        return ""
    content: Any = message.get("content") if isinstance(message, dict) else message.content
    parts: list[Any] = [content] if isinstance(content, (str, dict)) else list(content or ())
    return " ".join(map(_part_text, parts))


def _part_text(part: Any) -> str:
    if isinstance(part, ToolResultPart):
        return part.output
    found: object = cast("dict[str, Any]", part).get("text") if isinstance(part, dict) else part
    return found if isinstance(found, str) else ""
