"""A flow of many elements is not awaited: what drops elements raises before anything is subscribed to, or is logged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import reactivex as rx
from reactivex import Observable
from reactivex import operators as stock
from structlog.testing import capture_logs

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import FaultServer, Script, chat_event, chat_events, chat_tool_events, plan

Make = Callable[[sk.Stream], Any]


class Work:
    """A tool and a callback that count how often they were called."""

    def __init__(self) -> None:
        self.runs = 0

    def orbit(self, moon: str) -> str:
        """Say how long a moon takes."""
        self.runs += 1
        return moon


WORK = Work()
MANY: dict[str, Make] = {
    "text": lambda stream: stream.pipe(ops.text()),
    "text()": lambda stream: stream.text(),
    "chunks()": lambda stream: stream.chunks(),
    "one same": lambda stream: stream.pipe(ops.until("Io")),
    "a chain of same": lambda stream: stream.pipe(ops.until("Io"), ops.limit(5), ops.fan_out(), ops.coalesce()),
    "same behind many": lambda stream: stream.pipe(ops.text(), ops.until("Io")),
    "same of a part": lambda stream: stream.text().pipe(ops.until("Io")),
    "many behind one": lambda stream: stream.pipe(ops.text(), ops.join(), ops.words()),
    "tools": lambda stream: stream.pipe(ops.run_tools(WORK.orbit)),
    "a stock operator before many": lambda stream: stream.pipe(stock.take(3), ops.text()),
    "split audio": lambda stream: stream.split_audio()[0],
    "a reader's view": lambda stream: stream.fan_out(late="live").pipe(ops.text()),
}
ONE: dict[str, Make] = {
    "join": lambda stream: stream.pipe(ops.text(), ops.join()),
    "same behind one": lambda stream: stream.pipe(ops.text(), ops.join(), ops.until("Io")),
    "responses": lambda stream: stream.pipe(ops.responses()),
    "to_response": lambda stream: stream.pipe(ops.to_response()),
    "stock last": lambda stream: stream.text().last(),
    "stock first": lambda stream: stream.text().first(),
    "to_list": lambda stream: stream.text().to_list(),
    "a foreign function": lambda stream: stream.pipe(ops.text(), lambda source: source),
    "compose": lambda stream: stream.pipe(rx.compose(ops.text(), ops.words())),
}


def answer() -> Script:
    return Script(chat_events("Io, ", "Europa"))


@pytest.mark.parametrize("make", MANY.values(), ids=list(MANY))
async def test_await_raises_and_nothing_is_sent(make: Make) -> None:
    script = Script(chat_tool_events(("orbit", '{"moon": "Io"}')))
    stream = script.stream()
    with pytest.raises(sk.ConfigurationError, match=r"gives many: use to_list\(\), first\(\) or last\(\)"):
        await make(stream)
    with pytest.raises(sk.ConfigurationError, match="gives many"):
        await asyncio.gather(make(stream))
    with pytest.raises(sk.ConfigurationError, match="gives many"):
        make(stream).run()  # inside a loop
    assert (script.opened, stream.sent, WORK.runs) == (0, False, 0)


@pytest.mark.parametrize("make", MANY.values(), ids=list(MANY))
def test_run_raises_and_nothing_is_sent(make: Make) -> None:
    with FaultServer(plan("none", chat_events("Io"))) as server:
        stream = sk.stream("openai/m", "?", base_url=f"{server.base_url}/v1", api_key="k")
        with pytest.raises(
            sk.ConfigurationError, match=r"^run\(\) gives one element, and .* gives many: use to_list\(\)"
        ):
            make(stream).run()
        assert (list(server.requests), stream.sent) == ([], False)


@pytest.mark.parametrize("make", MANY.values(), ids=list(MANY))
def test_to_list_first_and_last_work(make: Make) -> None:
    script = Script(
        [
            chat_event({"content": "Io "}),
            chat_event({"audio": {"transcript": "Io"}}),
            *chat_tool_events(("orbit", '{"moon": "Io"}')),
        ]
    )
    whole = make(script.stream()).to_list().run()
    first, last = make(script.stream()).first().run(), make(script.stream()).last().run()
    assert [getattr(each, "output", each) for each in (first, last)] == [
        getattr(each, "output", each) for each in (whole[0], whole[-1])
    ]


def test_join_is_named_where_the_elements_are_text() -> None:
    stream = answer().stream()
    for flow, named in ((stream.text(), True), (stream.pipe(ops.until("Io")), False), (stream.chunks(), False)):
        with pytest.raises(sk.ConfigurationError) as caught:
            flow.run()
        assert ("ops.join()" in str(caught.value)) is named


@pytest.mark.parametrize("make", ONE.values(), ids=list(ONE))
async def test_what_gives_one_element_is_awaited(make: Make) -> None:
    assert await make(answer().stream())


def test_partial_and_a_typed_stream_count_as_one_since_the_last_element_is_the_whole() -> None:
    events = chat_events('["Io", ', '"Europa"]')
    assert Script(events).stream().pipe(ops.partial(list[str])).run() == ["Io", "Europa"]
    assert Script(events).stream().pipe(ops.until_valid(list[str])).run() == ["Io", "Europa"]


def test_sound_as_one_file_is_one_element() -> None:
    stream = Script(
        [chat_event({"audio": {"data": "AAAA"}}), chat_event({}, finish="stop"), b"data: [DONE]\n\n"]
    ).stream()
    with pytest.raises(sk.ConfigurationError, match="wav"):
        stream.pipe(ops.audio(), ops.wav()).run()
    assert stream.pipe(ops.audio(), ops.wav(whole=True)).run()[:4] == b"RIFF"


# Stock operators ----------------------------------------------------------------------------------


def test_stock_operators_keep_the_last_element_and_what_is_dropped_is_logged_once_with_the_number() -> None:
    with capture_logs() as logs:
        assert answer().stream().pipe(ops.text(), stock.map(str.upper)).run() == "EUROPA"
    (dropped,) = [each for each in logs if each["event"] == "flow_elements_dropped"]
    assert (dropped["dropped"], dropped["log_level"]) == (1, "warning")
    assert "to_list()" in dropped["hint"]


@pytest.mark.parametrize("make", [ONE[name] for name in ("join", "responses", "stock last", "to_list")])
async def test_nothing_is_logged_where_nothing_is_dropped(make: Make) -> None:
    with capture_logs() as logs:
        await make(answer().stream())
    assert [each for each in logs if each["event"] == "flow_elements_dropped"] == []


def test_an_observable_of_the_users_own_keeps_its_last_element() -> None:
    assert sk.flow(rx.of(1, 2, 3)).run() == 3
    assert sk.flow(rx.of("a", "b")).pipe(ops.until("b")).run() == "b"  # the same as its source


def test_a_function_that_only_passes_on_resets_what_is_known() -> None:
    def passed(source: Observable[Any]) -> Observable[Any]:
        return source

    assert answer().stream().pipe(ops.text(), passed).run() == "Europa"
