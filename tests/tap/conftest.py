"""The fixture of the tests that run test files of their own."""

from collections.abc import Iterator

import pytest

from tests.tap.runs import Runs, runs_of


@pytest.fixture
def runs(pytester: pytest.Pytester) -> Iterator[Runs]:
    with runs_of(pytester) as found:
        yield found
