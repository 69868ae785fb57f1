"""Law 12: quiet and safe by default."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest
from structlog.testing import capture_logs

import streamkit as sk
from streamkit.testing import FaultServer, Script, chat_event, chat_events, plan
from tests.stream.conversing import ANSWER, Ran, calls, provider

KEY, PROMPT = "canary-key-5d41402abc4b", "canary prompt: what did the bird say?"


async def test_one_event_a_stream_end() -> None:
    with capture_logs() as logs:
        await Script(chat_events("Eu", "ropa")).stream()
    (event,) = logs
    assert event.pop("ms") >= 0 and len(event.pop("stream")) == 12
    assert event == {
        "event": "stream_ended",
        "log_level": "info",
        "provider": "scripted",
        "model": "scripted-1",
        "state": "complete",
        "input_tokens": 7,
        "output_tokens": 2,
        "chunks": 5,
    }


async def test_one_event_a_conversation_end() -> None:
    ran = Ran()
    model, _ = provider(calls("Io"), ANSWER)
    with capture_logs() as logs:
        await sk.converse(model, "?", tools=[ran.orbit])
    (event,) = logs
    assert (event["event"], event["state"], event["turns"]) == ("stream_ended", "complete", 2)
    assert (event["input_tokens"], event["output_tokens"]) == (14, 7)
    model, _ = provider(calls("Io"), [sk.Overloaded("busy")])
    with capture_logs() as logs, pytest.raises(sk.Overloaded):
        await sk.converse(model, "?", tools=[ran.orbit])
    (event,) = logs
    assert (event["state"], event["turns"], event["error"], event["output_tokens"]) == ("failed", 2, "Overloaded", 5)


async def test_a_failed_stream_names_its_error() -> None:
    with capture_logs() as logs, pytest.raises(sk.TruncatedError):
        await Script([chat_event({"content": "Io"})]).stream()
    assert (logs[0]["state"], logs[0]["error"]) == ("failed", "TruncatedError")


async def test_bad_utf8_is_logged_once() -> None:
    bad = chat_event({"content": "I?"}).replace(b"?", b"\xff")
    with capture_logs() as logs:
        response = await Script([bad, bad, *chat_events("o")[1:]]).stream()
    assert response.content == "I\ufffdI\ufffdo"
    assert [log["event"] for log in logs].count("utf8_replaced") == 1


@pytest.mark.sdk
@pytest.mark.parametrize("fault", ["none", "unauthorized", "cut", "reset", "error_event", "html"])
async def test_no_key_and_no_prompt_in_a_log_or_an_error(fault: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="streamkit")
    echo = f'{{"error":{{"message":"bad key {KEY} for {PROMPT}"}}}}'.encode()
    with (
        FaultServer(plan(fault, chat_events(*"Io"), error=b"data: " + echo + b"\n\n")) as server,
        capture_logs() as logs,
    ):
        stream = sk.stream("openai/m", PROMPT, base_url=server.base_url + "/v1", api_key=KEY)
        try:
            shown = str((await stream).state)
        except sk.StreamError as error:
            shown = f"{error} {error!r} {error.details} {error.args}"
    shown += str(logs) + caplog.text
    assert KEY not in shown and PROMPT not in shown


def test_an_application_that_configures_no_logging_sees_nothing() -> None:
    code = (
        "from streamkit.testing import Script, chat_events;"
        "assert Script(chat_events('Io', done=False)).stream().run().content == 'Io'"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], check=False, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_streamkit_never_configures_structlog() -> None:
    code = (
        "import structlog, streamkit; from streamkit.testing import Script, chat_events;"
        "Script(chat_events('Io')).stream().run(); assert not structlog.is_configured()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
