"""``guard``: nothing is emitted that has not been checked, in order, and a trip stops the call."""

from __future__ import annotations

import asyncio
import contextvars
import pickle
from itertools import pairwise
from typing import Any, assert_type

import pytest
import reactivex as rx
from hypothesis import given
from hypothesis import strategies as st
from reactivex import Observable
from reactivex import operators as rxops
from reactivex.testing import ReactiveTest

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event, chat_events, regroup, run_in_virtual_time
from tests.operators.clocks import play

on_next, on_error, on_completed = ReactiveTest.on_next, ReactiveTest.on_error, ReactiveTest.on_completed
TEXT = "Io is hot. I hate you. Europa is icy. Bye."
SENTENCES = ["Io is hot. ", "I hate you. ", "Europa is icy. ", "Bye."]
FAMILY = "👩\u200d👩\u200d👧"


def is_kind(text: str, before: str) -> bool:
    return "hate" not in text


async def is_kind_later(text: str, before: str) -> bool:
    await asyncio.sleep(1 / len(text))  # the longer the text, the sooner the answer
    return "hate" not in text


async def silent(text: str, before: str) -> bool:
    if "hate" in text:
        await asyncio.Event().wait()
    return True


def allowed(text: str, before: str) -> bool:
    return True


def chunk(content: str = "", **fields: Any) -> sk.Chunk:
    return sk.Chunk(content=content, **fields)


def outcome(source: Observable[Any], operator: Any) -> tuple[list[Any], Any]:
    """Run without an event loop; return what came out, and the end."""
    found: list[Any] = []
    ends: list[Any] = []
    source.pipe(operator).subscribe(found.append, ends.append, lambda: ends.append("completed"))
    (end,) = ends
    return found, end


async def drained(source: Any, operator: Any) -> tuple[list[Any], Any]:
    """Run on the running loop; return what came out, and the end."""
    found: list[Any] = []
    ended: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    source.pipe(operator).subscribe(found.append, ended.set_result, lambda: ended.set_result("completed"))
    return found, await ended


def later(source: Any, operator: Any) -> tuple[list[Any], Any]:
    return run_in_virtual_time(drained(source, operator))


def test_a_sentence_comes_out_when_it_is_complete_and_checked() -> None:
    signals = [on_next(210, "Io is"), on_next(220, " hot. Europa i"), on_next(230, "s"), on_completed(240)]
    emitted = play(ops.guard(is_kind), *signals)
    assert emitted == [on_next(220, "Io is hot. "), on_next(240, "Europa is"), on_completed(240)]


def test_a_check_gets_the_text_and_what_stands_before_it() -> None:
    calls: list[tuple[str, str]] = []

    def check(text: str, before: str) -> bool:
        calls.append((text, before))
        return True

    outcome(rx.of(TEXT), ops.guard(check, context=15))
    assert calls == [
        ("Io is hot. ", ""),
        ("I hate you. ", "Io is hot. "),
        ("Europa is icy. ", " hot. I hate you. "[-15:]),
        ("Bye.", "Europa is icy. "),
    ]


@pytest.mark.parametrize("check", [is_kind, is_kind_later])
def test_a_trip_says_what_was_let_through_and_what_was_not(check: Any) -> None:
    found, error = later(rx.of(TEXT[:20], TEXT[20:]), ops.guard(check))
    assert found == SENTENCES[:1]
    assert isinstance(error, sk.GuardTripped)
    assert (error.passed, error.held) == ("Io is hot. ", TEXT[11:])
    assert error.partial is not None
    assert (error.partial.content, error.partial.state) == ("Io is hot. ", "stopped")
    assert str(error) == f"guard({check.__name__}) did not let 12 characters through."
    again = pickle.loads(pickle.dumps(error))
    assert (again.passed, again.held, again.partial) == (error.passed, error.held, error.partial)


@pytest.mark.parametrize("check", [is_kind, is_kind_later])
def test_what_is_not_allowed_is_replaced_and_the_text_goes_on(check: Any) -> None:
    found, end = later(rx.of(TEXT), ops.guard(check, on_trip="replace", replacement="[removed]"))
    assert (found, end) == (["Io is hot. ", "[removed] ", *SENTENCES[2:]], "completed")


def test_passages_of_characters_end_between_characters() -> None:
    assert outcome(rx.of(f"abc{FAMILY}d", "ef"), ops.guard(allowed, every=6))[0] == ["abc", f"{FAMILY}d", "ef"]
    assert outcome(rx.of("Euro", "pa"), ops.guard(allowed, every=4))[0] == ["Euro", "pa"]


def test_the_end_waits_for_the_last_check() -> None:
    assert later(rx.of("Io is hot. I hate"), ops.guard(is_kind_later))[0] == ["Io is hot. "]
    assert outcome(rx.of("Io is hot. I hate"), ops.guard(is_kind))[0] == ["Io is hot. "]


@pytest.mark.parametrize("check", [is_kind, is_kind_later])
@pytest.mark.parametrize(("last", "emitted"), [("Europa", ["Io. ", "Europa"]), ("I hate", ["Io. "])])
def test_before_an_error_of_the_source_the_rest_is_checked(check: Any, last: str, emitted: list[str]) -> None:
    wrong = ValueError("the source's own")
    source = rx.concat(rx.of(f"Io. {last}"), rx.throw(wrong))
    found, error = later(source, ops.guard(check))
    assert found == emitted
    if last == "Europa":
        assert error is wrong
    else:
        assert (type(error), error.held, error.__cause__) == (sk.GuardTripped, "I hate", wrong)


@pytest.mark.parametrize("ahead", [1, 2, 9])
def test_checks_run_ahead_and_the_order_stays(ahead: int) -> None:
    running = most = 0

    async def check(text: str, before: str) -> bool:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(1 / len(text))
        running -= 1
        return True

    found, end = later(rx.of(TEXT), ops.guard(check, ahead=ahead))
    assert (found, end, most) == (SENTENCES, "completed", min(ahead, 4))


async def _timed() -> list[tuple[float, str]]:
    script = Script([chat_event({"content": "Io is hot. Europa is"}), 2.0, *chat_events(" icy. ", "Bye now")])
    loop = asyncio.get_running_loop()

    async def check(text: str, before: str) -> bool:
        await asyncio.sleep(0.5)
        return True

    return [(loop.time(), text) async for text in script.stream().pipe(ops.text(), ops.guard(check))]


def test_text_waits_for_its_sentence_and_its_check_and_no_longer() -> None:
    assert run_in_virtual_time(_timed()) == [(0.5, "Io is hot. "), (2.5, "Europa is icy. "), (2.5, "Bye now")]


def test_a_check_that_does_not_answer_in_time_trips() -> None:
    async def main() -> tuple[list[Any], Any, float]:
        return *await drained(rx.of(TEXT), ops.guard(silent, timeout=3)), asyncio.get_running_loop().time()

    found, error, seconds = run_in_virtual_time(main())
    assert (found, type(error), seconds) == (SENTENCES[:1], sk.GuardTripped, 3)
    assert str(error).endswith("did not let 12 characters through: the check did not answer within 3 s.")
    assert later(rx.of(TEXT), ops.guard(silent, timeout=3, on_trip="replace"))[0] == [
        "Io is hot. ",
        "… ",
        "Europa is icy. ",
        "Bye.",
    ]


def test_a_check_that_takes_no_cancellation_trips_in_time() -> None:
    async def stubborn(text: str, before: str) -> bool:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                await asyncio.sleep(1)
                return True

    assert isinstance(later(rx.of("Io."), ops.guard(stubborn, timeout=3))[1], sk.GuardTripped)


@pytest.mark.parametrize("later_too", [False, True])
def test_what_a_check_raises_ends_the_flow_and_what_was_allowed_before_is_out(later_too: bool) -> None:
    def check(text: str, before: str) -> bool:
        if "hate" in text:
            raise LookupError(text)
        return True

    async def check_later(text: str, before: str) -> bool:
        return check(text, before)

    found, error = later(rx.of(TEXT), ops.guard(check_later if later_too else check))
    assert (found, type(error)) == (SENTENCES[:1], LookupError)


@pytest.mark.parametrize("later_too", [False, True])
@pytest.mark.parametrize("answer", [None, "yes", 1])
def test_an_answer_that_is_neither_true_nor_false_lets_nothing_through(later_too: bool, answer: Any) -> None:
    def check(text: str, before: str) -> bool:
        return answer

    async def check_later(text: str, before: str) -> bool:
        return answer

    found, error = later(rx.of(TEXT), ops.guard(check_later if later_too else check))
    assert (found, type(error)) == ([], sk.ConfigurationError)
    assert "return True" in str(error)


def test_a_function_that_returns_an_awaitable_says_what_to_give() -> None:
    def check(text: str, before: str) -> Any:
        return is_kind_later(text, before)

    found, error = outcome(rx.of(TEXT), ops.guard(check))
    assert (found, str(error)) == ([], "guard(check) got an awaitable: give the async function itself.")


CALL = chunk(tool_calls=(sk.ToolCallDelta(id="call_1", name="orbit", arguments="{}", complete=True),))


@pytest.mark.parametrize("check", [is_kind, is_kind_later])
def test_chunks_stay_in_order_and_a_tool_call_ends_the_passage(check: Any) -> None:
    first, second = chunk("Io is hot. Let", thinking="Hm."), chunk(" me see", model="m-1")
    end = chunk("Bye", finish_reasons=["stop"], usage=sk.Usage(1, 2))
    found, _ = later(rx.of(first, second, CALL, chunk(usage=sk.Usage(1, 1)), end), ops.guard(check))
    assert [(each.content, each.thinking, each.model) for each in found] == [
        ("Io is hot. ", "Hm.", None),
        ("Let", "", None),
        (" me see", "", "m-1"),
        ("", "", None),
        ("", "", None),
        ("Bye", "", None),
    ]
    assert (found[3], found[5]) == (CALL, end)


def test_a_chunk_whose_text_is_replaced_keeps_the_rest_and_no_event() -> None:
    source = [chunk("I ha", payload=b"{}"), chunk("te "), chunk("you", thinking="Hm."), CALL]
    found, _ = outcome(rx.from_iterable(source), ops.guard(is_kind, on_trip="replace"))
    assert [(each.content, each.payload, each.thinking) for each in found] == [
        ("…", None, ""),
        ("", None, "Hm."),
        ("", None, ""),
    ]


def test_every_choice_is_checked_by_itself() -> None:
    source = rx.of(
        chunk("Io is hot. I "),
        chunk("Europa is ", index=1),
        chunk("hate. "),
        chunk("icy. Bye now", index=1),
        chunk("Bye now"),
    )
    found, error = outcome(source, ops.guard(is_kind))
    assert ["".join(each.content for each in found if each.index == at) for at in (0, 1)] == [
        "Io is hot. ",
        "Europa is icy. ",
    ]
    assert isinstance(error, sk.GuardTripped)
    assert (error.passed, error.held) == ("Io is hot. ", "I hate. Bye now")


async def _stopped(check: Any) -> tuple[int, str | None, str, str]:
    script = Script([chat_event({"content": each}) for each in SENTENCES] + [None])
    stream = script.stream()
    with pytest.raises(sk.GuardTripped) as caught:
        async for _ in stream.pipe(ops.text(), ops.guard(check)):
            pass
    response = await stream
    await stream.aclose()
    return script.closed, response.stopped_by, response.state, caught.value.passed


@pytest.mark.parametrize("check", [is_kind, is_kind_later])
def test_a_trip_stops_the_call_and_says_by_what(check: Any) -> None:
    assert run_in_virtual_time(_stopped(check)) == (1, f"guard({check.__name__})", "stopped", "Io is hot. ")


async def _left() -> tuple[list[str], list[str], int]:
    began: list[str] = []
    ended: list[str] = []

    async def check(text: str, before: str) -> bool:
        began.append(text)
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(text)
        return True

    script = Script([chat_event({"content": TEXT}), None])
    leaving = script.stream().pipe(ops.text(), ops.guard(check)).subscribe()
    await asyncio.sleep(1)
    leaving.dispose()
    await asyncio.sleep(1)
    return began, ended, script.closed


def test_disposing_cancels_the_checks_and_reaches_the_call() -> None:
    began, ended, closed = run_in_virtual_time(_left())
    assert (began, sorted(ended), closed) == (SENTENCES[:2], sorted(SENTENCES[:2]), 1)


async def _slow_check() -> tuple[str, int]:
    most = 0
    stream = Script(chat_events(*["A word. "] * 3000)).stream()

    async def check(text: str, before: str) -> bool:
        nonlocal most
        await asyncio.sleep(1)
        log = stream.log
        most = max(most, log.length if log is not None and len(before) < 2000 else 0)
        return True

    return "".join([each async for each in stream.pipe(ops.text(), ops.guard(check))]), most


def test_slow_checks_pause_the_source_and_nothing_is_lost() -> None:
    text, most = run_in_virtual_time(_slow_check())
    assert text == "A word. " * 3000
    assert most < 1000


async def _slow_reader() -> str:
    text = ""
    async for each in Script(chat_events(*["A word. "] * 900)).stream().pipe(ops.text(), ops.guard(is_kind_later)):
        text += each
        await asyncio.sleep(0.3)
    return text


def test_a_slow_reader_gets_everything() -> None:
    assert run_in_virtual_time(_slow_reader()) == "A word. " * 900


def test_a_check_runs_in_the_subscribers_context() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="none")
    seen: list[str] = []

    async def check(text: str, before: str) -> bool:
        seen.append(variable.get())
        return True

    async def main() -> None:
        variable.set("the subscriber's")
        await drained(rx.of(TEXT), ops.guard(check))

    run_in_virtual_time(main())
    assert set(seen) == {"the subscriber's"}


def test_more_text_than_may_wait_trips_instead_of_growing() -> None:
    found, error = later(rx.from_iterable(["x" * 50_000 + ". "] * 50), ops.guard(silent_always, timeout=9))
    assert (found, type(error)) == ([], sk.GuardTripped)
    assert "1,048,576 characters that wait" in str(error)


async def silent_always(text: str, before: str) -> bool:
    await asyncio.Event().wait()
    return True


WORDS = ["Io. ", "I hate ", "you! ", "木星。", FAMILY, " Dr. ", "e\u0301", "\n\n", "bye "]


@given(st.lists(st.sampled_from(WORDS)).map("".join), st.integers(0, 2**32), st.sampled_from(["sentence", 1, 5, 17]))
def test_what_is_released_does_not_depend_on_the_cut(text: str, seed: int, every: Any) -> None:
    operator = ops.guard(is_kind, every=every)
    whole = outcome(rx.of(text), operator)
    cut = outcome(rx.from_iterable(regroup([text], seed=seed)), operator)
    assert (whole[0], type(whole[1])) == (cut[0], type(cut[1]))
    chunks = outcome(rx.from_iterable(regroup([chunk(text)], seed=seed)), operator)
    assert ("".join(map(str, chunks[0])), type(chunks[1])) == ("".join(whole[0]), type(whole[1]))
    if isinstance(whole[1], sk.GuardTripped):
        assert "".join(whole[0]) == whole[1].passed
        assert text.startswith(whole[1].passed + whole[1].held)


@given(st.lists(st.sampled_from(WORDS)).map("".join), st.integers(0, 2**32))
def test_no_secret_is_released_however_the_text_is_cut(text: str, seed: int) -> None:
    secret = "sk-4711"
    planted = f"{text}{secret}{text}"

    def check(part: str, before: str) -> bool:
        around = before + part
        return secret not in around and not any(around.endswith(secret[:size]) for size in range(1, len(secret)))

    found, error = outcome(rx.from_iterable(regroup([planted], seed=seed)), ops.guard(check, every=3))
    assert isinstance(error, sk.GuardTripped)
    assert secret not in "".join(found)


async def _two() -> list[list[str]]:
    flow = Script(chat_events(*SENTENCES)).stream().pipe(ops.text(), ops.guard(is_kind_later, on_trip="replace"))

    async def read() -> list[str]:
        return [each async for each in flow]

    return list(await asyncio.gather(read(), read()))


def test_two_subscriptions_check_by_themselves() -> None:
    first, second = run_in_virtual_time(_two())
    assert first == second == ["Io is hot. ", "… ", "Europa is icy. ", "Bye."]


@pytest.mark.parametrize(
    "options",
    [
        {"every": 0},
        {"every": "word"},
        {"every": True},
        {"every": 2.5},
        {"on_trip": "stop"},
        {"replacement": None},
        {"timeout": 0},
        {"timeout": None},
        {"ahead": 0},
        {"context": -1},
    ],
)
def test_a_bad_option_is_refused_at_the_call(options: dict[str, Any]) -> None:
    with pytest.raises(sk.ConfigurationError, match=r"guard\("):
        ops.guard(is_kind, **options)


def test_a_check_that_is_no_function_is_refused_at_the_call() -> None:
    wrong: Any = "hate"
    with pytest.raises(sk.ConfigurationError, match=r"guard\('hate'\)"):
        ops.guard(wrong)


def test_elements_without_text_are_refused() -> None:
    found, error = outcome(rx.of(b"Io"), ops.guard(is_kind))
    assert (found, type(error)) == ([], sk.ConfigurationError)


def test_a_source_without_an_end_is_left_by_who_has_enough() -> None:
    endless = rx.from_iterable(f"Sentence {at}. " for at, _ in pairwise(iter(int, 1)))
    assert len(endless.pipe(ops.guard(is_kind), rxops.take(3), rxops.to_list()).run()) == 3


def test_the_checker_knows_what_comes_out() -> None:
    stream = Script(chat_events()).stream()
    assert_type(stream.pipe(ops.guard(is_kind)), sk.Flow[sk.Chunk])
    assert_type(stream.pipe(ops.text(), ops.guard(is_kind_later)), sk.Flow[str])
    assert_type(rx.of("Io").pipe(ops.guard(is_kind)), Observable[str])


@pytest.mark.parametrize(
    "error", [StopIteration(), StopAsyncIteration(), GeneratorExit()], ids=lambda error: type(error).__name__
)
def test_a_check_that_raises_the_end_of_an_iterator_is_no_end_of_the_text(error: BaseException) -> None:
    def check(text: str, before: str) -> bool:
        raise error

    async def check_later(text: str, before: str) -> bool:
        raise error

    async def read(check: Any) -> list[str]:
        return [text async for text in sk.flow(rx.of(TEXT)).pipe(ops.guard(check))]

    with pytest.raises((RuntimeError, GeneratorExit)):
        list(sk.flow(rx.of(TEXT)).pipe(ops.guard(check)))
    for each in (check, check_later):
        with pytest.raises((RuntimeError, GeneratorExit)):
            run_in_virtual_time(asyncio.wait_for(read(each), 5))
