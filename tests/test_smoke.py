"""The smoke program finds nothing wrong on the Python that runs the tests, and finds what is wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from streamkit.testing import FaultServer
from tests import smoke

pytestmark = pytest.mark.sdk


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with smoke.server() as server:
        yield server


# The others are looked at by other tests too.
ENDS = ["end_without_threads", "end_before_a_threads_call", "end_before_the_first_call", "end_with_a_call_at_exit"]


@pytest.mark.parametrize("name", ENDS)
def test_a_program_does_what_it_should_and_ends_quietly(name: str, server: FaultServer) -> None:
    assert list(smoke.faults(name, server.base_url + "/v1")) == []


def test_a_wrong_exit_code_or_output_is_reported(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(smoke.CASES, "end_by_an_exception", smoke.Case(smoke.end_by_an_exception, "Europa"))
    code, error = smoke.faults("end_by_an_exception", server.base_url + "/v1")
    assert code == "exit code 1, not 0; it printed '', not 'Europa'"
    assert error.startswith("standard error:\nTraceback") and error.endswith("ZeroDivisionError\n")
