"""The guard: while a test is recorded or replayed, nothing else reaches the network; and on demand no test does."""

import asyncio
import socket
import urllib.request
from collections.abc import Iterator
from urllib.error import URLError

import pytest

from streamkit._tap import NetworkBlocked, NetworkGuard
from tests.tap.runs import Runs

pytest_plugins = ["pytester"]


@pytest.fixture
def guard() -> Iterator[None]:
    found = NetworkGuard("the test's mark")
    found.start()
    yield
    found.stop()


@pytest.mark.usefixtures("guard")
def test_blocking_code_cannot_connect_beyond_this_machine() -> None:
    for host in ("192.0.2.1", "2001:db8::1", "example.org"):
        with pytest.raises(NetworkBlocked, match=f"a connection to '{host}', which the test's mark forbids"):
            socket.create_connection((host, 9), timeout=1)
    with pytest.raises(NetworkBlocked):
        urllib.request.urlopen("http://example.org/")


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_async_code_cannot_either(loop: str) -> None:
    async def connect() -> None:
        with pytest.raises(NetworkBlocked):
            await asyncio.open_connection("example.org", 9)
        with pytest.raises(NetworkBlocked):
            await asyncio.open_connection("192.0.2.1", 9)

    new_loop = pytest.importorskip(loop).new_event_loop
    guard = NetworkGuard("the test's mark")
    guard.start()
    try:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(connect())
    finally:
        guard.stop()


@pytest.mark.usefixtures("guard")
def test_this_machine_stays_in_reach() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass
    with pytest.raises(URLError):
        urllib.request.urlopen("http://localhost:9/")


def test_afterwards_everything_is_as_before() -> None:
    names = [(socket, "getaddrinfo"), (socket.socket, "connect"), (socket.socket, "sendto")]
    before = [getattr(owner, name) for owner, name in names]
    guard = NetworkGuard("a mark")
    guard.start()
    guard.stop()
    assert [getattr(owner, name) for owner, name in names] == before
    assert "connect" not in vars(socket.socket)


OTHERS = """
import socket, aiohttp

@pytest.mark.recording
async def test_aiohttp():
    async with aiohttp.ClientSession() as session:
        await session.get("http://api.example.org/v1/models")

@pytest.mark.recording
def test_socket():
    with socket.socket() as plain:
        plain.connect(("192.0.2.1", 9))

@pytest.mark.recording
async def test_loopback():
    async with aiohttp.ClientSession() as session:
        async with session.post(BASE + "/v1/chat/completions", data="{}"):
            pass
"""


@pytest.mark.parametrize("mode", ["none", "rewrite"])
def test_a_library_that_is_not_recorded_is_refused_by_name(runs: Runs, mode: str) -> None:
    pytest.importorskip("aiohttp")
    runs.write(OTHERS)
    result = runs.run(f"--streamkit-record={mode}")
    result.assert_outcomes(failed=2, passed=1)
    result.stdout.fnmatch_lines(
        ["*NetworkBlocked: A client of aiohttp that is not streamkit's opens a connection to 'api.example.org'*"]
    )
    result.stdout.fnmatch_lines(["*NetworkBlocked: The test opens a connection to '192.0.2.1', which @pytest*"])


IGNORED = """
@pytest.mark.recording(ignore_hosts=["127.0.0.1"])
def test_it():
    sk.stream("openai/m", PROMPT, base_url=BASE + "/v1", api_key=KEY).run()
"""


def test_requests_to_hosts_that_are_ignored_are_sent_each_time(runs: Runs) -> None:
    runs.write(IGNORED)
    runs.run().assert_outcomes(passed=1)
    runs.run("--streamkit-record=none").assert_outcomes(passed=1)
    assert runs.calls == [1, 1]
    assert runs.recordings() == []


UNMARKED = """
import socket

def test_unmarked():
    socket.create_connection(("192.0.2.1", 9), timeout=1)

@pytest.mark.streamkit_network
def test_allowed():
    with pytest.raises(RuntimeError, match="network lock"):  # of the tests of streamkit
        socket.create_connection(("192.0.2.1", 9), timeout=1)

@pytest.mark.recording
def test_recorded():
    sk.stream("openai/m", PROMPT, base_url=BASE + "/v1", api_key=KEY).run()
"""


def test_on_demand_no_test_reaches_the_network(runs: Runs) -> None:
    runs.write(UNMARKED)
    result = runs.run("--streamkit-no-network")
    result.assert_outcomes(failed=1, passed=2)
    result.stdout.fnmatch_lines(["*NetworkBlocked: * '192.0.2.1', which --streamkit-no-network (or*) forbids.*"])


def test_a_session_of_aiohttp_is_as_before_when_the_test_is_over(runs: Runs) -> None:
    connector = pytest.importorskip("aiohttp").BaseConnector
    before = connector.connect
    runs.write(OTHERS)
    runs.run("--streamkit-record=none")
    assert connector.connect is before
