"""What the packages show before it is loaded."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

import streamkit as sk
import streamkit.operators as ops


def test_an_operator_is_loaded_when_it_is_first_named() -> None:
    code = "import sys, streamkit.operators as ops; ops.text; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "streamkit.operators._text" in modules
    assert not {"streamkit.operators._sentences", "streamkit.text.sentences"} & set(modules)


@pytest.mark.parametrize("module", [sk, ops])
def test_what_is_not_loaded_yet_can_be_seen(module: ModuleType) -> None:
    assert set(module.__all__) <= set(dir(module))


@pytest.mark.parametrize("module", [sk, ops])
def test_an_unknown_name_is_an_attribute_error(module: ModuleType) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'sentense'"):
        _ = module.sentense


def test_what_can_be_seen_is_what_is_public() -> None:
    assert dir(sk) == sorted(sk.__all__)


@pytest.mark.parametrize(
    ("older", "name"),
    [("Accepted", "AcceptedResult"), ("Finding", "FindResult"), ("Found", "TextMatch"), ("Quorum", "QuorumResult")],
)
def test_older_names_stay(older: str, name: str) -> None:
    assert getattr(sk, older) is getattr(sk, name)
