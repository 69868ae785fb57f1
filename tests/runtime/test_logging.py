"""What reaches the log: through structlog where it is configured, else through the standard library."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Generator
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

import streamkit as sk
from streamkit.runtime import logging as telemetry
from streamkit.testing import Script, chat_events


@pytest.fixture(autouse=True)
def unconfigured() -> Generator[None, None, None]:
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()


def test_without_structlogs_configuration_events_go_to_the_standard_logger(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="streamkit")
    telemetry.info("stream_ended", state="complete", chunks=3)
    telemetry.warning("sentinel_missing", stream="abc")
    records = [(each.name, each.levelname, each.getMessage(), vars(each)["streamkit"]) for each in caplog.records]
    assert records == [
        ("streamkit", "INFO", "stream_ended", {"state": "complete", "chunks": 3}),
        ("streamkit", "WARNING", "sentinel_missing", {"stream": "abc"}),
    ]


def test_with_it_they_go_to_structlog_and_nowhere_else(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logs:
        structlog.configure()
        telemetry.info("stream_ended", state="complete")
        telemetry.warning("sentinel_missing", stream="abc")
    assert logs == [
        {"event": "stream_ended", "log_level": "info", "state": "complete"},
        {"event": "sentinel_missing", "log_level": "warning", "stream": "abc"},
    ]
    assert caplog.records == []


def test_an_event_whose_text_looks_like_a_format_is_logged_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="streamkit")
    telemetry.info("100 %s done")
    assert caplog.messages == ["100 %s done"]


def test_silence_is_the_default(capfd: pytest.CaptureFixture[str]) -> None:
    importlib.import_module("streamkit.runtime.logging")
    telemetry.warning("sentinel_missing")
    assert capfd.readouterr() == ("", "")


async def test_a_logger_that_raises_does_not_hurt_a_stream(caplog: pytest.LogCaptureFixture) -> None:
    def broken(*_: Any) -> Any:
        raise OSError("no space left")

    structlog.configure(processors=[broken])
    response = await Script(chat_events("Io", done=False)).stream()
    assert (response.content, response.state) == ("Io", "complete")
    with pytest.raises(sk.TruncatedError):
        await Script(chat_events("Io", finish=None)).stream()
    assert {each.getMessage() for each in caplog.records} == {
        "structlog could not log sentinel_missing",
        "structlog could not log stream_ended",
    }


async def test_an_event_that_a_processor_drops_is_dropped() -> None:
    def drop(*_: Any) -> Any:
        raise structlog.DropEvent

    structlog.configure(processors=[drop])
    assert (await Script(chat_events("Io")).stream()).content == "Io"
