"""``streamkit "question" -m provider/model``."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.metadata import version
from math import inf
from pathlib import Path
from typing import IO, Any

import pytest

from streamkit import cli, providers
from streamkit.testing import FaultServer, Plan, chat_events, plan
from streamkit.testing.faults import Send, Wait
from tests.programs import SAFETY, started

WHOLE = plan("none", chat_events("Io is hot. ", "Europa is not."))
KEY = "sk-a-made-up-key"
# Its deltas cut a sequence that would colour the terminal.
SILENT = Plan(steps=(*map(Send, chat_events("Io is \x1b[3", "1mhot", finish=None, usage=False, done=False)), Wait(inf)))

Answer = tuple[int, str, str]


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Run the command in this process, with a standard input of its own."""

    def run(*words: str, piped: str = "") -> Answer:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(piped.encode())))
        code = cli.main(list(words))
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


Openai = Callable[[Plan], FaultServer]
Answered = Callable[..., Answer]


def messages_sent(server: FaultServer) -> list[dict[str, Any]]:
    return server.requests[0].json()["messages"]


@pytest.mark.sdk
def test_the_answer_is_on_stdout_and_its_status_on_stderr(openai: Openai, answered: Answered) -> None:
    openai(WHOLE)
    code, out, err = answered("Which", "moons?", "-m", "openai/scripted")
    assert (code, out) == (cli.OK, "Io is hot. Europa is not.\n")
    model, state, tokens, seconds, first = err.rstrip("\n").split(" · ")
    assert (model, state, tokens) == ("openai/scripted-1", "complete (stop)", "7 tokens in, 2 out")
    assert seconds.endswith(" s")
    assert first.startswith("first text after ")


@pytest.mark.sdk
@pytest.mark.parametrize(
    ("words", "piped", "question"),
    [
        (["Which", "moons?"], "", "Which moons?"),
        ([], "Which\nmoons?\n", "Which\nmoons?"),
        (["Sum this up:"], "Io is hot.\n", "Sum this up:\n\nIo is hot."),
        (["--", "demo"], "", "demo"),
    ],
)
def test_the_question_is_what_was_typed_and_what_is_piped_in(
    openai: Openai, answered: Answered, words: list[str], piped: str, question: str
) -> None:
    server = openai(WHOLE)
    answered("-m", "openai/scripted", "-s", "Be brief.", *words, piped=piped)
    assert messages_sent(server) == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": question}]


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"streamkit {version('streamkit')}\n"


@pytest.mark.sdk
def test_the_environment_may_name_the_model(
    openai: Openai, answered: Answered, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = openai(WHOLE)
    monkeypatch.setenv("STREAMKIT_MODEL", "openai/from-outside")
    assert answered("Which moons?")[0] == cli.OK
    assert server.requests[0].json()["model"] == "from-outside"


@pytest.mark.sdk
def test_a_terminal_gets_nothing_that_it_would_act_on(openai: Openai, answered: Answered) -> None:
    openai(plan("none", chat_events("a\x1b]0;ti", "tle\x07b\x1b", "[31mc\u202e\rd")))
    assert answered("?", "-m", "openai/scripted")[1] == "abc<U+202E>d\n"


@pytest.mark.sdk
def test_an_answer_that_is_cut_is_printed_as_far_as_it_came(openai: Openai, answered: Answered) -> None:
    openai(plan("no_finish", chat_events("Io is ", "hot and Eur")))
    code, out, err = answered("?", "-m", "openai/scripted")
    assert (code, out) == (cli.TRUNCATED, "Io is hot and Eur\n")
    first, second = err.splitlines()
    assert first.startswith("streamkit: The answer is cut")
    assert second.split(" · ")[1] == "failed"


@pytest.mark.sdk
def test_tokens_that_were_not_reported_are_marked_as_estimated(openai: Openai, answered: Answered) -> None:
    openai(plan("cut", chat_events("Io is ", "hot and Eur"), at=3))
    code, _, err = answered("?", "-m", "openai/scripted")
    assert code == cli.TRUNCATED
    tokens = err.splitlines()[1].split(" · ")[2]
    assert tokens.startswith("unknown tokens in, ")
    assert tokens.endswith(" out (estimated)")


@pytest.mark.sdk
@pytest.mark.parametrize(
    ("fault", "says"),
    [("server_error", "Refused with 500."), ("unauthorized", "Refused with 401."), ("html", "not a stream")],
)
def test_a_providers_failure_is_printed_in_one_line(openai: Openai, answered: Answered, fault: str, says: str) -> None:
    openai(plan(fault, chat_events("Io")))
    code, out, err = answered("a question of mine", "-m", "openai/scripted")
    assert (code, out) == (cli.PROVIDER, "")
    assert says in err
    assert err.count("\n") == 1
    assert "of mine" not in err
    assert KEY not in err


@pytest.mark.sdk
def test_a_missing_key_is_printed_in_one_line(answered: Answered) -> None:
    code, out, err = answered("?", "-m", "openai/scripted")
    assert (code, out) == (cli.USAGE, "")
    assert err.startswith("streamkit: OPENAI_API_KEY is not set")
    assert err.count("\n") == 1


@pytest.mark.sdk
def test_it_works_offline_and_says_what_it_can_answer(answered: Answered) -> None:
    code, out, err = answered("Where is Europa on its orbit?", "-m", "replay/openai:tool")
    assert (code, out) == (cli.OK, "")
    assert err.startswith('tool call: get_orbit(moon="Europa")\nreplay/scripted-openai · complete (tool_calls)')
    code, out, err = answered("something else", "-m", "replay/openai:tool")
    assert (code, out) == (cli.USAGE, "")
    assert "Recorded prompts: Where is Europa on its orbit?" in err


def test_a_recording_is_played_without_a_question_and_refuses_another_one(answered: Answered) -> None:
    file = Path(providers.__file__).with_name("fixtures") / "openai-moons.jsonl"
    code, out, err = answered("-m", f"replay/{file}", "-o", "speed=max")
    assert (code, out[:6]) == (cli.OK, "Three ")
    assert "complete (stop)" in err
    code, out, err = answered("-m", f"replay/{file}", "-o", "speed=max", "-o", 'faults=["cut"]')
    assert (code, out[:6]) == (cli.TRUNCATED, "Three ")
    code, out, err = answered("Which planets?", "-m", f"replay/{file}")
    assert (code, out) == (cli.USAGE, "")
    assert "answers another request; recorded prompts: Which moons may hold life?" in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["?"], "name a model"),
        (["-m", "openai/scripted"], "there is no question"),
        (["?", "--nonsense", "-m", "openai/scripted"], "--nonsense"),
    ],
)
def test_wrong_usage_is_printed_with_the_usage(
    answered: Answered, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        answered(*words)
    assert ended.value.code == cli.USAGE
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(("model", "says"), [("opnai/x", "near it: openai"), ("openai", "provider/model")])
def test_an_unknown_model_is_printed_in_one_line(answered: Answered, model: str, says: str) -> None:
    code, out, err = answered("?", "-m", model)
    assert (code, out) == (cli.USAGE, "")
    assert says in err
    assert err.count("\n") == 1


def test_help_shows_the_commands_and_imports_nothing_heavy() -> None:
    code = (
        "import sys; from streamkit.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit as end: print(end.code, *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=SAFETY)
    assert all(f"\n  {command} " in done.stdout for command in ("ask", "search", "models", "demo", "decode"))
    last = done.stdout.splitlines()[-1].split()
    assert last[0] == "0"
    assert not {"openai", "anthropic", "cohere", "httpx", "httpx2", "pydantic", "structlog", "aiohttp"} & set(last)


@pytest.mark.sdk
@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_ctrl_c_keeps_what_arrived_and_closes_the_socket() -> None:
    with FaultServer(SILENT) as server, asking(server) as process:
        assert process.stdout is not None
        seen = read_until(process.stdout, b"hot")
        process.send_signal(signal.SIGINT)
        server.wait_closed()
        rest, err = process.communicate(timeout=SAFETY)
    assert (process.returncode, seen + rest) == (cli.INTERRUPTED, b"Io is hot\n")
    assert b"stopped" in err
    assert err.count(b"\n") == 1


@pytest.mark.sdk
@pytest.mark.skipif(os.name == "nt", reason="needs POSIX pipes")
def test_a_reader_that_leaves_closes_the_socket() -> None:
    endless = Plan(steps=tuple(map(Send, chat_events(*["Io "] * 400, finish=None)[:-2])), every=0.01)
    with FaultServer(endless) as server, asking(server) as process:
        assert process.stdout is not None
        read_until(process.stdout, b"Io")
        process.stdout.close()
        server.wait_closed()
        assert process.wait(timeout=SAFETY) == cli.NOBODY_READS
        assert process.stderr is not None
        assert process.stderr.read() == b""


@pytest.mark.sdk
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_is_printed_in_one_line() -> None:
    command = [sys.executable, "-m", "streamkit.cli", "Which moons?", "-m", "replay/openai"]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == cli.USAGE
    assert done.stderr.startswith(b"streamkit: [Errno 28]")
    assert done.stderr.count(b"\n") == 1


def asking(server: FaultServer) -> AbstractContextManager[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "streamkit.cli", "Which moons?", "-m", "openai/scripted"]
    keys = {"OPENAI_BASE_URL": f"{server.base_url}/v1", "OPENAI_API_KEY": KEY}
    pipe = subprocess.PIPE
    return started(command, env={**os.environ, **keys}, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe)


def read_until(stream: IO[bytes], expected: bytes) -> bytes:
    seen = b""
    while expected not in seen:
        data = os.read(stream.fileno(), 4096)
        assert data, seen
        seen += data
    return seen
