"""Clocks, caps and what a log keeps: a value that cannot be is refused with what to write instead."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from streamkit.errors import ConfigurationError
from streamkit.settings import CAPS, Timeouts, validate_keep


def test_the_clocks_have_the_defaults_that_are_documented() -> None:
    assert (Timeouts().first, Timeouts().between, Timeouts().total) == (600, 120, None)


@pytest.mark.parametrize("seconds", [0.001, 1, 3600, None])
def test_a_clock_takes_seconds_or_none(seconds: float | None) -> None:
    assert Timeouts(first=seconds, between=seconds, total=seconds).total == seconds


@pytest.mark.parametrize("name", ["first", "between", "total"])
@pytest.mark.parametrize("value", [0, -1, math.inf, math.nan, True, "5", [5]])
def test_any_other_clock_is_refused_by_its_name(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Timeouts(**{name: value})
    assert str(caught.value) == f"Timeouts({name}={value!r}): use a number of seconds above 0, or None."


def test_settings_do_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Timeouts().total = 1  # pyright: ignore[reportAttributeAccessIssue]


def test_an_event_is_smaller_than_the_log_that_keeps_it() -> None:
    assert 0 < CAPS.event < CAPS.log
    assert 0 < CAPS.ahead < CAPS.chunks


@pytest.mark.parametrize("keep", ["all", 0, 1, 10**9])
def test_a_log_keeps_all_or_a_number_of_chunks(keep: object) -> None:
    assert validate_keep(keep) == keep


@pytest.mark.parametrize("keep", [-1, 1.5, True, "some", None, [1]])
def test_any_other_keep_is_refused(keep: object) -> None:
    with pytest.raises(ConfigurationError) as caught:
        validate_keep(keep)
    assert str(caught.value) == f"keep={keep!r}: use 'all' or a number of chunks, 0 or more."
