"""An answer that is asked for again: what was read of it is void, and its tokens count."""

from __future__ import annotations

import pickle

import streamkit as sk
from streamkit import codec
from streamkit.fold import Fold
from streamkit.origin import TOOL_INDEX
from streamkit.tool import PartialToolCalls, ToolCalls

VOID = sk.Void(0, "radius: Input should be a valid integer")


def of(chunk: sk.Chunk, turn: int = 0, attempt: int | None = 0) -> sk.Chunk:
    return chunk.with_origin(sk.Origin(turn, attempt=attempt))


def void(turn: int = 0, attempt: int = 1) -> sk.Chunk:
    return sk.Chunk(index=TOOL_INDEX).with_origin(sk.Origin(turn, result=VOID, attempt=attempt))


WRONG = [of(sk.Chunk(content="wrong")), of(sk.Chunk(finish_reasons=["stop"], usage=sk.Usage(7, 2)))]
RIGHT = [
    of(sk.Chunk(content="ri"), attempt=1),
    of(sk.Chunk(content="ght", plain=True), attempt=1),
    of(sk.Chunk(finish_reasons=["stop"], usage=sk.Usage(9, 3)), attempt=1),
]


def test_the_fold_has_the_last_answer_and_the_tokens_of_all() -> None:
    fold = Fold()
    fold.add(WRONG)
    assert fold.content == "wrong"
    fold.add([void()])
    assert (fold.content, fold.finished) == ("", False)
    fold.add(RIGHT)
    assert (fold.content, fold.response("complete").finish_reasons) == ("right", ["stop"])
    assert fold.total_usage == sk.Usage(16, 5)


def test_an_answer_is_void_even_if_only_the_number_of_the_attempt_says_so() -> None:
    fold = Fold()
    fold.add([*WRONG, *RIGHT])
    assert (fold.content, fold.total_usage) == ("right", sk.Usage(16, 5))


def test_what_earlier_turns_had_stays() -> None:
    call = sk.ToolCallDelta(0, "call_0", "orbit", "{}")
    first = [
        of(sk.Chunk(content="Let me see. ", thinking="Hm.", tool_calls=(call,)), attempt=0),
        of(sk.Chunk(finish_reasons=["tool_calls"], usage=sk.Usage(1, 1))),
    ]
    fold = Fold()
    fold.add([*first, *(of(sk.Chunk(content=f"answer {attempt}"), 1, attempt) for attempt in range(3))])
    response = fold.response("complete")
    assert (response.content, response.thinking) == ("Let me see. answer 2", "Hm.")
    assert [each.name for each in response.tool_calls] == ["orbit"]


def test_the_chunks_of_a_fold_fold_to_the_same() -> None:
    fold, late = Fold(), Fold()
    fold.add([*WRONG, void(), *RIGHT])
    late.add(fold.chunks())
    assert (late.content, late.total_usage) == ("right", sk.Usage(16, 5))
    late.add([of(sk.Chunk(content="once more"), attempt=2)])
    assert late.content == "once more"


def test_the_text_read_before_is_not_what_is_read_behind_a_void() -> None:
    fold = Fold()
    for text in ("wr", "ong"):
        fold.add([of(sk.Chunk(content=text))])
    assert fold.content == "wrong"  # the text is kept as one growing string now
    fold.add([void(), *RIGHT])
    assert fold.content == "right"


def test_a_void_answer_does_not_count_against_the_caps_of_the_next() -> None:
    fold = Fold(sk.Caps(text=10))
    for attempt in range(3):
        fold.add([of(sk.Chunk(content="1234567"), attempt=attempt)])
    assert fold.content == "1234567"


def test_the_calls_of_a_void_answer_are_dropped() -> None:
    calls, partial = ToolCalls(), PartialToolCalls()
    whole: list[str] = []
    for attempt, arguments in enumerate(('{"radius": "large"}', '{"radius": 1821}')):
        delta = sk.ToolCallDelta(0, f"call_{attempt}", "answer", arguments)
        chunk = of(sk.Chunk(tool_calls=(delta,)), attempt=attempt)
        calls.feed(chunk)
        calls.feed(of(sk.Chunk(finish_reasons=["tool_calls"]), attempt=attempt))
        whole += [call.arguments_text for call in calls.completed()]
        assert [each.arguments_text for each in partial.feed(chunk)] == [arguments]
    assert whole == ['{"radius": "large"}', '{"radius": 1821}']
    assert [call.id for call in calls.snapshot()] == ["call_1"]


def test_the_news_survives_json_and_pickle() -> None:
    for chunk in (void(), RIGHT[0]):
        for read in (codec.decode(codec.encode(chunk)), pickle.loads(pickle.dumps(chunk))):
            assert isinstance(read, sk.Chunk)
            assert (read, read.origin) == (chunk, chunk.origin)


def test_the_error_has_every_answer_and_survives_json_and_pickle() -> None:
    attempts = [Fold().response("complete"), Fold().response("complete").model_copy(update={"content": "Io"})]
    error = sk.ValidationFailed("no", attempts=attempts, partial=attempts[1], provider="openai")
    assert not error.retryable
    assert "Io" not in str(error.details)
    for read in (codec.decode(codec.encode(error)), pickle.loads(pickle.dumps(error))):
        assert isinstance(read, sk.ValidationFailed)
        assert ([each.content for each in read.attempts], read.provider) == (["", "Io"], "openai")
        assert read.partial is not None
        assert (read.partial.content, read.retryable, read.message) == ("Io", False, "no")
