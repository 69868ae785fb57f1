"""``until_judged``: questions beside the stream, which never delay it; the first yes ends it."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable
from typing import Any, assert_type

import pytest
import reactivex as rx
from reactivex import Observable
from reactivex.testing import ReactiveTest

import streamkit as sk
from streamkit import operators as ops
from streamkit.response import SideCalls
from streamkit.testing import Script, chat_event, chat_events, run_in_virtual_time
from tests.operators.clocks import play

on_next, on_error, on_completed = ReactiveTest.on_next, ReactiveTest.on_error, ReactiveTest.on_completed
SENTENCES = ["Io is hot. ", "Europa is icy. ", "Titan has lakes. ", "And so on."]


def paced(*texts: str, seconds: float = 1.0) -> Script:
    """Play one text a second, and the end."""
    steps: list[bytes | float] = []
    for text in texts:
        steps += [chat_event({"content": text}), seconds]
    return Script([*steps, *chat_events(finish="stop")])


class Questions:
    """A second call that answers yes once the text has a word, and keeps the texts that it is asked about."""

    def __init__(
        self, word: str = "Europa", *, seconds: float = 0.0, answers: tuple[str, str] = ("Yes.", "no")
    ) -> None:
        self.texts: list[str] = []
        self.scripts: list[Script] = []
        self._word = word
        self._seconds = seconds
        self.__name__ = "has_word"

    def __call__(self, text: str) -> sk.Stream:
        self.texts.append(text)
        events = chat_events("Yes." if self._word in text else "no")
        self.scripts.append(Script([self._seconds, *events]))
        return self.scripts[-1].stream(f"Is this enough? {text}")

    @property
    def closed(self) -> list[int]:
        return [script.closed for script in self.scripts]


def outcome(source: Observable[Any], operator: Any) -> tuple[list[Any], Any]:
    found: list[Any] = []
    ends: list[Any] = []
    source.pipe(operator).subscribe(found.append, ends.append, lambda: ends.append("completed"))
    (end,) = ends
    return found, end


async def _timed(script: Script, operator: Any) -> tuple[list[tuple[float, str]], sk.Response]:
    stream = script.stream(max_tokens=100)
    loop = asyncio.get_running_loop()
    found: list[tuple[float, str]] = []
    async for text in stream.pipe(ops.text(), operator):
        found.append((loop.time(), text))
    return found, stream.response


def timed(script: Script, operator: Any) -> tuple[list[tuple[float, str]], sk.Response]:
    """Return each text and its time, and the Response as it is right after the loop."""
    return run_in_virtual_time(_timed(script, operator))


def side_calls(response: sk.Response) -> SideCalls:
    (found,) = response.side_calls
    return found


def test_an_answer_of_yes_ends_the_stream_and_the_call() -> None:
    ask, script = Questions(), paced(*SENTENCES)
    found, response = timed(script, ops.until_judged(ask))
    assert found == [(0.0, SENTENCES[0]), (1.0, SENTENCES[1]), (2.0, SENTENCES[2])]
    assert ask.texts == ["".join(SENTENCES[:1]), "".join(SENTENCES[:2])]
    assert (response.state, response.stopped_by) == ("stopped", "until_judged(has_word)")
    assert (script.closed, ask.closed) == (1, [1, 1])


def test_the_text_is_never_delayed_by_a_slow_answer() -> None:
    found, response = timed(paced(*SENTENCES), ops.until_judged(Questions(seconds=2.5)))
    assert [time for time, _ in found] == [0.0, 1.0, 2.0, 3.0]
    assert response.state == "complete"


def test_one_question_at_a_time_about_all_text_so_far() -> None:
    ask = Questions("Pluto", seconds=1.5)
    timed(paced(*SENTENCES), ops.until_judged(ask))
    assert ask.texts == ["".join(SENTENCES[:1]), "".join(SENTENCES[:2])]


def test_the_response_says_what_the_questions_cost_and_what_they_saved() -> None:
    ask = Questions()
    _, response = timed(paced(*SENTENCES), ops.until_judged(ask))
    counts = side_calls(response)
    assert (counts.name, counts.calls, counts.answered, counts.failed, counts.late) == (
        *("until_judged(has_word)", 2, 2),
        *(0, 0),
    )
    assert counts.usage is not None
    assert (counts.usage.input_tokens, counts.usage.output_tokens) == (14, 2)
    assert response.saved is not None
    assert counts.saved == response.saved
    again = sk.Response.model_validate_json(response.model_dump_json())
    assert again.side_calls == pickle.loads(pickle.dumps(response)).side_calls == response.side_calls


def test_the_cost_is_that_of_all_questions() -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 10, "total_tokens": 1010}

    def ask(text: str) -> sk.Stream:
        steps = [chat_event({"content": "no"}, finish="stop", model="gpt-4o-mini", usage=usage), b"data: [DONE]\n\n"]
        return Script(steps).stream("Is this enough?")

    _, response = timed(paced(*SENTENCES), ops.until_judged(ask))
    counts = side_calls(response)
    assert counts.usage is not None
    assert (counts.calls, counts.usage.input_tokens, counts.usage.output_tokens) == (3, 3000, 30)
    assert counts.cost is not None
    assert counts.cost == pytest.approx(3 * (1000 * 0.15 + 10 * 0.6) / 1e6)
    assert (response.state, counts.saved) == ("complete", None)
    assert response.usage is not None
    assert response.usage.input_tokens == 7


def test_a_question_that_fails_is_counted_and_changes_nothing() -> None:
    def ask(text: str) -> sk.Stream:
        return Script([sk.RateLimited("slow down")]).stream("?")

    found, response = timed(paced(*SENTENCES), ops.until_judged(ask))
    counts = side_calls(response)
    assert ("".join(text for _, text in found), response.state) == ("".join(SENTENCES), "complete")
    assert (counts.calls, counts.failed, counts.errors) == (3, 3, ("RateLimited: slow down",) * 3)


@pytest.mark.parametrize("later_too", [False, True])
def test_a_function_that_raises_is_counted_and_changes_nothing(later_too: bool) -> None:
    def ask(text: str) -> bool:
        raise LookupError("x" * 1000)

    async def ask_later(text: str) -> bool:
        return ask(text)

    _, response = timed(paced(*SENTENCES), ops.until_judged(ask_later if later_too else ask))
    counts = side_calls(response)
    assert (response.state, counts.failed, len(counts.errors[0])) == ("complete", 3, 200)


@pytest.mark.parametrize("answer", ["maybe", None, 3, "", "nothing"])
def test_an_answer_that_is_neither_yes_nor_no_is_a_failure(answer: Any) -> None:
    async def ask(text: str) -> Any:
        return answer

    _, response = timed(paced(*SENTENCES), ops.until_judged(ask))
    counts = side_calls(response)
    assert (response.state, counts.failed) == ("complete", 3)
    assert "begins with yes or no" in counts.errors[0]


def test_a_question_that_takes_too_long_is_stopped_counted_and_ignored() -> None:
    ask = Questions(seconds=60)
    found, response = timed(paced(*SENTENCES), ops.until_judged(ask, lag=0.5))
    counts = side_calls(response)
    assert ([time for time, _ in found], response.state) == ([0.0, 1.0, 2.0, 3.0], "complete")
    assert (counts.calls, counts.late, counts.answered, ask.closed) == (3, 3, 0, [1, 1, 1])


def test_a_question_that_is_open_at_the_end_is_stopped_and_closed() -> None:
    ask = Questions(seconds=60)
    found, response = timed(paced(*SENTENCES), ops.until_judged(ask, lag=90))
    assert (len(found), response.state, ask.closed) == (4, "complete", [1])
    assert side_calls(response).stopped == 1


def test_a_question_that_takes_no_cancellation_keeps_nobody_waiting_for_long() -> None:
    async def ask(text: str) -> bool:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                await asyncio.sleep(900)
                return True

    found, response = timed(paced(*SENTENCES), ops.until_judged(ask, lag=90))
    assert (len(found), response.state) == (4, "complete")


async def _left() -> list[int]:
    ask = Questions(seconds=60)
    leaving = paced(*SENTENCES).stream().pipe(ops.until_judged(ask)).subscribe()
    await asyncio.sleep(1.5)
    leaving.dispose()
    await asyncio.sleep(0.5)
    return ask.closed


def test_leaving_stops_the_question() -> None:
    assert run_in_virtual_time(_left()) == [1]


def _stream(text: str) -> Any:
    return Questions()(text)


def _flow(text: str) -> Any:
    return Questions()(text).pipe(ops.text(), ops.join())


async def _text(text: str) -> Any:
    return "yes, it is" if "Europa" in text else "No, it is not"


async def _response(text: str) -> Any:
    return await Questions()(text)


async def _stream_later(text: str) -> Any:
    return Questions()(text)


async def _truth(text: str) -> Any:
    return "Europa" in text


@pytest.mark.parametrize("ask", [_stream, _flow, _text, _response, _stream_later, _truth])
def test_every_form_of_answer(ask: Callable[[str], Any]) -> None:
    _, response = timed(paced(*SENTENCES), ops.until_judged(ask))
    counts = side_calls(response)
    assert (response.stopped_by, counts.calls, counts.answered) == (f"until_judged({ask.__name__})", 2, 2)


def has_europa(text: str) -> bool:
    return "Europa" in text


def test_a_sync_answer_takes_effect_at_once() -> None:
    signals = [on_next(210 + 10 * at, text) for at, text in enumerate(SENTENCES)]
    assert play(ops.until_judged(has_europa, every=8), *signals, on_completed(300)) == [
        on_next(210, SENTENCES[0]),
        on_next(220, SENTENCES[1]),
        on_completed(220),
    ]


def test_chunks_pass_unchanged_and_the_questions_are_about_one_choice() -> None:
    chunks = [sk.Chunk(content="Io. Europa. ", index=1), sk.Chunk(thinking="Hm."), sk.Chunk(content="Io. Europa. So")]
    found, end = outcome(rx.from_iterable(chunks), ops.until_judged(has_europa))
    assert (found, end) == (chunks, "completed")
    assert outcome(rx.from_iterable(chunks), ops.until_judged(has_europa, choice=1, every=11))[0] == chunks[:1]


def test_an_error_of_the_source_comes_at_once() -> None:
    wrong = ValueError("wrong")
    emitted = play(ops.until_judged(has_europa), on_next(210, "Io"), on_error(220, wrong))
    assert emitted == [on_next(210, "Io"), on_error(220, wrong)]


async def _with_tools() -> tuple[list[Any], int]:
    runs = 0

    def look_up(moon: str) -> str:
        nonlocal runs
        runs += 1
        return moon

    call = {"index": 0, "id": "call_1", "function": {"name": "look_up", "arguments": '{"moon": "Io"}'}}
    script = Script(
        [chat_event({"content": "Io. Let me see. So"}), chat_event({"tool_calls": [call]}, finish="tool_calls")]
    )
    stream = script.stream(tools=[look_up])
    flow = stream.pipe(ops.until_judged(has_europa), ops.run_tools(look_up))
    results = [result.output async for result in flow] + [result.output async for result in flow]
    return results, runs


def test_tools_behind_it_still_run_once_for_a_stream() -> None:
    assert run_in_virtual_time(_with_tools()) == (["Io", "Io"], 1)


async def _two() -> tuple[list[str], list[tuple[int, int]]]:
    stream = paced(*SENTENCES).stream()
    flow = stream.pipe(ops.text(), ops.until_judged(Questions("Titan")))

    async def read() -> str:
        return "".join([each async for each in flow])

    texts = list(await asyncio.gather(read(), read()))
    return texts, [(each.calls, each.answered) for each in stream.response.side_calls]


def test_two_subscriptions_ask_by_themselves() -> None:
    texts, counts = run_in_virtual_time(_two())
    assert (texts, counts) == (["".join(SENTENCES)] * 2, [(3, 3), (3, 3)])


@pytest.mark.parametrize("options", [{"every": 0}, {"every": "word"}, {"lag": 0}, {"lag": None}, {"every": 1.5}])
def test_a_bad_option_is_refused_at_the_call(options: dict[str, Any]) -> None:
    with pytest.raises(sk.ConfigurationError, match=r"until_judged\("):
        ops.until_judged(has_europa, **options)


def test_what_is_no_function_or_no_text_is_refused() -> None:
    wrong: Any = "Europa"
    with pytest.raises(sk.ConfigurationError, match=r"until_judged\('Europa'\)"):
        ops.until_judged(wrong)
    found, error = outcome(rx.of(b"Io"), ops.until_judged(has_europa))
    assert (found, type(error)) == ([], sk.ConfigurationError)


def test_the_checker_knows_what_comes_out() -> None:
    stream = Script(chat_events()).stream()
    assert_type(stream.pipe(ops.until_judged(has_europa)), sk.Flow[sk.Chunk])
    assert_type(stream.pipe(ops.text(), ops.until_judged(_truth)), sk.Flow[str])
    assert_type(rx.of("Io").pipe(ops.until_judged(_stream)), Observable[str])
