"""A key and a prompt that must not be seen, and everything in which an error could show them."""

from __future__ import annotations

import json
import pickle
import traceback
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from structlog.tracebacks import ExceptionDictTransformer

import streamkit as sk
from streamkit.testing import Plan, plan
from tests.providers.doors import Door

KEY = "sk-canary-5d41402abc4b2a76b9719d911017c592"
PROMPT = "The canary prompt: what did the yellow bird say to the miner?"
_KEY_PART, _PROMPT_PART = 9, 24  # characters in a row that are a find
_MESSAGE = f"bad key {KEY} ({KEY[:20]}***) for {PROMPT} or {PROMPT[:40]}"
_ERROR = {"message": f"{_MESSAGE}\x1b[2J\nuser=admin", "code": KEY, "type": PROMPT, "status": KEY}


def finds(text: str) -> list[str]:
    """List the parts of the canaries that stand in a text, and the control characters that came with them."""
    parts = [KEY[at : at + _KEY_PART] for at in range(len(KEY) - _KEY_PART + 1)]
    parts += [PROMPT[at : at + _PROMPT_PART] for at in range(len(PROMPT) - _PROMPT_PART + 1)]
    return [part for part in (*parts, "\x1b", "\nuser=admin") if part in text]


def shown(error: BaseException) -> dict[str, str]:
    """Show an error in every way in which a program may show one."""
    ways = {"str": str(error), "repr": repr(error), "traceback": "".join(traceback.format_exception(error))}
    for rich in (True, False):
        transform = ExceptionDictTransformer(
            show_locals=True, locals_max_string=5000, locals_max_length=100, use_rich=rich
        )
        frames = transform((type(error), error, error.__traceback__))
        ways[f"locals, rich={rich}"] = json.dumps(frames, ensure_ascii=False)
    ways["pickle"] = pickle.dumps(error).decode("latin-1").replace("\x1b", "")  # some length may be that
    if isinstance(error, sk.StreamError):
        ways["details"] = f"{error.details} {error.code} {error.request_id} {error.partial!r}"
    behind = error.__cause__
    while behind is not None:
        ways[f"cause {type(behind).__name__}"] = f"{behind} {behind!r} {vars(behind)}"
        response: Any = getattr(behind, "response", None)
        request = getattr(behind, "_request", None) or getattr(response, "_request", None)
        if request is not None:
            ways["headers"] = f"{getattr(response, 'headers', '')!r}"
            ways["request"] = f"{dict(request.headers)} {getattr(request, '_content', '')}"
        behind = behind.__cause__ or behind.__context__
    return ways


async def raised_by(work: Callable[[], Awaitable[object]]) -> BaseException:
    """Return what a call raises."""
    try:
        await work()
    except (sk.StreamError, ValueError, TypeError) as error:
        return error
    raise AssertionError("it raised nothing")


def _refusal(status: int) -> Callable[[Door], Plan]:
    def make(_: Door) -> Plan:
        answer = plan("none", [json.dumps({"error": _ERROR}).encode()], headers={"content-type": "application/json"})
        return plan_with(answer, status=status)

    return make


def plan_with(answer: Plan, *, status: int, **headers: str) -> Plan:
    """Return a plan with another status and more headers."""
    given = {**dict(answer.headers), "x-request-id": KEY, "retry-after": "0", **headers}
    return Plan(status, tuple(given.items()), answer.steps)


def _text(status: int, body: str, **headers: str) -> Callable[[Door], Plan]:
    return lambda _: plan_with(plan("none", [body.encode()]), status=status, **headers)


def _fault(fault: str) -> Callable[[Door], Plan]:
    def make(door: Door) -> Plan:
        return plan(fault, door.events("Io", " and ", "Europa"), at=door.head + 1, shape=door.shape)

    return make


def _error_inside(door: Door) -> Plan:
    events = door.events("Io", " and ", "Europa")[: door.head + 1]
    error = door.error
    for text in (b"The server had an error.", b"broken", b"The model runner has stopped."):
        error = error.replace(text, _MESSAGE.encode()) if len(text) == len(_MESSAGE) or door.shape.keep_alive else error
    return plan("none", [*events, error])


FAILURES: dict[str, Callable[[Door], Plan]] = {
    **{f"status {status}": _refusal(status) for status in (400, 401, 404, 429, 500, 503)},
    "a refusal as text": _text(418, _MESSAGE),
    "a refusal as a page": _text(502, f"<html>{'x' * 280}{_MESSAGE}</html>"),
    "a redirect": _text(307, "", location=f"http://127.0.0.2:9/?key={KEY}"),
    "a page": _text(200, f"<html>{'x' * 150}{_MESSAGE}{'x' * 5000}</html>"),
    "an encoding": _text(200, "", **{"content-encoding": f"br {KEY}"}),
    "an error inside": _error_inside,
    "a cut": _fault("cut"),
    "a reset": _fault("reset"),
    "garbage": _fault("garbage"),
    "empty": _fault("empty"),
}


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """List an error and what stands behind it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
