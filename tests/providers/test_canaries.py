"""No key and no prompt in anything that an error shows or a log holds: every provider, every failure."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from structlog.testing import capture_logs

import streamkit as sk
from streamkit.testing import FaultServer, plan
from tests.providers.canaries import FAILURES, KEY, PROMPT, chain, finds, raised_by, shown
from tests.providers.doors import DOORS, every_door

pytestmark = pytest.mark.sdk


async def whole(name: str, address: str, *, key: str = "sound", **given: Any) -> sk.Response:
    """Ask; of the canaries nothing stands in this frame."""
    door = DOORS[name]
    given.setdefault("timeouts", sk.Timeouts(first=30, between=30))
    model = f"{name.partition(' ')[0]}/{door.model}"
    return await sk.stream(model, PROMPT, base_url=address + door.base, api_key=KEYS[key], **given)


def check(error: BaseException) -> None:
    found = {way: parts for way, text in shown(error).items() if (parts := finds(text))}
    assert not found
    assert all(each.__traceback__ is None for each in list(chain(error))[1:])


@every_door
@pytest.mark.parametrize("failure", FAILURES)
async def test_of_an_answer_that_fails(name: str, failure: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="streamkit")
    with FaultServer(FAILURES[failure](DOORS[name])) as server, capture_logs() as logs:
        error = await raised_by(lambda: whole(name, server.base_url))
    check(error)
    assert logs and not finds(f"{logs} {caplog.text}")


@every_door
async def test_of_a_connection_that_fails(name: str) -> None:
    with FaultServer(plan("none")) as server:
        address = server.base_url
    error = await raised_by(lambda: whole(name, address))
    assert isinstance(error, sk.TransportError)
    check(error)


def bad_key() -> str:
    key = KEY
    raise ValueError(f"the vault is \x1b[2J shut: {len(key)} characters")


def no_text() -> Any:
    return KEY.encode()


KEYS: dict[str, Any] = {
    "sound": KEY,
    "a line break": KEY + "\nx",
    "no ASCII": KEY + "é",
    "a function that fails": bad_key,
    "a function that returns bytes": no_text,
    "bytes": KEY.encode(),
    "a list": [KEY],
}


@every_door
@pytest.mark.parametrize("key", [kind for kind in KEYS if kind != "sound"])
async def test_of_a_key_that_is_none(name: str, key: str) -> None:
    with FaultServer(plan("unauthorized")) as server:
        error = await raised_by(lambda: whole(name, server.base_url, key=key))
    assert isinstance(error, sk.StreamError)
    check(error)


@every_door
@pytest.mark.parametrize("wrong", [{"max_tokens": "many"}, {"timeouts": 5}, {"tools": [5]}, {"stream": "yes"}])
async def test_of_a_call_that_cannot_be_made(name: str, wrong: dict[str, Any]) -> None:
    error = await raised_by(lambda: whole(name, "http://127.0.0.1:9", **wrong))
    assert isinstance(error, sk.ConfigurationError)
    check(error)


@pytest.mark.parametrize("failure", ["status 400", "a page"])
async def test_streamkit_debug_keeps_the_frames(failure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMKIT_DEBUG", "1")
    with FaultServer(FAILURES[failure](DOORS["openai"])) as server:
        error = await raised_by(lambda: whole("openai", server.base_url))
        wrong = await raised_by(lambda: whole("openai", server.base_url, max_tokens="many"))
    if failure == "status 400":
        assert error.__cause__ is not None and error.__cause__.__traceback__ is not None
    assert not finds(f"{error} {error.__cause__}")
    assert finds(shown(wrong)["locals, rich=False"])


def test_the_users_own_frames_are_kept() -> None:
    @sk.call("openai/m")
    def ask(what: str) -> str:
        return str(1 // len(what))

    with pytest.raises(ZeroDivisionError) as caught:
        ask("")
    assert [each.name for each in caught.traceback][-1] == "ask"


async def test_the_cause_stays_an_instance_of_what_the_sdk_raised() -> None:
    import openai

    with FaultServer(FAILURES["status 429"](DOORS["openai"])) as server:
        error = await raised_by(lambda: whole("openai", server.base_url))
    cause = error.__cause__
    assert isinstance(cause, openai.RateLimitError) and cause.status_code == 429


async def test_reprs_of_what_holds_a_call_show_neither() -> None:
    stream = sk.stream("openai/m", PROMPT, api_key=KEY, extra_headers={"authorization": KEY})
    request = stream._shared.request  # pyright: ignore[reportPrivateUsage] - it holds the key, and is never public
    for each in (stream, request, request.ask, request.ask.question(), stream.response):
        assert not finds(f"{each!r} {each}")
