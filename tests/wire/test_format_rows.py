"""Each wire API is one row: it loads its decoder and its rebuild functions when they are first used, and no sooner."""

from __future__ import annotations

import subprocess
import sys

import pytest

from streamkit.chunk import Chunk
from streamkit.wire import APIS, Api, Format, HandingDecoder
from streamkit.wire.decoder import DelegatingDecoder

PROGRAM = """
import sys
from streamkit import wire

def loaded():
    return {name for name in sys.modules if name.startswith("streamkit.wire.") and name.count(".") == 3}

before = loaded()
wire.decoder("gemini.generate_content")
print(*sorted(before))
print(*sorted(loaded() - before))
"""


def test_a_decoder_is_imported_when_it_is_first_opened() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    before, opened = done.stdout.splitlines()
    assert not [name for name in before.split() if name.endswith(("decoder", "rebuild", "sdk"))]
    assert "streamkit.wire.gemini.decoder" in opened.split()
    assert not [name for name in opened.split() if name.endswith(("request", "rebuild", "sdk"))]


def test_every_row_is_found_by_the_name_that_its_chunks_carry() -> None:
    assert list(APIS) == sorted(APIS) == [row.api for row in APIS.values()]
    assert {type(row) for row in APIS.values()} == {Format}
    assert (Api, HandingDecoder) == (Format, DelegatingDecoder)


@pytest.mark.parametrize("api", [None, "nobody.chat", "nobodys_package:build"])
def test_the_event_of_an_unknown_api_is_a_dict(api: str | None) -> None:
    assert Chunk(payload=b'{"a": 1}', api=api).chunk == {"a": 1}
