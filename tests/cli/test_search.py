"""``streamkit search``: what is found on stdout as it comes, one last line on stderr, an exit code, and a journal."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from streamkit import cli
from streamkit.testing import FaultServer, Plan, chat_events, plan
from streamkit.testing.faults import Send, Wait
from streamkit.testing.in_process import Request
from tests.programs import SAFETY, started, wait_until

pytestmark = pytest.mark.sdk

KEY = "sk-a-made-up-key"
SILENT = Plan(steps=(*map(Send, chat_events("hm", finish=None)[:2]), Wait(math.inf)))
TALKING = Plan(steps=(*map(Send, chat_events("hm", *[", and so on"] * 30, finish=None)[:-1]), Wait(math.inf)))
Answer = tuple[int, str, str]
Searched = Callable[..., Answer]


def prompt_of(request: Request) -> str:
    return request.json()["messages"][-1]["content"]


def answer(request: Request) -> Plan:
    """Repeat the prompt, or do what it says."""
    prompt = prompt_of(request)
    if prompt in ("hang", "talk"):
        return SILENT if prompt == "hang" else TALKING
    if prompt.endswith("cut"):
        return plan("fin", chat_events("You say ", prompt), at=3)
    if prompt == "fail":
        return plan("server_error", status=400)
    return plan("none", chat_events("You say ", prompt, ". And so on."))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    with FaultServer(answer) as started:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{started.base_url}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        yield started


@pytest.fixture
def searched(server: FaultServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Searched:
    """Run the command in this process on a file of these prompts."""

    def run(prompts: str, *words: str, accept: str = "Europa") -> Answer:
        file = tmp_path / "prompts.txt"
        file.write_text(prompts, encoding="utf-8")
        code = cli.main(["search", str(file), "--accept", accept, "-m", "openai/m", *words])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


def prompts_sent(server: FaultServer) -> list[str]:
    return [prompt_of(request) for request in server.requests]


def test_the_first_answer_that_is_good_enough_is_printed(searched: Searched) -> None:
    code, out, err = searched("Io\n\n  \nEuropa\nTitan\n", "--concurrency", "1")
    assert (code, out) == (cli.OK, "You say Europa. And so on.\n")
    assert err.startswith("1 accepted, 1 rejected; 2 calls, ")
    assert err.endswith(" s\n") and err.count("\n") == 1


def test_more_than_one_may_be_kept_and_an_answer_may_be_cut_at_its_match(searched: Searched) -> None:
    words = ("--keep", "2", "--concurrency", "1")
    code, out, _ = searched("Europa 1\nIo\nEuropa 2\n", *words)
    assert (code, out) == (cli.OK, "You say Europa 1. And so on.\n\nYou say Europa 2. And so on.\n")
    code, out, _ = searched("Europa 1\nIo\nEuropa 2\n", *words, "--cut")
    assert (code, out) == (cli.OK, "You say Europa\n\nYou say Europa\n")


def test_an_answer_that_breaks_off_after_its_match_is_reported_and_has_the_exit_code_of_a_cut_answer(
    searched: Searched,
) -> None:
    code, out, err = searched("Europa, cut\n")
    assert (code, out) == (cli.TRUNCATED, "You say Europa, cut\n")
    assert err.startswith("streamkit: The answer to prompt 0 broke off.\n1 accepted")


def test_one_cut_answer_among_whole_ones_is_seen_in_its_row_and_in_the_exit_code(searched: Searched) -> None:
    code, out, _ = searched("Europa 1\nEuropa, cut\n", "--keep", "2", "--concurrency", "1", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert (code, [(row["state"], row["truncated"]) for row in rows]) == (
        cli.TRUNCATED,
        [("complete", False), ("failed", True)],
    )


def test_an_answer_that_the_budget_has_stopped_is_a_cut_one(searched: Searched) -> None:
    code, out, err = searched("talk\n", "--budget-tokens", "9", "--json", accept="hm")
    assert (code, json.loads(out)["truncated"]) == (cli.TRUNCATED, True)
    assert err.startswith("streamkit: The answer to prompt 0 broke off.")


def test_an_answer_that_was_to_be_cut_at_its_match_is_no_cut_one(searched: Searched) -> None:
    code, out, err = searched("Europa, cut\n", "--cut", "--json")
    assert (code, json.loads(out)["truncated"], "broke off" in err) == (cli.OK, False, False)


def test_as_json_each_is_a_line_that_a_terminal_does_not_act_on(searched: Searched) -> None:
    code, out, _ = searched("\u202eEuropa \x9b2J\n", "--json")
    (line,) = out.splitlines()
    row = json.loads(line)
    assert (code, row["index"], row["match"], row["state"]) == (cli.OK, 0, "Europa", "complete")
    assert row["prompt"] == "\u202eEuropa \x9b2J"
    assert row["content"] == "You say \u202eEuropa \x9b2J. And so on."
    assert (row["output_tokens"], row["usage_source"]) == (3, "provider")
    assert "\x9b" not in line and "\u202e" not in line


def test_a_terminal_gets_nothing_that_it_would_act_on(searched: Searched) -> None:
    assert searched("Europa \x1b[31m\u202etxt\n")[1] == "You say Europa <U+202E>txt. And so on.\n"


def test_finding_nothing_is_an_exit_code_of_its_own(searched: Searched) -> None:
    code, out, err = searched("Io\nfail\nTitan\n")
    assert (code, out) == (cli.NOT_FOUND, "")
    assert err.startswith("2 rejected, 1 failed; 3 calls")


def test_if_all_fail_the_reason_is_printed(searched: Searched) -> None:
    code, out, err = searched("fail\nfail\n")
    assert (code, out) == (cli.PROVIDER, "")
    assert err.startswith("streamkit: BadRequest: ") and "2 failed" in err
    assert KEY not in err


def test_budgets_and_limits_are_those_of_the_search(searched: Searched, server: FaultServer) -> None:
    code, _, err = searched("Io\n" * 50, "--calls", "3", "--concurrency", "2", "--rpm", "100", "--tpm", "9999")
    assert (code, len(server.requests)) == (cli.NOT_FOUND, 3)
    assert "3 rejected; 3 calls" in err
    code, _, err = searched("hang\n", "--budget-seconds", "0.3")
    assert (code, "1 stopped" in err) == (cli.NOT_FOUND, True)


def test_an_instruction_stands_above_every_prompt(searched: Searched, server: FaultServer) -> None:
    searched("Europa\n", "-s", "Be brief.")
    assert server.requests[0].json()["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Europa"},
    ]


def test_a_journal_remembers_what_was_answered(searched: Searched, server: FaultServer, tmp_path: Path) -> None:
    words = ("--journal", str(tmp_path / "journal.jsonl"), "--concurrency", "1")
    first = searched("Io\nEuropa\n", *words)
    again = searched("Io\nEuropa\n", *words)
    assert (again[:2], len(server.requests)) == (first[:2], 2)
    assert "(2 from the journal); 0 calls" in again[2]


def test_it_works_offline(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "prompts.txt").write_text("something else\nWhich moons may hold life?\n")
    code = cli.main(["search", str(tmp_path / "prompts.txt"), "--accept", "twice", "--cut", "-m", "replay/openai"])
    shown = capsys.readouterr()
    assert (code, shown.out) == (cli.OK, "Three are worth a visit. Europa has twice\n")
    assert "1 failed" in shown.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nowhere.txt", "--accept", "x", "-m", "openai/m"], "No such file"),
        (["nowhere.txt", "--accept", "x*", "-m", "openai/m"], "matches the empty text"),
        (["nowhere.txt", "--accept", "x", "-m", "opnai/m"], "near it: openai"),
        (["nowhere.txt", "--accept", "x", "-m", "openai/m", "--journal", __file__], "no journal of a search"),
        (["nowhere.txt", "--accept", "x", "-m", "openai/m", "--keep", "0"], "1 or more"),
        (["nowhere.txt", "--accept", "x", "-m", "openai/m", "--rpm", "0"], "above 0"),
        (["nowhere.txt", "--accept", "x", "-m", "openai/m", "--budget-tokens", "-1"], "above 0"),
    ],
)
def test_what_cannot_work_is_one_line_of_error(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["search", *words]) == cli.USAGE
    err = capsys.readouterr().err
    assert says in err and err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["f", "--accept", "("], "no regular expression"),
        (["f", "-m", "openai/m"], "--accept"),
        (["f", "--accept", "x"], "name a model"),
        (["f", "--accept", "x", "-m", "openai/m", "--calls", "many"], "invalid int"),
    ],
)
def test_wrong_usage_is_printed_with_the_usage(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STREAMKIT_MODEL", raising=False)
    if "(" in words:
        words = [*words, "-m", "openai/m"]
    with pytest.raises(SystemExit) as ended:
        cli.main(["search", *words])
    assert ended.value.code == cli.USAGE
    assert says in capsys.readouterr().err


def searching(*words: str, accept: str = "Europa") -> AbstractContextManager[subprocess.Popen[bytes]]:
    """Run the command in a process of its own, as long as the block lasts."""
    command = [sys.executable, "-m", "streamkit.cli", "search", *words, "--accept", accept, "-m", "openai/m"]
    pipe = subprocess.PIPE
    return started(command, stdin=pipe, stdout=pipe, stderr=pipe, env=dict(os.environ))


def read_line(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout is not None
    return process.stdout.readline()


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX pipes")
def test_piped_prompts_are_sent_as_they_come(server: FaultServer) -> None:
    with searching("-", "--concurrency", "1") as process:
        assert process.stdin is not None
        process.stdin.write(b"Io\n\nEuropa\n")
        process.stdin.flush()  # and it stays open
        assert read_line(process) == b"You say Europa. And so on.\n"
        assert process.wait(timeout=SAFETY) == cli.OK
    assert prompts_sent(server) == ["Io", "Europa"]


def test_prompts_may_be_redirected_from_a_file(server: FaultServer, tmp_path: Path) -> None:
    (tmp_path / "prompts.txt").write_text("Io\nEuropa\n")
    command = [sys.executable, "-m", "streamkit.cli", "search", "-", "--accept", "Europa", "-m", "openai/m"]
    with (tmp_path / "prompts.txt").open() as prompts:
        done = subprocess.run(command, stdin=prompts, capture_output=True, check=True, timeout=SAFETY)
    assert done.stdout == b"You say Europa. And so on.\n"


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_ctrl_c_keeps_what_was_found_closes_the_sockets_and_the_search_can_go_on(
    server: FaultServer, searched: Searched, tmp_path: Path
) -> None:
    file, journal = tmp_path / "prompts.txt", tmp_path / "journal.jsonl"
    file.write_text("Io\nEuropa 1\nhang\nEuropa 2\nhang\n")
    words: list[Any] = ["--journal", journal, "--keep", "3", "--concurrency", "4"]
    with searching(*map(str, [file, *words])) as process:
        found = {read_line(process), read_line(process), read_line(process)}
        assert found == {b"You say Europa 1. And so on.\n", b"\n", b"You say Europa 2. And so on.\n"}
        server.wait_for(lambda: prompts_sent(server).count("hang") == 2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=SAFETY)
    assert (process.returncode, out) == (cli.INTERRUPTED, b"")
    assert err.startswith(b"2 accepted, 1 rejected, 2 stopped; 5 calls")
    server.wait_for(lambda: server.open_connections == 0)
    many = len(server.requests)
    code, out, err = searched("Io\nEuropa 1\nEuropa 3\nEuropa 2\n", *map(str, words))
    assert code == cli.OK
    assert {line for line in out.splitlines() if line} == {f"You say Europa {at}. And so on." for at in (1, 2, 3)}
    assert prompts_sent(server)[many:] == ["Europa 3"]


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX pipes")
def test_a_reader_that_leaves_ends_the_search(server: FaultServer, tmp_path: Path) -> None:
    (tmp_path / "prompts.txt").write_text("hang\n" + "Europa\n" * 50)
    with searching(str(tmp_path / "prompts.txt"), "--keep", "51", "--concurrency", "2") as process:
        assert process.stdout is not None and process.stderr is not None
        read_line(process)
        process.stdout.close()
        assert process.wait(timeout=SAFETY) == cli.NOBODY_READS
        assert process.stderr.read() == b""
    server.wait_for(lambda: server.open_connections == 0)


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_a_killed_search_goes_on_where_it_was(server: FaultServer, searched: Searched, tmp_path: Path) -> None:
    prompts = "".join(f"moon {at}\n" for at in range(20))
    file, journal = tmp_path / "prompts.txt", tmp_path / "journal.jsonl"
    file.write_text(prompts + "hang\n")
    with searching(str(file), "--journal", str(journal), "--concurrency", "2"):
        server.wait_for(lambda: "hang" in prompts_sent(server))
        wait_until(lambda: journal.read_bytes().count(b"\n") == 20)
    journal.write_bytes(journal.read_bytes()[:-40])  # as if it had been torn in its last line
    many = len(server.requests)
    code, out, _ = searched(prompts + "Europa\n", "--journal", str(journal), "--concurrency", "1")
    assert (code, out) == (cli.OK, "You say Europa. And so on.\n")
    again = prompts_sent(server)[many:]
    assert len(again) == 2 and again[-1] == "Europa"
