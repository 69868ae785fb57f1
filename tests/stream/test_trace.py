"""The trace of a call: when it was sent, answered, ended and closed, what arrived, and the lag of its readers."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import streamkit as sk
from streamkit import operators as ops
from streamkit._stream import CallTrace, ReaderTrace, compacted, trace, watch_readers
from streamkit.testing import Script, chat_event, chat_events, run_in_virtual_time
from tests.stream.conversing import ANSWER, Ran, calls, provider

ROLE, IO, EUROPA, *END = chat_events("Io", ", Europa")


def test_times_are_seconds_since_the_call_began() -> None:
    async def main() -> CallTrace:
        await asyncio.sleep(100)
        stream = Script([1.0, ROLE, 0.5, IO, 2.0, EUROPA, *END, 0.5]).stream()
        await stream
        await stream.wait_closed()
        await asyncio.sleep(50)
        return trace(stream)

    found = run_in_virtual_time(main())
    assert (found.sent, found.content, found.ended, found.state) == (0.0, 1.5, 3.5, "complete")
    assert found.closed is not None
    assert 3.5 <= found.closed < 5
    texts = [(each.at, each.count, each.text) for each in found.deltas if each.kind == "text"]
    assert texts == [(1.5, 2, "Io"), (3.5, 3, ", Europa")]
    assert [each.kind for each in found.deltas] == ["text", "text", "finish", "usage"]


def test_a_stream_that_is_not_sent_has_an_empty_trace() -> None:
    stream = Script([]).stream()
    found = trace(stream)
    assert (found.name, found.state, found.deltas) == ("scripted/scripted", "not sent", ())
    assert not stream.sent


def test_a_stop_and_what_it_has_saved_are_in_the_trace() -> None:
    stream = Script([*chat_events("Io", ", Europa", ", Titan")[:3], None]).stream(max_tokens=100)
    stream.pipe(ops.text(), ops.until("Europa"), ops.join()).run()
    stream.close()
    found = trace(stream)
    assert (found.state, found.stopped_by) == ("stopped", "until('Europa')")
    assert found.saved is not None
    assert found.saved > 50
    assert found.estimated
    assert found.error is not None
    assert found.error.startswith("StoppedError: ")


def test_failed_attempts_are_in_the_trace() -> None:
    model, _ = provider(Script([sk.RateLimited("busy", retryable=True)]), Script(chat_events("Io")))
    stream = sk.retry(sk.stream(model, "?"), wait=0.001)
    stream.run()
    assert len(trace(stream).attempts) == 1


def test_a_conversation_has_its_turns_and_the_runs_of_its_tools() -> None:
    async def orbit(moon: str) -> str:
        """Look up how long a moon takes."""
        await asyncio.sleep(len(moon))
        return f"{moon}: 1.8 days"

    async def main() -> CallTrace:
        model, _ = provider(calls("Europa", "Io"), ANSWER)
        stream = sk.converse(model, "How long?", tools=[orbit])
        await stream
        return trace(stream)

    found = run_in_virtual_time(main())
    first, second = found.turns
    assert [(each.name, each.began, each.ended, each.state) for each in first.tools] == [
        ("orbit", 0.0, 6.0, "done"),
        ("orbit", 0.0, 2.0, "done"),
    ]
    assert [each.text for each in first.tools] == ["Europa: 1.8 days", "Io: 1.8 days"]
    assert (first.ended, second.began, second.content) == (0.0, 6.0, 6.0)
    assert [each.call for each in first.deltas if each.kind == "tool" and each.name] == [0, 1]


def test_tools_that_an_operator_runs_are_in_the_trace() -> None:
    ran = Ran()
    stream = Script(calls("Io")).stream(tools=[ran.orbit])
    stream.pipe(ops.run_tools(ran.orbit)).to_list().run()
    (run,) = trace(stream).tools
    assert (run.name, run.state, run.text) == ("orbit", "done", "Io: 1.8 days")
    assert run.began is not None
    assert run.ended is not None
    assert 0 <= run.began <= run.ended


def test_sounds_images_and_choices_are_deltas_of_their_own() -> None:
    audio = chat_event({"audio": {"data": "AAAA"}})
    stream = Script([audio, chat_event({"content": "Titan"}, index=1), *chat_events()]).stream()
    with contextlib.suppress(sk.StreamError):
        stream.run()
    shown = [(each.kind, each.text, each.size, each.choice) for each in trace(stream).deltas][:2]
    assert shown == [("audio", "", 3, 0), ("text", "Titan", 0, 1)]


def test_a_compacted_trace_has_the_same_text_in_fewer_deltas() -> None:
    async def main() -> CallTrace:
        script: list[Any] = [part for each in range(500) for part in (0.01, chat_event({"content": f"{each} "}))]
        stream = Script([*script, *chat_events()]).stream()
        await stream
        return trace(stream)

    whole = run_in_virtual_time(main())
    small = compacted(whole, deltas=50, chars=10**6)
    assert len(small.deltas) <= 60
    assert "".join(each.text for each in small.deltas) == "".join(each.text for each in whole.deltas)
    assert small.deltas[-1].count == whole.deltas[-1].count
    assert sum(len(each.text) for each in compacted(whole, deltas=50, chars=100).deltas) == 100


def test_a_log_that_forgets_chunks_says_how_many() -> None:
    stream = Script([*[chat_event({"content": "Io "})] * 1_000, *chat_events()]).stream(keep=10)
    stream.run()
    found = trace(stream)
    assert found.forgotten > 0
    assert found.deltas[0].count == found.forgotten + 1


# Readers ------------------------------------------------------------------------------------------------


def watched(slow: float) -> list[ReaderTrace]:
    """Return the traces of a subscriber, and of a loop that takes its time with each chunk."""

    async def main() -> list[ReaderTrace]:
        events = [part for each in range(20) for part in (0.1, chat_event({"content": f"{each} "}))]
        stream = Script([*events, *chat_events()]).stream()
        watch = watch_readers(stream)
        assert watch.since is None
        stream.subscribe(lambda _: None)
        async for _ in stream:
            await asyncio.sleep(slow)
        await asyncio.sleep(1)
        return watch.readers

    return run_in_virtual_time(main())


def test_a_slow_reader_lags_and_a_subscriber_does_not() -> None:
    subscriber, loop = watched(slow=0.5)
    assert (subscriber.pulls, loop.pulls) == (False, True)
    assert max(lag for _, lag in subscriber.lags) <= 1
    assert max(lag for _, lag in loop.lags) > 10
    assert subscriber.ended is not None
    assert loop.ended is not None
    assert subscriber.ended < 3 < loop.ended


def test_a_reader_that_keeps_up_has_few_points() -> None:
    _, loop = watched(slow=0.0)
    assert max(lag for _, lag in loop.lags) <= 1


def test_readers_beyond_a_bound_are_counted() -> None:
    async def main() -> tuple[int, int]:
        stream = Script([ROLE, IO, 1.0, *END]).stream()
        watch = watch_readers(stream)
        for _ in range(100):
            stream.subscribe(lambda _: None, lambda _: None)
        await stream
        return len(watch.readers), watch.left_out

    assert run_in_virtual_time(main()) == (64, 36)


def test_a_stream_whose_readers_are_not_watched_has_no_record() -> None:
    stream = Script(chat_events("Io")).stream()
    stream.run()
    watch = watch_readers(stream)
    stream.run()
    assert [each for each in watch.readers if each.lags] == []
