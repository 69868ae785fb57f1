"""What a notebook shows of a Stream and of a Response, and that a display grows while the stream is read."""

from __future__ import annotations

import pytest

from streamkit.testing import FaultServer, chat_event, plan
from tests.notebook.kernel import Kernel, Output, kernel

__all__ = ["kernel"]

CLOSED = "\nstream.wait()"


def test_an_unsent_stream_says_so_and_sends_nothing(kernel: Kernel) -> None:
    shown = kernel.run("script = Script(chat_events('Io'))\nstream = script.stream()\nstream").shown
    (first,) = shown
    assert first["type"] == "display_data"
    assert first["data"]["text/plain"] == "scripted/scripted · not sent"
    assert kernel.printed("display(stream)\nprint(script.opened, stream.sent, stream.log)") == "0 False None"


@pytest.mark.parametrize(
    "door",
    [
        "stream.run()",
        "list(stream)",
        "list(stream.pipe(ops.text()))",
        "await stream",
        "sk.find(stream, 'nothing').run()",
    ],
)
@pytest.mark.parametrize("display", ["display(stream)\n", ""], ids=["in the same cell", "in a cell before"])
def test_a_shown_stream_has_its_whole_text_when_the_cell_that_reads_it_ends(
    kernel: Kernel, door: str, display: str
) -> None:
    earlier = kernel.run("stream = moons()\n" + ("None" if display else "stream"))
    output = kernel.run(f"{display}_ = {door}")
    (shown,) = [each for each in (*earlier.shown, *output.shown) if each["type"] == "display_data"]
    last = output.shown[-1]
    assert (last["type"], last["transient"]) == ("update_display_data", shown["transient"])
    text, status = last["data"]["text/plain"].split("\n")
    assert text == "Io, Europa"
    assert status.startswith("scripted/scripted-1 · complete · 7 + 2 tokens · first content after ")


def test_a_display_grows_while_a_loop_reads(kernel: Kernel) -> None:
    """The answer never ends; the cell is interrupted when the display has what had arrived."""
    with FaultServer(plan("stall", [chat_event({"content": "Io"})], at=1)) as server:
        kernel.run(f"stream = sk.stream('openai/m', '?', base_url='{server.base_url}/v1', api_key='k')\nstream")

        def interrupt(output: Output) -> None:
            texts = [each["text/plain"] for each in output.updates]
            if texts and texts[-1].startswith("Io\n") and "streaming" in texts[-1]:
                kernel.interrupt()

        output = kernel.run("for chunk, tool in stream: pass", interrupt)
    assert output.updates[-1]["text/plain"].startswith("Io\nopenai/scripted-1 · stopped · about 1 token · ")


def test_a_stream_that_is_over_is_an_ordinary_result(kernel: Kernel) -> None:
    (shown,) = kernel.run("stream = moons()\n_ = stream.run()" + CLOSED + "\nstream").shown
    assert shown["type"] == "execute_result"
    assert shown["data"]["text/plain"].startswith("Io, Europa\nscripted/scripted-1 · complete")


def test_a_failure_is_named(kernel: Kernel) -> None:
    cell = "stream = Script(chat_events('Io', finish=None)).stream()\ntry: stream.run()\nexcept sk.StreamError: pass"
    (shown,) = kernel.run(cell + CLOSED + "\nstream").shown
    assert " · failed: TruncatedError: " in shown["data"]["text/plain"]


def test_a_models_text_is_escaped_in_html(kernel: Kernel) -> None:
    (shown,) = kernel.run(
        "stream = moons('<script>alert(1)</script>', '\\x1b[2J')\n_ = stream.run()" + CLOSED + "\nstream"
    ).shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown["data"]["text/html"]
    assert "<script" not in shown["data"]["text/html"]
    assert "\x1b" not in shown["data"]["text/plain"]


def test_a_response_shows_itself_as_markdown(kernel: Kernel) -> None:
    (shown,) = kernel.run("moons('**Io** and <b>', 'Europa').run()").shown
    assert shown["type"] == "execute_result"
    assert shown["data"]["text/markdown"] == (
        "**Io** and <\u2060b>Europa\n\n<small>openai/scripted-1 · complete · 7 + 2 tokens</small>"
    )
    assert shown["data"]["text/plain"] == "**Io** and <b>Europa\nopenai/scripted-1 · complete · 7 + 2 tokens"


def test_a_display_that_fails_does_not_disturb_the_call(kernel: Kernel) -> None:
    cell = """
    class Broken:
        def update(self, *_, **__): raise OSError
    stream = moons()
    display(stream)
    stream._shared.display.add(Broken())
    print(stream.run().content)
    """
    assert kernel.printed(cell) == "Io, Europa"
