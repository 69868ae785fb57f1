"""The stub of the fluent methods says what they give: every method of reactivex's is in it, and gives a Flow."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import Any

import pytest
import reactivex as rx

import streamkit as sk

STUB = Path(inspect.getfile(sk.Flow)).with_name("_fluent.pyi")
# What gives no Flow: a connectable or a future, what reactivex makes without ``pipe``, and what takes a type apart.
NO_FLOW = {"multicast", "publish", "publish_value", "ref_count", "replay", "to_future"}
TYPED_BY_REACTIVEX = frozenset(
    "dematerialize exclusive partition_indexed pluck pluck_attr starmap starmap_indexed switch_latest".split()  # noqa: SIM905
)
OURS = ["pipe", "run", "subscribe"]


def stub_names() -> set[str]:
    (fluent,) = [node for node in ast.parse(STUB.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)]
    return {node.name for node in fluent.body if isinstance(node, ast.FunctionDef)}


def test_every_fluent_method_is_in_the_stub() -> None:
    fluent = {name for name, _ in inspect.getmembers(rx.Observable, callable) if not name.startswith("_")}
    assert stub_names() - fluent == set()
    assert fluent - stub_names() - NO_FLOW - TYPED_BY_REACTIVEX - {*OURS} == set()


def without_arguments() -> list[str]:
    methods = {name: inspect.signature(getattr(rx.Observable, name)).parameters.values() for name in stub_names()}
    return sorted(
        name
        for name, parameters in methods.items()
        if all(
            each.name == "self" or each.default is not each.empty or each.kind == each.VAR_POSITIONAL
            for each in parameters
        )
    )


@pytest.mark.parametrize("name", without_arguments())
def test_a_fluent_method_gives_a_flow(name: str) -> None:
    numbers: Any = sk.flow(rx.of(1, 2, 3))
    assert isinstance(getattr(numbers, name)(), sk.Flow)
