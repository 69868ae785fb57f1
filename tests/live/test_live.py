"""Real providers, run only by `make live`: one text, one tool, one early stop of each whose key is set."""

from __future__ import annotations

import contextlib
import os
import socket

import pytest

from tests.live.probes import PROBES, ROWS, Row

pytestmark = [
    pytest.mark.live,
    pytest.mark.usefixtures("outside"),
    # LiteLLM's own code warns about its own types and uses what its libraries have deprecated.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm.*", "ignore::UserWarning:pydantic.*"),
]


@pytest.mark.parametrize("probe", PROBES)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.provider)
async def test_it_answers(row: Row, probe: str) -> None:
    missing = row.missing(os.environ)
    if missing is not None:
        pytest.skip(missing)
    if probe == "tool" and row.choice is None:
        pytest.skip(f"{row.provider}: its models take no tools")
    await PROBES[probe](row, os.environ.get(row.variable) or row.model)


def test_the_network_is_open() -> None:
    """A datagram socket that is connected sends nothing: it is only looked at by the lock."""
    with socket.socket(type=socket.SOCK_DGRAM) as outward, contextlib.suppress(OSError):
        outward.connect(("192.0.2.1", 9))
