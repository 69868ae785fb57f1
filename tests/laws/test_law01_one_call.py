"""Law 1: one Stream, one paid call."""

from __future__ import annotations

import asyncio
import threading

import pytest
import reactivex as rx
from reactivex import operators as rxops

import streamkit as sk
from streamkit.testing import Script, ScriptedProvider, chat_events


def test_nothing_is_sent_before_the_first_subscriber() -> None:
    script = Script(chat_events("Io"))
    stream = script.stream()
    assert (stream.state, stream.content, script.opened) == ("streaming", "", 0)


async def test_all_subscribers_read_the_same_call_from_its_start() -> None:
    script = Script(chat_events("Eu", "ro", "pa"))
    stream = script.stream()
    texts = await asyncio.gather(*(stream.pipe(sk.operators.text(), sk.operators.join()) for _ in range(5)))
    assert (set(texts), script.opened) == ({"Europa"}, 1)


async def test_a_complete_call_is_replayed() -> None:
    script = Script(chat_events("Io"))
    stream = script.stream()
    first = [chunk async for chunk, _ in stream]
    assert [chunk async for chunk, _ in stream] == first
    assert script.opened == 1


async def test_a_call_that_failed_after_its_first_content_is_replayed_with_its_error() -> None:
    script = Script(chat_events("Io", finish=None))
    stream = script.stream()
    for _ in range(2):
        with pytest.raises(sk.TruncatedError) as caught:
            await stream
        assert caught.value.partial is not None and caught.value.partial.content == "Io"
    assert script.opened == 1


async def test_a_call_that_failed_before_its_first_content_is_replaced() -> None:
    script = Script([sk.RateLimited("slow down")])
    stream = script.stream()
    for _ in range(3):
        with pytest.raises(sk.RateLimited):
            await stream
    assert script.opened == 3


async def test_a_stopped_call_is_over() -> None:
    script = Script([*chat_events("Io")[:2], None])
    stream = script.stream()
    async for _ in stream:
        break
    while stream.open:
        await asyncio.sleep(0)
    with pytest.raises(sk.StoppedError):
        [chunk async for chunk, _ in stream]
    assert script.opened == 1


async def test_again_is_an_unsent_stream_of_the_same_request() -> None:
    script = Script(chat_events("Io"))
    stream = script.stream()
    await stream
    again = stream.again()
    assert script.opened == 1
    assert (await again).content == "Io"
    assert script.opened == 2


async def test_stock_retry_makes_exactly_its_calls() -> None:
    script = Script([sk.Overloaded("busy")])
    with pytest.raises(sk.Overloaded):
        await script.stream().pipe(rxops.retry(3))
    assert script.opened == 3


async def test_two_subscribers_with_retry_share_their_calls() -> None:
    script = Script([sk.Overloaded("busy")])
    stream = script.stream()
    results = await asyncio.gather(
        *(_outcome(stream.pipe(rxops.retry(3))) for _ in range(2)),
    )
    assert ([type(each) for each in results], script.opened) == ([sk.Overloaded] * 2, 3)


async def test_retry_after_content_pays_nothing_more() -> None:
    script = Script(chat_events("Io", finish=None))
    assert isinstance(await _outcome(script.stream().pipe(rxops.retry(3))), sk.TruncatedError)
    assert script.opened == 1


async def test_many_retries_over_instant_failures_do_not_recurse() -> None:
    script = Script([sk.Overloaded("busy")])
    assert isinstance(await _outcome(script.stream().pipe(rxops.retry(300))), sk.Overloaded)
    assert script.opened == 300


async def test_who_asks_for_it_by_name_pays_again_after_content_while_nobody_reads() -> None:
    cut, whole = Script(chat_events("Io", finish=None)), Script(chat_events("Europa"))
    response = await sk.fallback(cut.stream(), whole.stream())
    assert (response.content, response.calls, cut.opened, whole.opened) == ("Europa", 2, 1, 1)
    assert [(attempt.content, attempt.state) for attempt in response.attempts] == [("Io", "failed")]


async def test_and_not_once_a_reader_has_come() -> None:
    cut, whole = Script(chat_events("Io", finish=None)), Script(chat_events("Europa"))
    with pytest.raises(sk.TruncatedError):
        [chunk async for chunk, _ in sk.fallback(cut.stream(), whole.stream())]
    assert (cut.opened, whole.opened) == (1, 0)


async def test_all_calls_of_a_stream_are_counted() -> None:
    script = Script([sk.Overloaded("busy")])
    stream = script.stream()
    with pytest.raises(sk.Overloaded):
        await stream.pipe(rxops.retry(3))
    script.steps = tuple(chat_events("Io"))
    response = await stream
    assert (response.calls, len(response.attempts), script.opened) == (4, 3, 4)


async def test_the_answers_that_reask_asks_for_are_calls_of_one_stream_and_counted_for_every_reader() -> None:
    wrong, right = Script(chat_events('{"value": ["Io"]}')), Script(chat_events('{"value": [1821]}'))
    sk.register_provider("counted", ScriptedProvider(wrong, right, name="counted"))
    stream = sk.stream("counted/m", "?", response_model=list[int], reask=3)
    flow = stream.pipe(sk.operators.until_valid(list[int]))
    responses = await asyncio.gather(stream, stream, stream.pipe(sk.operators.to_response()))
    assert (await flow, wrong.opened, right.opened) == ([1821], 1, 1)
    assert [(each.calls, len(each.attempts)) for each in responses[:2]] == [(2, 1)] * 2
    assert {each.output_tokens for each in responses} == {2}


async def test_a_last_leaver_and_a_first_joiner_in_one_tick_are_one_call() -> None:
    script = Script([*chat_events("Io")[:2], 0.01, *chat_events("Io")[2:]])
    stream = script.stream()
    first = stream.subscribe()
    await asyncio.sleep(0.002)
    first.dispose()
    assert (await stream).state == "complete"
    assert script.opened == 1


async def test_merging_a_stream_with_itself_is_one_call() -> None:
    script = Script(chat_events("Io"))
    stream = script.stream()
    assert await sk.flow(rx.merge(stream, stream)).pipe(sk.operators.text(), sk.operators.join()) == "IoIo"
    assert script.opened == 1


def test_sixty_four_threads_on_one_stream_are_one_call() -> None:
    script = Script(chat_events(*map(str, range(50))))
    stream = script.stream()
    lengths: list[int] = []
    threads = [threading.Thread(target=lambda: lengths.append(len(list(stream)))) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (set(lengths), script.opened) == ({53}, 1)


async def _outcome(flow: sk.Flow[sk.Chunk]) -> object:
    try:
        return await flow
    except sk.StreamError as error:
        return error
