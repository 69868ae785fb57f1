"""In the cell of a notebook the blocking methods work, although the kernel's event loop runs on the same thread."""

from __future__ import annotations

import pytest

from streamkit.testing import FaultServer, chat_events
from tests.call.scripted import either_way
from tests.notebook.kernel import Kernel, kernel

__all__ = ["kernel"]


@pytest.mark.parametrize(
    ("cell", "printed"),
    [
        ("print(moons().run().content)", "Io, Europa"),
        ("for chunk, tool in moons(): print(chunk.content, end='|')", "|Io, |Europa|||"),
        (
            "with Script(SILENT).stream() as stream: next(iter(stream))\nprint(stream.state, stream.open)",
            "stopped False",
        ),
        ("stream = Script(SILENT).stream()\nnext(iter(stream))\nstream.close()\nprint(stream.state)", "stopped"),
        ("stream = moons()\nstream.fan_out(leave='finish').run()\nstream.wait()\nprint(stream.state)", "complete"),
        ("print(moons().pipe(ops.text(), ops.join()).run())", "Io, Europa"),
        ("print(list(moons().pipe(ops.text())))", "['Io, ', 'Europa']"),
        ("with moons().pipe(ops.text()) as flow: print(list(flow))", "['Io, ', 'Europa']"),
        (
            "flow = Script(SILENT).stream().pipe(ops.text())\nnext(iter(flow))\nflow.close()\nprint(flow.stream.state)",
            "stopped",
        ),
        ("print(sk.find(moons(), 'Eu').run().match.text)", "Eu"),
        ("print(sk.race([moons(), moons()], accept=lambda answer: True).run().winner)", "0"),
        ("print(list(sk.flow(ops.text()(moons()))))", "['Io, ', 'Europa']"),
    ],
)
def test_each_blocking_method_works_in_a_cell(kernel: Kernel, cell: str, printed: str) -> None:
    assert kernel.printed(cell) == printed


def test_a_function_that_a_cell_calls_or_awaits_may_block_too(kernel: Kernel) -> None:
    cell = """
    def called(): return moons().run().content
    async def awaited(): return moons().run().content
    print(called(), await awaited())
    """
    assert kernel.printed(cell) == "Io, Europa Io, Europa"


def test_a_cell_may_await_and_block_as_well(kernel: Kernel) -> None:
    cell = """
    first = await moons("Io")
    async for chunk, _ in (second := moons("Europa")): pass
    print(first.content, second.content, moons("Callisto").run().content)
    """
    assert kernel.printed(cell) == "Io Europa Callisto"


def test_cells_share_one_call_on_the_background_loop(kernel: Kernel) -> None:
    kernel.run("stream = Script(chat_events('Io, ', 'Europa')).stream()\niterator = iter(stream)\nnext(iterator)")
    assert kernel.printed("print(''.join(chunk.content for chunk, _ in iterator))") == "Io, Europa"
    assert kernel.printed("print((await stream).calls, stream.run().content)") == "1 Io, Europa"


@pytest.mark.parametrize("first", ["await stream", "_ = stream.subscribe(lambda chunk: None)\nawait asyncio.sleep(0)"])
def test_a_call_that_lives_on_the_kernels_loop_is_never_waited_for_by_blocking(kernel: Kernel, first: str) -> None:
    kernel.run(f"stream = moons()\n{first}")
    doors = (
        *("stream.run()", "list(stream)", "stream.close()", "stream.wait()", "stream.__enter__()"),
        *("stream.pipe(ops.text(), ops.join()).run()", "list(stream.pipe(ops.text()))", "sk.find(stream, 'Io').run()"),
    )
    for door in doors:
        message = kernel.printed(f"print(refused(lambda: {door}))")
        assert "belongs to the notebook's own event loop" in message, door
    assert kernel.printed("print((await stream).content)") == "Io, Europa"


def test_a_shared_flow_that_lives_on_the_kernels_loop_is_not_waited_for_by_blocking(kernel: Kernel) -> None:
    kernel.run("shared = moons().pipe(ops.text(), ops.fan_out())\nawait shared.last()")
    assert "belongs to the notebook's own event loop" in kernel.printed("print(refused(lambda: list(shared)))")


def test_a_call_that_failed_on_the_kernels_loop_is_replaced_by_one_in_the_background(kernel: Kernel) -> None:
    cell = """
    script = Script([])
    stream = script.stream()
    print(stream.failed_before_content)
    try: await stream
    except sk.TruncatedError: print(stream.failed_before_content)
    try: stream.run()
    except sk.TruncatedError: print(script.opened)
    """
    assert kernel.printed(cell) == "False\nTrue\n2"


@pytest.mark.parametrize("door", ["moons().run()", "list(moons())", "list(moons().pipe(ops.text()))"])
def test_a_server_or_callback_inside_the_kernel_is_refused_as_anywhere(kernel: Kernel, door: str) -> None:
    kernel.run(f"""
    answers = []
    async def serve(): answers.append(refused(lambda: {door}))
    def callback(): answers.append(refused(lambda: {door}))
    task = asyncio.create_task(serve())
    asyncio.get_running_loop().call_soon(callback)
    """)
    messages = kernel.printed("await task\nawait asyncio.sleep(0)\nprint(*answers, sep='\\n')").splitlines()
    assert len(messages) == 2
    assert all("would block the event loop that runs here" in each for each in messages)


def test_a_task_of_the_cell_is_refused_even_if_its_first_step_runs_inside_the_cell(kernel: Kernel) -> None:
    cell = """
    import sys
    async def serve(): return refused(moons().run)
    if sys.version_info >= (3, 12):
        task = asyncio.eager_task_factory(asyncio.get_running_loop(), serve())
    else:
        task = asyncio.create_task(serve())
    print("would block" in await task)
    """
    assert kernel.printed(cell) == "True"


def test_a_decorated_call_that_does_not_stream_works_in_a_cell(kernel: Kernel) -> None:
    with FaultServer(either_way(chat_events("Io"))) as server:
        cell = f"""
        @sk.call("openai/m", stream=False, base_url="{server.base_url}/v1", api_key="k")
        def moon() -> str: return "?"
        async def serve(): return refused(moon)
        print("would block" in await asyncio.create_task(serve()), moon().content)
        """
        assert kernel.printed(cell) == "True Io"
