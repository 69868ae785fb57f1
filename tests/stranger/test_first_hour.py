"""Twenty programs that a newcomer writes from the documentation: what each prints, and what the server was asked.

The programs are in ``programs/``. They name real providers; the variables of the addresses lead to a server on this
machine. A program that has to be changed here has to be changed by every user, too.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from streamkit.testing import (
    FaultServer,
    Plan,
    anthropic_events,
    chat_event,
    chat_events,
    chat_tool_events,
    gemini_events,
    plan,
)
from streamkit.testing.faults import Forever, Send, Wait
from streamkit.testing.in_process import Request
from tests.packages import missing
from tests.programs import SAFETY, started

PROGRAMS = Path(__file__).parent / "programs"
ROOT = Path(__file__).parents[2]

Answers = Sequence[Plan] | Callable[[Request], Plan]


def text(*texts: str) -> Plan:
    return plan("none", chat_events(*texts))


def by_prompt(answers: dict[str, Plan]) -> Callable[[Request], Plan]:
    """Answer each request by the words that its body has."""

    def answer(request: Request) -> Plan:
        return next(found for words, found in answers.items() if words in json.dumps(request.json()["messages"]))

    return answer


def voice() -> Plan:
    sound = base64.b64encode(bytes(24_000)).decode()  # half a second
    deltas = [{"transcript": "Hello "}, {"data": sound}, {"transcript": "there."}]
    return plan("none", [*(chat_event({"audio": {"id": "a", **delta}}) for delta in deltas), b"data: [DONE]\n\n"])


def priced(*texts: str) -> Plan:
    return plan("none", [event.replace(b"scripted-1", b"gpt-4o") for event in chat_events(*texts)])


def pausing() -> Plan:
    first, io, europa, *rest = (Send(event) for event in chat_events("Io, ", "Europa ", "and Titan."))
    return Plan(headers=text("").headers, steps=(first, io, europa, Wait(1.0), *rest))


@dataclass(frozen=True, slots=True)
class Run:
    """One program: the answers that it gets, what it prints, and how many requests it sends."""

    answers: Answers
    printed: str
    requests: int = 1
    typed: str = ""


FOUR = {
    "Io": text("hot"),
    "Europa": text("icy"),
    "Titan": plan("unauthorized"),
    "Rhea": text("grey"),
}

RUNS = {
    "sync_script": Run([text("Io, ", "Europa.")], "Io, Europa.\n['stop'] 2\n"),
    "running_loop": Run(
        [text("Io, ", "Europa.")],
        "Io, Europa.\n['stop']\n"
        "run() would block the event loop that runs here: use 'await' for the result or 'async for' to loop.\n",
    ),
    "terminal_file_slow_consumer": Run([text("Io, ", "Europa.")], "Io, Europa.\nthe same for all: True\n"),
    "tool_loop": Run(
        [
            plan("none", chat_tool_events(("get_orbit", '{"moon": "Io"}'), ("get_orbit", '{"moon": "Europa"}'))),
            text("Io takes 1.8 days, ", "Europa 3.6."),
        ],
        "Io takes 1.8 days, Europa 3.6.\n",
        requests=2,
    ),
    "partials": Run(
        [text('{"name": "Eu', 'ropa", "planet": "Jupiter"', ', "radius_km": 1561}')],
        "[#  ] Eu\n[## ] Europa\n[###] Europa\nMoon(name='Europa', planet='Jupiter', radius_km=1561)\n",
    ),
    "voice": Run([voice()], "Hello there.\n0.5 seconds\n"),
    "web_endpoint": Run(
        [text("Io, ", "Europa.")],
        "200 Io, Europa.\n"
        "400 {\"error\":\"The model 'gpt-5-mini' does not say whose it is: write 'openai/gpt-5-mini'.\"}\n"
        '400 {"error":"CO_API_KEY is not set: set it, or pass api_key=… to the call."}\n',
    ),
    "another_provider": Run(
        [
            text("Europa"),
            plan("none", anthropic_events("Enceladus")),
            plan("none", gemini_events("Titan")),
        ],
        "openai/gpt-5-mini: Europa (['stop'])\n"
        "claude/claude-sonnet-5: Enceladus (['end_turn'])\n"
        "gemini/gemini-3-flash: Titan (['STOP'])\n",
        requests=3,
    ),
    "existing_client": Run([text("Io, ", "Europa.")], "Io, Europa.\n"),
    "retry_and_fallback": Run(
        [plan("overloaded"), plan("overloaded"), plan("none", anthropic_events("Io, ", "Europa."))],
        "Io, Europa.\n3 calls; 2 failed; answered by anthropic\n",
        requests=3,
    ),
    "cost_report": Run(
        [priced("Io, ", "Europa.")] * 3,
        "Which moons?      7 in, 2 out, $0.000037\n"
        "Which are large?  7 in, 2 out, $0.000037\n"
        "Which are cold?   7 in, 2 out, $0.000037\n"
        "together $0.000112\n",
        requests=3,
    ),
    "merge_of_three": Run(
        by_prompt({"icy": text("Euro", "pa."), "hot": text("I", "o."), "large": text("Gany", "mede.")}),
        "Which moon is icy? Europa.\nWhich moon is hot? Io.\nWhich moon is large? Ganymede.\n",
        requests=3,
    ),
    "debounce": Run([pausing()], "save: Io, Europa \nsave: Io, Europa and Titan.\n"),
    "chat_with_history": Run(
        [text("Io, ", "Europa."), text("Europa.")],
        "you: model: Io, Europa.\nyou: model: Europa.\nyou: ",
        requests=2,
        typed="Which moons?\nWhich is icy?\n\n",
    ),
    "own_operator": Run([text("Io is hot. Is Euro", "pa icy or not? Yes.")], "3 words\n5 words\n1 words\n"),
    "own_provider": Run([text("Euro", "pa.")], "Europa.\n"),
    "map_with_limits": Run(
        by_prompt(FOUR), "Io: hot\nEuropa: icy\nTitan: AuthenticationFailed\nRhea: grey\n", requests=4
    ),
    "test_own_pipeline": Run([], "", requests=0),
}


def environment(server: FaultServer) -> dict[str, str]:
    """Return the variables with which a user has set up the providers; only the addresses are those of a test."""
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
    url = server.base_url
    addresses = {"OPENAI_BASE_URL": f"{url}/v1", "ANTHROPIC_BASE_URL": url, "GOOGLE_GEMINI_BASE_URL": url}
    keys = dict.fromkeys(("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "OBSERVATORY_API_KEY"), "a key")
    return {**kept, **addresses, **keys, "OBSERVATORY_URL": f"{url}/v1", "PYTHONPATH": str(ROOT)}


def command(name: str, folder: Path) -> list[str]:
    """Copy a program into a folder of its own, as a user has it, and return how it is started."""
    program = shutil.copy(PROGRAMS / f"{name}.py", folder)
    first = ["-m", "pytest", "-q", "-p", "no:cacheprovider"] if name.startswith("test_") else []
    return [sys.executable, "-W", "error", *first, str(program)]


@pytest.mark.sdk
@pytest.mark.parametrize("name", RUNS)
def test_a_program_prints_what_it_should_and_sends_nothing_twice(name: str, tmp_path: Path) -> None:
    run = RUNS[name]
    if name == "web_endpoint" and (reason := missing("starlette")):
        pytest.skip(reason)
    with FaultServer(run.answers or text()) as server:
        done = subprocess.run(
            command(name, tmp_path),
            input=run.typed,
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env=environment(server),
            timeout=SAFETY,
        )
        requests = server.requests
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == run.printed or (not run.printed and "3 passed" in done.stdout)
    assert len(requests) == run.requests


def test_a_search_takes_the_first_object_and_sends_each_prompt_once(tmp_path: Path) -> None:
    answers = {f"Attempt {at}:": text("I have ", "no idea.") for at in range(20)}
    answers["Attempt 13:"] = text('Of course: {"name": "Io", ', '"radius_km": 1821}', " and so on.")
    with FaultServer(by_prompt(answers)) as server:
        done = subprocess.run(
            command("search_over_twenty", tmp_path),
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env=environment(server),
            timeout=SAFETY,
        )
        prompts = [request.json()["messages"][0]["content"] for request in server.requests]
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"Io 1821 by candidate 13\n{len(prompts)} calls\n"
    assert len(set(prompts)) == len(prompts) < 20


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_ctrl_c_keeps_what_arrived_and_closes_the_connection(tmp_path: Path) -> None:
    first, *_ = chat_events()
    endless = Plan(headers=text("").headers, steps=(Send(first), Forever(chat_event({"content": "word "}), every=0.01)))
    with FaultServer(endless) as server:
        with started(
            command("ctrl_c", tmp_path), stdout=-1, stderr=-1, cwd=tmp_path, env=environment(server)
        ) as process:
            assert process.stdout is not None
            began = process.stdout.read(10)
            process.send_signal(signal.SIGINT)
            rest, errors = process.communicate(timeout=SAFETY)
        (exchange,) = server.wait_closed()
    shown, last = (began + rest).decode().rstrip("\n").rsplit("\n", 1)
    assert (process.returncode, errors) == (0, b"")
    assert shown.startswith("word word ") and last == f"stopped after {shown!r}"
    assert not exchange.finished


def test_every_program_of_the_folder_is_run() -> None:
    others = {"search_over_twenty", "ctrl_c"}
    assert {path.stem for path in PROGRAMS.glob("*.py")} == RUNS.keys() | others
