"""Stop strings where the wire has none: the decoder ends the answer there, however the bytes and deltas are cut."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import streamkit as sk
from streamkit import wire
from streamkit.providers._request import CallSpec, decoding_of
from streamkit.testing import Script, chat_event, responses_event, responses_events
from streamkit.wire.request import check
from streamkit.wire.stop_strings import StopStringDecoder
from tests.wire.responses import CREATED, arguments, called, delta, over, sent

API = "openai.responses"
TEXTS = ("木星 ", "and E", "uropa. ", "\n\nEN", "D", "ING 👩‍🚀", " more")


def decode(data: bytes, *stop: str, cut: int = 0, api: str = API, **options: Any) -> tuple[Any, list[sk.Chunk]]:
    """Decode bytes, all at once or in parts of so many."""
    decoder = wire.open_decoder(api, stop=stop, **options)
    chunks: list[sk.Chunk] = []
    for start in range(0, len(data), cut or len(data)):
        chunks += decoder.feed(data[start : start + (cut or len(data))])
    chunks += decoder.finish()
    return decoder, chunks


def text(chunks: list[sk.Chunk]) -> str:
    return "".join(chunk.content for chunk in chunks)


@pytest.mark.parametrize(
    ("stop", "left", "found"),
    [
        (("END",), "木星 and Europa. \n\n", "END"),
        (("ENDING", "END"), "木星 and Europa. \n\n", "END"),
        (("Europa", "and Europa"), "木星 ", "and Europa"),
        (("and Europa", "E"), "木星 and ", "E"),
        (("\n\n", "nope"), "木星 and Europa. ", "\n\n"),
        (("👩‍🚀",), "木星 and Europa. \n\nENDING ", "👩‍🚀"),
        (("木",), "", "木"),
    ],
)
@pytest.mark.parametrize("cut", [0, 1, 7, 300])
def test_the_answer_ends_before_the_stop_string_that_is_whole_first(
    stop: tuple[str, ...], left: str, found: str, cut: int
) -> None:
    decoder, chunks = decode(b"".join(responses_events(*TEXTS)), *stop, cut=cut)
    assert (text(chunks), decoder.stop_sequence, decoder.error) == (left, found, None)
    assert decoder.done and not decoder.finish_seen
    assert decoder.feed(b"data: {}\n\n") == decoder.finish() == []


@given(st.lists(st.text("abE", max_size=3), max_size=8), st.lists(st.text("abE", min_size=1, max_size=3), min_size=1))
def test_the_shortest_prefix_with_a_stop_string_decides(texts: list[str], stop: list[str]) -> None:
    whole = "".join(texts)
    matches = [(end, start) for each in stop for start in _starts(whole, each) for end in [start + len(each)]]
    decoder, chunks = decode(b"".join(responses_events(*texts)), *stop)
    end, start = min(matches, default=(0, len(whole)))
    assert text(chunks) == whole[:start]
    assert decoder.stop_sequence == (whole[start:end] if matches else None)
    assert decoder.finish_seen is not bool(matches)


def _starts(whole: str, part: str) -> list[int]:
    return [match.start() for match in re.finditer(f"(?={re.escape(part)})", whole)]


def test_without_a_match_nothing_is_lost_and_the_end_is_the_providers() -> None:
    data = b"".join(responses_events(*TEXTS[:4]))
    decoder, chunks = decode(data, "END")
    plain, expected = decode(data)
    assert text(chunks) == text(expected) and decoder.finish_seen and plain.finish_seen
    assert chunks[-1].finish_reasons == ["completed"] and chunks[-1].usage == expected[-1].usage
    cut, rest = decode(b"".join(responses_events(*TEXTS[:4])[:-4]), "END")
    assert isinstance(cut.error, sk.TruncatedError) and text(rest).endswith("\n\nEN")


def test_no_event_shows_what_was_taken_and_the_rebuilt_answer_has_the_text() -> None:
    decoder, chunks = decode(b"".join(responses_events(*TEXTS)), "END")
    assert not any(b"EN" in (chunk.payload or b"") for chunk in chunks)
    deltas = [chunk.raw["delta"] for chunk in chunks if "delta" in chunk.raw]
    assert "".join(deltas) == text(chunks) and decoder.stop_sequence == "END"


def test_thinking_and_tool_calls_are_not_searched() -> None:
    events = sent(CREATED, delta("END", kind="reasoning_text"), called(1), arguments(1, '{"a": "END"}'), over())
    decoder, chunks = decode(b"".join(events), "END")
    assert decoder.stop_sequence is None
    assert "".join(chunk.thinking for chunk in chunks) == "END"
    assert "END" in "".join(call.arguments for chunk in chunks for call in chunk.tool_calls)


def test_a_body_without_streaming_is_cut_too() -> None:
    last = json.loads(responses_events("Io END Titan")[-1].decode().partition("data: ")[2])["response"]
    decoder, (chunk,) = decode(json.dumps(last).encode(), "END", whole=True)
    assert (chunk.content, chunk.finish_reasons, chunk.raw, decoder.stop_sequence) == ("Io ", None, {}, "END")
    assert chunk.usage is not None and decoder.done and not decoder.finish_seen


def test_each_choice_has_its_own_end() -> None:
    def event(content: str, index: int, **fields: Any) -> bytes:
        return chat_event({"content": content}, index=index, **fields)

    data = [event("Io E", 0), event("END", 1), event("more", 1), event("ND more", 0)]
    decoder = StopStringDecoder(wire.open_decoder("openai.chat", choices=2), ["END"], choices=2)
    chunks = [chunk for each in data for chunk in decoder.feed(each)]
    assert [text([chunk for chunk in chunks if chunk.index == index]) for index in (0, 1)] == ["Io ", ""]
    assert decoder.done and not decoder.finish_seen and decoder.stop_sequence == "END"
    ends = StopStringDecoder(wire.open_decoder("openai.chat", choices=2), ["END"], choices=2)
    for each in (event("aEND", 1), event("Io", 0), chat_event({}, index=0, finish="stop")):
        ends.feed(each)
    assert ends.done and not ends.finish_seen


@pytest.mark.parametrize("api", [api for api in wire.APIS if not wire.APIS[api].takes_stop])
def test_the_wires_without_stop_strings_are_those_of_responses(api: str) -> None:
    assert api.endswith(".responses")
    spec = CallSpec("m", (), params={"stop": "END"})
    assert isinstance(wire.open_decoder(api, **decoding_of(spec)), StopStringDecoder)


def test_other_wires_are_left_to_their_provider() -> None:
    assert not isinstance(wire.open_decoder("openai.chat", stop=("END",)), StopStringDecoder)


@pytest.mark.parametrize("stop", ["", [], [""], ["a", ""], [3], 3, b"END", {"a": 1}])
def test_what_is_no_stop_string_is_refused_at_the_call(stop: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match="give a text or a list of texts, none of them empty"):
        check({"stop": stop}, reserved=frozenset())
    for model in ("openai/m", "openai-responses/m", "anthropic/m", "ollama/m"):
        with pytest.raises(sk.ConfigurationError, match=r"^stop="):
            sk.stream(model, "?", stop=stop)


def test_an_error_behind_the_stop_string_is_none() -> None:
    events = [*responses_events("Io END")[:5], responses_event("error", 5, code="x", message="late")]
    for cut in (0, 1):
        decoder, chunks = decode(b"".join(events), "END", cut=cut)
        assert (text(chunks), decoder.error, decoder.stop_sequence) == ("Io ", None, "END")


def test_a_script_takes_stop_strings() -> None:
    response = Script(responses_events(*TEXTS)).stream(api=API, stop=["END"]).run()
    assert response.content == "木星 and Europa. \n\n"
