"""What every test may rely on: no network, no keys, one kind of event loop, and where the recordings lie."""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import pytest
import structlog
from hypothesis import settings

from tests.locked import sitecustomize as lock

collect_ignore = ["planted.py"]  # a script, run by `make planted`

# No deadlines: a busy machine is no bug. CI tries the same examples each time, everyone else new ones.
settings.register_profile("ci", deadline=None, derandomize=True)
settings.register_profile("anywhere", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "anywhere")

# What a provider's SDK or an HTTP client reads from the environment.
_PREFIXES = (
    *("ANTHROPIC_", "AWS_", "AZURE_", "CLOUDSDK_", "CO_", "COHERE_", "GEMINI_", "GOOGLE_", "GROQ_", "MISTRAL_"),
    *("OLLAMA_", "OPENAI_"),
)
_SUFFIXES = ("_API_KEY", "_API_TOKEN", "_PROXY", "_BASE_URL", "_API_BASE")
_TAKEN = pytest.StashKey[dict[str, str]]()
"""What was taken away, for the tests that ask real providers."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that choose the event loop, and who sends the requests."""
    who = "who sends the requests of the calls that leave it open and that both streamkit and an SDK can send"
    parser.addoption("--transport", choices=("auto", "direct", "sdk"), default="auto", help=who)
    how = "the event loop of the async tests, of `asyncio.run` in tests and of the loop that sync code shares"
    parser.addoption("--loop", choices=("asyncio", "uvloop"), default="asyncio", help=how)
    what = "a package that counts as not installed: without aiohttp, our own requests go over httpx2"
    parser.addoption("--without", action="append", default=[], help=what)


def pytest_configure(config: pytest.Config) -> None:
    """Lock the network and forget the keys before anything is collected, so doctests and docs are covered too."""
    sys.modules.update(dict.fromkeys(config.option.without, cast("Any", None)))  # the import system's own way
    if config.option.loop == "uvloop":
        import uvloop

        policy = uvloop.EventLoopPolicy()
        asyncio.set_event_loop_policy(policy)  # pyright: ignore[reportDeprecated] - nothing else reaches asyncio.run
        lock.lock_uvloop()
    # The programs that the tests start are locked too.
    if config.option.transport != "auto":
        vars(importlib.import_module("streamkit.providers._direct"))["USUAL"] = config.option.transport
    folders = [str(Path(lock.__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(folders)
    config.stash[_TAKEN] = {name: os.environ.pop(name) for name in _names_from_outside()}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests of real providers and those that run checkers, unless `-m` selects exactly those."""
    for marker in {"live", "checkers"} - {config.option.markexpr}:
        apart = {item for item in items if item.get_closest_marker(marker)}
        config.hook.pytest_deselected(items=list(apart))
        items[:] = [item for item in items if item not in apart]


def pytest_report_header(config: pytest.Config) -> str:
    """Name the event loop, the transport, and the versions that differ between the environments the tests run in."""
    versions = (f"{name} {version(name)}" for name in ("anthropic", "cohere", "openai", "reactivex"))
    return ", ".join((f"loop {config.option.loop}", f"transport {config.option.transport}", *versions))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line each what the skipped tests would need."""
    skipped: list[pytest.TestReport | pytest.CollectReport] = terminalreporter.stats.get("skipped", [])
    reasons = Counter(str(cast("tuple[object, ...]", report.longrepr)[2]) for report in skipped)
    if reasons:
        terminalreporter.section("what the skipped tests would need")
    for reason, many in reasons.most_common():
        terminalreporter.write_line(f"{many:5} {reason.removeprefix('Skipped: ')}")


@pytest.fixture(scope="module", autouse=True)
def what_is_loaded_is_no_garbage() -> None:
    """Take what earlier files have loaded out of the collector's sight.

    A million objects belong to the modules of the SDKs. A test that calls `gc.collect()` looks for garbage of its own,
    and would look through all of those: a third of a second each time.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def no_connection_of_litellms_own() -> Iterator[None]:
    """Close the client that LiteLLM keeps for the whole process.

    LiteLLM asks an Ollama server about its model by that client, which keeps the connection open. The garbage collector
    may find its socket in a later test.
    """
    yield
    litellm = sys.modules.get("litellm")
    if litellm is not None and (client := vars(litellm).pop("module_level_client", None)) is not None:
        client.close()


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the keys and proxies that an earlier test may have left behind."""
    for name in _names_from_outside():
        monkeypatch.delenv(name)


@pytest.fixture
def outside(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the keys back and lift the lock, for a test that bears the marker `live` and for no other."""
    if request.node.get_closest_marker("live") is None:
        pytest.fail("only a test with the marker `live` may leave this machine")
    for name, value in request.config.stash[_TAKEN].items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(lock.LIFTED, request.node.nodeid)


@pytest.fixture
def usually_direct(request: pytest.FixtureRequest) -> None:
    """Skip a test of what ``transport="auto"`` means, where `--transport` says something else."""
    if request.config.option.transport == "sdk":
        pytest.skip("--transport sdk makes the SDK the usual one")


@pytest.fixture(autouse=True)
def fresh_structlog() -> Iterator[None]:
    """Undo what a test has configured: `capture_logs` leaves structlog printing."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    """Run every async test on asyncio, with the event loop that `--loop` names."""
    return "asyncio", {"use_uvloop": request.config.option.loop == "uvloop"}


@pytest.fixture(scope="session")
def wire_dir() -> Path:
    """Give the folder of recorded provider streams, or skip where nobody named it."""
    return _recordings("STREAMKIT_WIRE")


@pytest.fixture(scope="session")
def wire_more_dir() -> Path:
    """Give the folder of the second lot of recorded provider streams, or skip where nobody named it."""
    return _recordings("STREAMKIT_WIRE_MORE")


def _recordings(variable: str) -> Path:
    named = os.environ.get(variable)
    if not named:
        pytest.skip(f"{variable} is unset: it names a folder of recorded provider streams")
    if not (Path(named) / "manifest.jsonl").is_file():
        pytest.fail(f"{variable}={named} holds no manifest.jsonl")
    return Path(named)


def _names_from_outside() -> list[str]:
    return [name for name in os.environ if name.upper().startswith(_PREFIXES) or name.upper().endswith(_SUFFIXES)]


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Set the keys that Bedrock signs with, and keep the keys and addresses of this machine out."""
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-key")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
