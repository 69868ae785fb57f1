"""The pytest plugin of streamkit: `@pytest.mark.recording` records the calls of a test once, and replays them after.

pytest loads this module in every run of an environment in which streamkit is installed. So it is a package of its own,
and imports nothing of streamkit before a test has a mark, or a run an option, of its own.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from streamkit._tap import RecordedTest

_MODES = ("once", "none", "new", "rewrite")

_MARK = (
    "recording(name=None, *, prompts=False, speed='max', faults=(), ignore=(), ignore_hosts=(), all_used=False): record"
    " the calls of this test in recordings/NAME.jsonl beside its file, and replay them after that"
)

_NETWORK = "streamkit_network: this test may reach the network, although --streamkit-no-network is given"

_RECORDED, _UNUSED = "streamkit_recorded", "streamkit_unused"

_TESTS = "streamkit_tests"  # the attribute of the test item that holds what its mark has started


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("streamkit", "recorded calls of language models (streamkit)")
    group.addoption(
        "--streamkit-record",
        choices=_MODES,
        default=None,
        help="what tests with the mark `recording` do. once (the default): replay what is recorded, and record a test "
        "that has no recording. none: replay only, and send nothing; for CI. new: replay what is recorded, and record "
        "each request that is not. rewrite: record everything anew.",
    )
    group.addoption(
        "--streamkit-no-network",
        action="store_true",
        help="no test reaches the network: a connection beyond this machine is an error that says so. Tests with the "
        "mark `recording` may still record.",
    )
    parser.addini("streamkit_record", "the default of --streamkit-record", default="once")
    parser.addini("streamkit_no_network", "the default of --streamkit-no-network", type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marks, and check the mode that the configuration file names."""
    config.addinivalue_line("markers", _MARK)
    config.addinivalue_line("markers", _NETWORK)
    if _mode(config) not in _MODES:
        raise pytest.UsageError(f"streamkit_record = {_mode(config)}: it is one of {', '.join(_MODES)}.")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Record or replay from here on, the fixtures included."""
    mark = item.get_closest_marker("recording")
    if mark is not None:
        from streamkit import ConfigurationError
        from streamkit._tap import RecordedTest

        try:
            started = RecordedTest(item.path.parent, item.name, mark.args, mark.kwargs, mode=_mode(item.config))
        except ConfigurationError as error:
            pytest.fail(str(error), pytrace=False)
    elif _is_locked(item):
        from streamkit._tap import NetworkGuard

        started = NetworkGuard("--streamkit-no-network (or streamkit_no_network in the configuration file)")
    else:
        return
    started.start()
    setattr(item, _TESTS, started)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any]:
    """Fail a test whose requests are not those of its recording, whatever it has made of that."""
    outcome = yield
    started: RecordedTest | None = getattr(item, _TESTS, None)
    if started is not None:
        complaint = started.check(failed=outcome.excinfo is not None)
        if complaint is not None:
            outcome.force_exception(pytest.fail.Exception(complaint, pytrace=False))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """Write what was recorded, and give the network back."""
    try:
        yield
    finally:
        started: RecordedTest | None = getattr(item, _TESTS, None)
        if started is not None:
            delattr(item, _TESTS)
            written, unused = started.stop()
            # Properties of a report reach the process that writes the summary, where tests run in several.
            item.user_properties.extend((_RECORDED, os.path.relpath(path, item.config.rootpath)) for path in written)
            item.user_properties.extend((_UNUSED, name) for name in unused)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what was recorded, since it was paid for, and what no test has used."""
    found = (each for reports in terminalreporter.stats.values() for each in reports)
    ends = [each for each in found if getattr(each, "when", "") == "teardown"]
    for name, title in ((_RECORDED, "calls recorded by streamkit"), (_UNUSED, "recorded calls that were not used")):
        lines = [f"{end.nodeid}: {value}" for end in ends for key, value in end.user_properties if key == name]
        if lines:
            terminalreporter.section(title)
        for line in lines:
            terminalreporter.write_line(line)


def _mode(config: pytest.Config) -> Any:
    return config.getoption("--streamkit-record") or config.getini("streamkit_record")


def _is_locked(item: pytest.Item) -> bool:
    config = item.config
    forbidden = config.getoption("--streamkit-no-network") or config.getini("streamkit_no_network")
    return bool(forbidden) and item.get_closest_marker("streamkit_network") is None
