"""What the end of a body completes can be read, also where that end is an error."""

from __future__ import annotations

import pytest

from streamkit import wire
from streamkit.errors import TruncatedError
from tests.wire.formats import FORMATS

every_format = pytest.mark.parametrize("api", FORMATS)


@every_format
def test_what_a_finish_that_raises_has_decoded_is_readable(api: str) -> None:
    body = b"".join(FORMATS[api][0]).rstrip()  # nothing closes the last event, and nothing proves the end
    decoder = wire.decoder(api)
    chunks = decoder.feed(body)
    assert decoder.rest == []
    with pytest.raises(TruncatedError) as caught:
        decoder.finish()
    text = "".join(chunk.content for chunk in [*chunks, *decoder.rest])
    assert caught.value.partial is not None
    assert text == caught.value.partial.content == decoder.response.content == "Io"
    with pytest.raises(TruncatedError):  # again, and nothing is lost
        decoder.finish()
    assert "".join(chunk.content for chunk in [*chunks, *decoder.rest]) == "Io"


@every_format
def test_what_a_finish_returns_is_the_rest(api: str) -> None:
    content, proof, _ = FORMATS[api]
    decoder = wire.decoder(api)
    decoder.feed(b"".join([*content, proof]).rstrip())
    assert decoder.finish() == decoder.rest
    assert decoder.response.state == "complete"


@every_format
def test_the_error_of_a_cut_body_has_the_providers_own_object(api: str) -> None:
    with pytest.raises(TruncatedError) as caught:
        wire.reduce(api, b"".join(FORMATS[api][0]))
    assert caught.value.partial is not None and caught.value.partial.response is not None
