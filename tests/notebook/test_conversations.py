"""A conversation in the cells of a notebook: awaited, looped over and run, with tools of both kinds, stopped, shown."""

from __future__ import annotations

import pytest

from tests.notebook.kernel import Kernel, kernel

__all__ = ["kernel"]

MADE = """
from streamkit.testing import ScriptedProvider
from tests.stream.conversing import ANSWER, calls, provider
ran = []
def orbit(moon: str) -> str:
    ran.append(moon)
    return moon
async def slowly(moon: str) -> str:
    await asyncio.sleep(0)
    return orbit(moon)
def moons(tool=orbit, name="orbit"):
    ran.clear()
    model, _ = provider(calls("Io", "Europa", name=name, text="So: "), calls("Titan", name=name), ANSWER)
    return sk.converse(model, "How long?", tools=[tool])
"""


@pytest.mark.parametrize("tool", ["", "slowly, 'slowly'"])
@pytest.mark.parametrize(
    "cell",
    [
        "print((stream := moons(TOOL)).run().content, len(stream.response.turns), sorted(ran))",
        "print((await (stream := moons(TOOL))).content, len(stream.response.turns), sorted(ran))",
        "stream = moons(TOOL)\ntext = ''.join(chunk.content for chunk, _ in stream if chunk.index == 0)\n"
        "print(text, len(stream.response.turns), sorted(ran))",
        "stream = moons(TOOL)\ntext = ''.join([chunk.content async for chunk, _ in stream if chunk.index == 0])\n"
        "print(text, len(stream.response.turns), sorted(ran))",
        "print((stream := moons(TOOL)).pipe(ops.text(), ops.join()).run(), len(stream.response.turns), sorted(ran))",
    ],
)
def test_each_way_to_read_one_runs_all_turns(kernel: Kernel, cell: str, tool: str) -> None:
    kernel.printed(MADE)
    printed = kernel.printed(cell.replace("TOOL", tool))
    assert printed == "So: Io takes 1.8 days. 3 ['Europa', 'Io', 'Titan']"


def test_a_tool_that_asks_another_model_works_in_a_cell_that_blocks(kernel: Kernel) -> None:
    kernel.printed(MADE)
    cell = """
    def ask(moon: str) -> sk.Stream:
        return Script(chat_events(moon, " is hot")).stream()
    print([result.output for result in moons(ask, "ask").run().tool_results])
    """
    assert kernel.printed(cell) == "['Io is hot', 'Europa is hot', 'Titan is hot']"


def test_a_loop_that_breaks_stops_the_tool_that_runs(kernel: Kernel) -> None:
    kernel.printed(MADE)
    cell = """
    async def forever(moon: str) -> str:
        ran.append(moon)
        await asyncio.Event().wait()
    stream = moons(forever, "forever")
    async for chunk, tool in stream:
        if chunk.finish_reasons:
            while len(ran) < 2:
                await asyncio.sleep(0)
            break
    await stream.aclose()
    print(stream.state, [result.state for result in stream.response.tool_results])
    """
    assert kernel.printed(cell) == "stopped ['cancelled', 'cancelled']"


def test_a_cell_shows_it_with_its_tokens(kernel: Kernel) -> None:
    kernel.printed(MADE)
    shown = kernel.run("response = moons().run()\nresponse").shown[-1]["data"]
    assert "Io takes 1.8 days." in shown["text/markdown"]
