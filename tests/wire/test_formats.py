"""What holds in every format: only the provider's own end proves, errors count until the sentinel, nothing after it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamkit import wire
from streamkit.errors import LimitExceeded, MalformedError, ProviderError, StreamError, TruncatedError
from streamkit.settings import CAPS
from streamkit.testing import rechunk
from tests.wire.formats import FORMATS, LINES, NEVER_CLOSED
from tests.wire.outcome import DONE, data, outcome

every_format = pytest.mark.parametrize("api", FORMATS)
FAILURE = data({"error": {"message": "late", "type": "server_error", "code": 500}})


def events(api: str) -> list[bytes]:
    content, proof, sentinel = FORMATS[api]
    return [*content, proof, *sentinel]


@every_format
def test_an_answer_with_its_end_is_complete(api: str) -> None:
    result = outcome(events(api), api=api)
    assert (result.response.content, result.error, result.notes) == ("Io", None, [])
    assert result.response.common_finish_reasons == ["stop"]


@every_format
def test_cut_after_any_event_it_is_an_error_with_what_came(api: str) -> None:
    content, proof, _ = FORMATS[api]
    for count in range(len(content) + 1):
        for last in ([], [DONE], [proof[:-3]]):
            with pytest.raises(TruncatedError) as caught:
                wire.decoder(api).reduce(b"".join([*content[:count], *last]))
            partial = caught.value.partial
            assert partial is not None and "Io".startswith(partial.content) and partial.state == "failed"
    assert wire.reduce(api, b"".join([*content, proof])).content == "Io"


@every_format
def test_a_sentinel_of_any_format_proves_nothing(api: str) -> None:
    content, _, sentinel = FORMATS[api]
    result = outcome([*content, *sentinel, DONE], api=api)
    assert isinstance(result.error, TruncatedError)
    assert "without a" in str(result.error)


@pytest.mark.parametrize("api", [api for api in FORMATS if api != "openai.chat"])
def test_a_gateway_may_add_done_to_any_format(api: str) -> None:
    assert outcome([*events(api), b"event: data\n" + DONE], api=api).seen == outcome(events(api), api=api).seen


@every_format
def test_an_error_counts_until_the_sentinel(api: str) -> None:
    content, proof, sentinel = FORMATS[api]
    bodies = [[*content, FAILURE], [*content[:-2], FAILURE]] + (
        [[*content, proof, FAILURE, *sentinel]] if sentinel else []
    )
    for body in bodies:
        result = outcome(body, api=api)
        assert isinstance(result.error, ProviderError)
        assert (result.error.message, result.error.status, result.error.provider) == (
            "late",
            500,
            wire.APIS[api].vendor,
        )
    if api in NEVER_CLOSED:
        assert isinstance(outcome([*events(api), FAILURE], api=api).error, ProviderError)
        return
    result = outcome([*events(api), FAILURE, *content], api=api)
    assert (result.error, result.notes, result.response.content) == (None, ["after_sentinel_dropped"], "Io")


@every_format
@pytest.mark.parametrize("flat", [{"type": "error", "message": "late"}, {"type": "error", "error": "late"}])
def test_an_error_may_have_other_forms(api: str, flat: dict[str, str]) -> None:
    result = outcome([*FORMATS[api][0], data(flat)], api=api)
    assert isinstance(result.error, ProviderError) and result.error.message == "late"


@every_format
def test_an_error_outside_data_is_one(api: str) -> None:
    failure = b'{"error": {"message": "late"}}\n' if api in LINES else b'{\n "error": {"message": "late"}\n}\n'
    result = outcome([*FORMATS[api][0], failure], api=api)
    assert isinstance(result.error, ProviderError) and result.response.content == "Io"


@every_format
@pytest.mark.parametrize("event", ["null", "[1]", "{broken", '{"a":' * 200 + "1" + "}" * 200])
def test_an_event_that_is_no_object_is_malformed(api: str, event: str) -> None:
    result = outcome([*FORMATS[api][0], data(event)], api=api)
    assert isinstance(result.error, MalformedError) and result.response.content == "Io"


@every_format
def test_a_body_that_is_no_stream_says_how_it_begins(api: str) -> None:
    assert "<html>" in str(outcome([b"<html>502</html>"], api=api).error)
    assert isinstance(outcome([], api=api).error, TruncatedError)


@every_format
def test_an_event_without_end_is_an_error(api: str) -> None:
    result = outcome([*FORMATS[api][0], b"data: ", b"x" * CAPS.event], api=api)
    assert isinstance(result.error, LimitExceeded) and result.response.content == "Io"


@every_format
def test_binary_between_events_is_malformed_until_the_sentinel(api: str) -> None:
    content, proof, _ = FORMATS[api]
    assert isinstance(outcome([*content, b"\x00\x01\n\n", proof], api=api).error, MalformedError)
    assert (outcome([*events(api), b"\x00\x01\n\n"], api=api).error is None) is (api not in NEVER_CLOSED)


@every_format
def test_what_is_unknown_does_no_harm(api: str) -> None:
    content, proof, sentinel = FORMATS[api]
    odd = [
        data({}),
        data({"type": "brand_new", "index": 7, "delta": {"type": "new"}}),
        b": hello\n\n",
        data({"type": 3}),
    ]
    result = outcome([*(x for each in content for x in (each, *odd)), proof, *sentinel], api=api)
    assert (result.response.content, result.error, result.notes) == ("Io", None, [])


@every_format
def test_a_label_may_be_another_than_the_vendor(api: str) -> None:
    decoder = wire.open_decoder(api, vendor="vertex", provider="me")
    chunks = [chunk for each in FORMATS[api][0] for chunk in decoder.feed(each)]
    assert {chunk.provider for chunk in chunks} == {"me"}
    decoder.finish()
    assert decoder.error is not None and decoder.error.provider == "me"
    assert {chunk.provider for chunk in outcome(events(api), api=api, vendor="vertex").chunks} == {"vertex"}


@given(st.sampled_from(list(FORMATS)), st.lists(st.integers(0, 2000), max_size=20))
def test_any_split_of_the_bytes_gives_the_same(api: str, cuts: list[int]) -> None:
    body = b"".join(events(api))
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    fragments = [body[start:stop] for start, stop in pairwise(edges)]
    assert outcome(fragments, api=api).seen == outcome([body], api=api).seen
    assert outcome(rechunk(body, size=1), api=api).seen == outcome([body], api=api).seen


@every_format
def test_the_error_of_a_whole_body_is_raised_with_its_part(api: str) -> None:
    with pytest.raises(StreamError) as caught:
        wire.reduce(api, b"".join([*FORMATS[api][0], FAILURE]))
    assert caught.value.partial is not None and caught.value.partial.content == "Io"
