"""What belongs to the kernel's event loop says so when a blocking method would wait for it."""

from __future__ import annotations

import pytest

from tests.notebook.kernel import Kernel, kernel

__all__ = ["kernel"]


def test_an_async_tool_runs_on_the_background_loop(kernel: Kernel) -> None:
    cell = """
    home = asyncio.get_running_loop()
    async def look_up(moon: str) -> str:
        await asyncio.sleep(0)
        return f"{moon} {asyncio.get_running_loop() is home}"
    stream = Script(chat_tool_events(("look_up", '{"moon": "Io"}'))).stream(tools=[look_up])
    print([each.output for each in stream.pipe(ops.run_tools(look_up))])
    """
    assert kernel.printed(cell) == "['Io False']"


@pytest.mark.parametrize("uses", ["await home.create_future()", "async with lock: pass", "await asyncio.shield(task)"])
def test_an_async_tool_that_needs_the_kernels_loop_says_so(kernel: Kernel, uses: str) -> None:
    cell = f"""
    home, lock = asyncio.get_running_loop(), asyncio.Lock()
    await lock.acquire()
    task = asyncio.create_task(asyncio.sleep(1000))
    waiter = asyncio.create_task(lock.acquire())
    await asyncio.sleep(0)
    async def look_up(moon: str) -> str:
        {uses}
        return moon
    stream = Script(chat_tool_events(("look_up", '{{"moon": "Io"}}'))).stream(tools=[look_up])
    for result in stream.pipe(ops.run_tools(look_up)):
        print(type(result.error).__name__, result.error)
    lock.release()
    task.cancel()
    await waiter
    """
    message = kernel.printed(cell)
    assert message.startswith("ConfigurationError This async code uses an object of the notebook's own event loop")
    assert "'await' or 'async for'" in message


def test_limits_that_calls_on_the_kernels_loop_use_up_say_so(kernel: Kernel) -> None:
    cell = """
    limits = sk.Limits(concurrency=1)
    def limited(): return Script(SILENT).stream(limits=limits)
    first = limited()
    reader = first.subscribe(lambda chunk: None)
    while not first.sent: await asyncio.sleep(0.01)
    print(refused(limited().run))
    print(refused(lambda: list(limited())))
    print(refused(limited().pipe(ops.text(), ops.join()).run))
    reader.dispose()
    await first.wait_closed()
    """
    messages = kernel.printed(cell).splitlines()
    assert len(messages) == 3
    assert all(each.startswith("These limits= are used up by calls on the notebook's own") for each in messages)


def test_limits_are_shared_by_cells_that_wait_for_nobody(kernel: Kernel) -> None:
    cell = """
    limits = sk.Limits(concurrency=1)
    def limited(): return Script(chat_events("Io")).stream(limits=limits)
    await (first := limited())
    await first.wait_closed()
    print(limited().run().content, (await limited()).content)
    """
    assert kernel.printed(cell) == "Io Io"


def test_a_client_that_belongs_to_the_kernels_loop_says_so(kernel: Kernel) -> None:
    cell = """
    import httpx, openai
    from streamkit.testing import FaultServer, plan
    with FaultServer(plan("none", chat_events("Io"))) as server:
        own = openai.AsyncOpenAI(api_key="k", base_url=server.base_url + "/v1", http_client=httpx.AsyncClient())
        default = openai.AsyncOpenAI(api_key="k", base_url=server.base_url + "/v1")
        for client in (own, default):
            print((await sk.stream("openai/m", "?", client=client)).content)
        print(refused(sk.stream("openai/m", "?", client=own).run))
        print(sk.stream("openai/m", "?", client=default).run().content)
        await own.close(), await default.close()
    """
    first, second, message, last = kernel.printed(cell).splitlines()
    assert (first, second, last) == ("Io", "Io", "Io")
    assert "has connections on another event loop" in message
    assert "use 'await' or 'async for' in this notebook cell" in message
