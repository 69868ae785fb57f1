"""Bytes cut anew are the same bytes, and tool calls the same calls."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import streamkit as sk
from streamkit.fold import Fold
from streamkit.testing import rechunk, regroup


@given(st.binary(max_size=300), st.integers())
def test_parts_join_to_the_data_and_none_is_empty(data: bytes, seed: int) -> None:
    parts = rechunk(data, seed=seed)
    assert b"".join(parts) == data
    assert all(parts)


@given(st.binary(max_size=300), st.integers(min_value=1, max_value=400))
def test_a_size_holds_for_all_parts_but_the_last(data: bytes, size: int) -> None:
    parts = rechunk(data, size=size)
    assert b"".join(parts) == data
    assert all(len(part) == size for part in parts[:-1])


def test_a_seed_gives_the_same_split_again() -> None:
    data = bytes(1000)
    assert rechunk(data, seed=7) == rechunk(data, seed=7)
    assert rechunk(data, seed=7) != rechunk(data, seed=8)


def test_random_splits_are_coarse_and_fine() -> None:
    counts = {len(rechunk(bytes(1000), seed=seed)) for seed in range(100)}
    assert min(counts) < 10
    assert max(counts) > 500


def test_without_a_seed_every_split_is_another() -> None:
    assert len({len(rechunk(bytes(1000))) for _ in range(20)}) > 1


def test_no_data_is_no_part() -> None:
    assert rechunk(b"") == rechunk(b"", size=4) == []


def test_a_split_of_whole_bytes_is_possible() -> None:
    assert rechunk(b"abc", size=1) == [b"a", b"b", b"c"]


@pytest.mark.parametrize(("seed", "size"), [(None, 0), (None, -1), (1, 1)])
def test_a_split_that_cannot_be_is_refused(seed: int | None, size: int) -> None:
    with pytest.raises(ValueError, match="size="):
        rechunk(b"abc", seed=seed, size=size)


def test_a_cut_tool_call_keeps_its_kind_and_signature() -> None:
    delta = sk.ToolCallDelta(0, "c", "shell", '{"commands": []}', complete=True, signature="s", kind="shell_call")
    for seed in range(20):
        fold = Fold()
        fold.add(regroup([sk.Chunk(tool_calls=(delta,))], seed=seed))
        (call,) = fold.response().tool_calls
        assert (call.kind, call.signature, call.arguments) == ("shell_call", "s", {"commands": []})
