"""What `make live` asks works, shown without a network and without a key."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import streamkit as sk
from streamkit.providers import PROVIDERS, compatible
from streamkit.testing import FaultServer, Plan, plan
from streamkit.testing.in_process import Request
from tests.live.probes import PROBES, ROWS, Row
from tests.providers.doors import DOORS, KEY, Door, marked

ROOT = Path(__file__).parents[2]
CALL = [("c0", "get_orbit", {"moon": "Io"})]
NUMBERS = [f"{number} " for number in range(1, 301)]
LOCAL = {"llama.cpp", "lmstudio", "ollama-openai", "vllm"}
SPECIAL = {"bedrock", "litellm", "ollama"}  # no key of ours: their settings are tested elsewhere


def answer(door: Door, request: Request) -> Plan:
    """Answer what a probe asks, by looking at what it sends."""
    if b"get_orbit" in request.body:
        return plan("none", door.everything(calls=CALL))
    if b"Count from" in request.body:
        return plan("none", door.events(*NUMBERS), every=0.001)
    return plan("none", door.events("Euro", "pa"))


def row_of(provider: str) -> Row:
    return next(row for row in ROWS if row.provider == provider)


@pytest.mark.sdk
@pytest.mark.parametrize("probe", PROBES)
@pytest.mark.parametrize("name", [marked(name) for name in DOORS])
async def test_the_same_code_is_content_with_a_server_of_ours(name: str, probe: str) -> None:
    door, row = DOORS[name], row_of(name.partition(" ")[0])
    with FaultServer(lambda request: answer(door, request)) as server:
        where: dict[str, Any] = {"base_url": server.base_url + door.base, "api_key": KEY}
        await PROBES[probe](row, door.model, **where)
        if probe == "early stop":
            (exchange,) = await server.until_closed()
            assert not exchange.finished


@pytest.mark.sdk
@pytest.mark.parametrize("probe", PROBES)
async def test_a_provider_that_does_not_answer_so_fails_its_probe(probe: str) -> None:
    with FaultServer(plan("none", DOORS["openai"].events("Io"))) as server, pytest.raises(AssertionError):
        await PROBES[probe](row_of("openai"), "m", base_url=server.base_url + "/v1", api_key=KEY)


def test_every_provider_that_needs_a_key_has_one_row() -> None:
    known = {*PROVIDERS, *compatible.PROVIDERS} - LOCAL - {"replay"}
    assert sorted(row.provider for row in ROWS) == sorted(known)


@pytest.mark.parametrize("row", [row for row in ROWS if row.provider not in SPECIAL], ids=lambda row: row.provider)
async def test_a_row_names_the_variable_that_its_provider_misses(row: Row) -> None:
    if row.package is not None:
        pytest.importorskip(row.package)
    with pytest.raises(sk.ConfigurationError) as caught:
        await sk.stream(f"{row.provider}/{row.model}", "?")
    missing = row.missing({})
    assert missing is not None and row.needs[0][0] in missing and row.needs[0][0] in caught.value.message


def run(*arguments: str, **environment: str) -> str:
    """Run pytest as `make live` does; return what it says."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rsf", *arguments, "tests/live"]
    settings: dict[str, Any] = {"cwd": ROOT, "timeout": 120, "env": {**variables, **environment}}
    done = subprocess.run(command, capture_output=True, text=True, check=False, **settings)
    return done.stdout + done.stderr


def test_without_a_key_every_provider_is_skipped_by_its_name_and_its_variables() -> None:
    output = run("-m", "live")
    for row in ROWS:
        assert f"{row.missing({})}\n" in output
    assert re.search(rf"1 passed, {3 * len(ROWS)} skipped", output), output


@pytest.mark.sdk
def test_a_provider_whose_key_is_set_is_called_with_the_named_model() -> None:
    def choose(request: Request) -> Plan:
        return answer(DOORS["openai-responses" if request.path.endswith("/responses") else "openai"], request)

    with FaultServer(choose) as server:
        where = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url + "/v1", "STREAMKIT_LIVE_OPENAI": "mine"}
        output = run("-m", "live", "-k", "openai and not litellm and not azure", **where)
    assert "6 passed" in output and "failed" not in output, output
    models = {request.json()["model"] for request in server.requests if request.path.endswith("/completions")}
    assert models == {"mine"}


def test_no_provider_is_called_by_another_selection_of_tests(request: pytest.FixtureRequest) -> None:
    assert not [item for item in request.session.items if item.get_closest_marker("live")]
    output = run("-m", "live or sdk", "--collect-only", "-q")
    assert "test_probes.py" in output and "test_live.py" not in output, output


def test_the_lock_is_not_lifted_for_any_other_test(request: pytest.FixtureRequest) -> None:
    with pytest.raises(pytest.fail.Exception, match="marker `live`"):
        request.getfixturevalue("outside")
