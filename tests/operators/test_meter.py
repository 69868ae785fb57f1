"""``meter``: how fast a stream came, exact in virtual time."""

from __future__ import annotations

import asyncio
from typing import Any, assert_type

import pytest
import reactivex as rx
from reactivex import Subject  # noqa: TID251 - a hot source that a test can push into
from reactivex.testing import ReactiveTest, TestScheduler

import streamkit as sk
from streamkit import operators as ops
from streamkit.operators._base.metrics import Measure
from streamkit.testing import Script, chat_event, chat_events, run_in_virtual_time

on_next, on_completed, on_error = ReactiveTest.on_next, ReactiveTest.on_completed, ReactiveTest.on_error


def measured(*signals: Any, disposed: float = 1000, **options: Any) -> list[sk.Metrics]:
    """Play signals to a meter that is subscribed to at 200."""
    found: list[sk.Metrics] = []
    scheduler = TestScheduler()
    source = scheduler.create_hot_observable(*signals)
    scheduler.start(lambda: source.pipe(ops.meter(found.append, **options)), disposed=disposed)
    return found


def test_first_content_first_text_gaps_and_rates() -> None:
    chunks = [
        sk.Chunk(),
        sk.Chunk(thinking="Hm."),
        sk.Chunk(content="Io, "),
        sk.Chunk(content="Europa"),
        sk.Chunk(usage=sk.Usage(1, 1)),
    ]
    signals = [on_next(at, chunk) for at, chunk in zip((205, 210, 220, 250, 255), chunks, strict=True)]
    (metrics,) = measured(*signals, on_completed(260), stall=20)
    assert (metrics.seconds, metrics.first_content, metrics.first_text) == (60, 10, 20)
    assert (metrics.p50, metrics.p95, metrics.longest, metrics.stalls, metrics.stalled) == (10, 30, 30, 1, 30)
    assert (metrics.chunks, metrics.chars, metrics.ended) == (5, 10, "completed")
    assert (metrics.chunks_per_second, metrics.chars_per_second) == (5 / 50, 10 / 50)


def test_plain_texts_and_other_elements_are_measured_too() -> None:
    (metrics,) = measured(on_next(210, "Io"), on_next(220, ""), on_next(230, "Titan"), on_completed(240))
    assert (metrics.chunks, metrics.chars, metrics.p50) == (3, 7, 20)
    (metrics,) = measured(on_next(210, 1), on_next(220, None), on_completed(240))
    assert (metrics.chunks, metrics.chars, metrics.first_content, metrics.first_text) == (2, 0, 10, None)


@pytest.mark.parametrize(("end", "ended"), [([on_error(300, ValueError())], "failed"), ([], "left")])
def test_it_reports_however_the_stream_ends_and_the_silence_before_that_is_a_gap(end: list[Any], ended: str) -> None:
    (metrics,) = measured(on_next(210, "Io"), *end, disposed=300, stall=50)
    assert (metrics.ended, metrics.seconds, metrics.longest, metrics.stalls, metrics.stalled) == (ended, 100, 90, 1, 90)


def test_a_stream_of_which_nothing_came_has_no_figures() -> None:
    (metrics,) = measured(on_completed(240))
    assert metrics == sk.Metrics(seconds=40, ended="completed")
    assert metrics.chunks_per_second is None
    assert str(metrics).startswith("completed after 40 s: 0 chunks, 0 chars; first content - s")


def test_a_progress_report_comes_at_every_interval() -> None:
    found = measured(on_next(210, "Io"), on_next(260, "Titan"), on_completed(275), every=30)
    assert [(each.seconds, each.chunks, each.ended) for each in found] == [
        (30, 1, None),
        (60, 2, None),
        (75, 2, "completed"),
    ]


def test_no_report_comes_after_the_end() -> None:
    assert [each.ended for each in measured(on_next(210, "Io"), disposed=250, every=20)] == [None, None, "left"]


@pytest.mark.parametrize("every", [None, 10])
def test_a_report_that_raises_is_an_error_of_this_subscriber(every: float | None) -> None:
    scheduler = TestScheduler()
    wrong = KeyError("mine")

    def refuse(_: sk.Metrics) -> None:
        raise wrong

    source = scheduler.create_hot_observable(on_next(205, "Io"), on_completed(220))
    result = scheduler.start(lambda: source.pipe(ops.meter(refuse, every=every)))
    assert result.messages == [on_next(205, "Io"), on_error(220 if every is None else 210, wrong)]


def test_an_endless_stream_needs_no_more_memory_and_the_percentiles_hold() -> None:
    measure, now = Measure(stall=1), 0.0
    for at in range(100_000):
        now += 0.001 + (at % 1000) * 1e-6 / 7
        measure.feed("x", now)
    metrics = measure.metrics(now)
    assert metrics.p50 == pytest.approx(0.001 + 500e-6 / 7, rel=0.01)
    assert metrics.p95 == pytest.approx(0.001 + 950e-6 / 7, rel=0.01)
    assert len(measure._gaps) < 1000  # pyright: ignore[reportPrivateUsage] - that is what is bounded


def test_a_streams_own_clock_is_the_loops() -> None:
    async def main() -> list[sk.Metrics]:
        found: list[sk.Metrics] = []
        script = Script([0.5, chat_event({"content": "Io"}), 2.0, *chat_events("Titan")])
        assert (await script.stream().pipe(ops.meter(found.append), ops.to_response())).content == "IoTitan"
        return found

    (metrics,) = run_in_virtual_time(main())
    assert (metrics.first_text, metrics.longest, metrics.stalls) == (pytest.approx(0.5), pytest.approx(2), 1)


async def test_an_operator_behind_it_that_has_enough_leaves_it() -> None:
    found: list[sk.Metrics] = []
    stream = Script([*chat_events("Io")[:2], None]).stream()
    await stream.pipe(ops.meter(found.append), ops.text(), ops.until("Io"), ops.join())
    await asyncio.sleep(0)
    assert [each.ended for each in found] == ["left"]


@pytest.mark.parametrize("options", [{"every": 0}, {"stall": -1}])
def test_times_are_above_zero(options: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match="seconds above 0"):
        ops.meter(print, **options)


def test_the_checker_knows_that_nothing_changes() -> None:
    stream = Script(chat_events()).stream()
    assert_type(stream.pipe(ops.meter(print)), sk.Flow[sk.Chunk])
    assert_type(stream.pipe(ops.text(), ops.meter(print, every=1)), sk.Flow[str])
    assert_type(rx.of(1).pipe(ops.meter(print)), rx.Observable[int])
    assert Subject[int]().pipe(ops.meter(print)) is not None
