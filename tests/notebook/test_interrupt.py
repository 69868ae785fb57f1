"""Interrupting a cell (■ in Jupyter) stops the call that the cell waits for, and keeps what arrived."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from streamkit.testing import FaultServer, chat_event, plan
from tests.notebook.kernel import Kernel, Output, kernel
from tests.programs import SAFETY

__all__ = ["kernel"]


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer(plan("none", [chat_event({"content": "word "})] * 3000, every=0.01)) as running:
        yield running


def interrupted(kernel: Kernel, server: FaultServer, door: str, *, events: int = 21) -> Output:
    """Run a cell that reads an endless answer, and interrupt it when words have arrived."""
    kernel.run(f"stream = sk.stream('openai/m', '?', base_url='{server.base_url}/v1', api_key='k')")
    pressed = False

    def press(_: Output) -> None:
        nonlocal pressed
        if not pressed:
            pressed = True
            server.wait_for(lambda: any(each.events_sent >= events for each in server.exchanges), timeout=SAFETY)
            kernel.interrupt()

    return kernel.run(f"print('begun', flush=True)\n{door}", press)


def check_stopped(kernel: Kernel, server: FaultServer, *, text: str = "word word") -> None:
    assert server.wait_closed(1)
    state = kernel.printed(f"print(stream.state, stream.open, stream.response.content.startswith({text!r}))")
    assert state == "stopped False True"


@pytest.mark.parametrize(
    "door",
    [
        "stream.run()",
        "for chunk, tool in stream: pass",
        "with stream: stream.run()",
        "for text in stream.pipe(ops.text()): pass",
        "stream.pipe(ops.text(), ops.join()).run()",
        "sk.find(stream, 'nothing').run()",
    ],
)
@pytest.mark.parametrize("also", ["", "await asyncio.sleep(0)\n"], ids=["sync cell", "cell with await"])
def test_a_blocking_method_is_interrupted_at_once(kernel: Kernel, server: FaultServer, door: str, also: str) -> None:
    assert interrupted(kernel, server, also + door).error.startswith("KeyboardInterrupt")
    check_stopped(kernel, server)


@pytest.mark.parametrize("door", ["await stream", "async for chunk, tool in stream: pass"])
def test_a_cell_that_awaits_is_cancelled(kernel: Kernel, server: FaultServer, door: str) -> None:
    assert interrupted(kernel, server, door).error.startswith("CancelledError")
    check_stopped(kernel, server)


@pytest.mark.parametrize(
    "door", ["await stream", "async for pair in stream: pass", "await stream.pipe(ops.text(), ops.join())"]
)
def test_a_cell_that_awaits_a_silent_answer_is_cancelled_too(kernel: Kernel, door: str) -> None:
    with FaultServer(plan("stall", [chat_event({"content": "word word"})], at=1)) as server:
        assert interrupted(kernel, server, door, events=1).error.startswith("CancelledError")
        check_stopped(kernel, server, text="")  # the one event may still be on its way


def test_after_an_interruption_the_next_cell_works(kernel: Kernel, server: FaultServer) -> None:
    interrupted(kernel, server, "stream.run()")
    assert kernel.printed("print(moons().run().content, (await moons()).content)") == "Io, Europa Io, Europa"
