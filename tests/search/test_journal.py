"""The journal: an answered candidate is not sent again, however the search ended, and no other entry matches it."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import streamkit as sk
from streamkit._search._fingerprint import fingerprint
from streamkit.testing import Script

from .scripts import hangs, in_virtual_time, says, search, searched


class Moon(BaseModel):
    name: str


def never(_: sk.Response) -> bool:
    return False


def says_europa(response: sk.Response) -> bool:
    return response.content == "Europa"


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "search.jsonl"


def calls_of(scripts: list[Script]) -> list[int]:
    return [script.opened for script in scripts]


def streams(scripts: list[Script], **params: Any) -> list[sk.Stream]:
    return [script.stream(f"prompt {at}", **params) for at, script in enumerate(scripts)]


def lines(journal: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in journal.read_text().splitlines()]


def test_a_search_that_was_broken_off_goes_on_where_it_was(journal: Path) -> None:
    scripts = [says("Io"), says("Titan", after=1), hangs(), says("Europa", after=9), says("Rhea")]

    async def broken_off() -> None:
        waiting = asyncio.ensure_future(searched(streams(scripts), journal=journal, concurrency=5))
        await asyncio.sleep(5)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    in_virtual_time(broken_off)
    found = search(streams(scripts), journal=journal, concurrency=2)
    assert (found.winner, calls_of(scripts)) == (3, [1, 1, 2, 2, 1])
    assert [row.remembered for row in found.ledger] == [True, True, False, False]
    assert (found.ledger.calls, found.ledger.remembered) == (2, 2)


def test_a_search_that_is_over_asks_nothing_when_it_is_done_again(journal: Path) -> None:
    scripts = [says("Io"), says("It is Europa, of course", after=1)]
    pattern = re.compile(r"(Eu)ropa")
    first = search(streams(scripts), journal=journal, accept=pattern, finish=True)
    again = search(streams(scripts), journal=journal, accept=pattern, finish=True)
    assert calls_of(scripts) == [1, 1]
    assert (again.winner, again.value, again.response) == (1, first.value, first.response)
    assert [row.verdict for row in again.ledger] == ["rejected", "accepted"]
    assert [row.usage for row in again.ledger] == [row.usage for row in first.ledger]
    assert (again.ledger.calls, again.ledger.output_tokens) == (0, 0)


@pytest.mark.parametrize(
    ("accept", "text"), [(Moon, 'So: {"name": "Io"}'), ("Io", "Io is hot"), (re.compile("hot$"), "Io is hot")]
)
def test_what_was_looked_for_is_found_again_in_what_is_remembered(journal: Path, accept: Any, text: str) -> None:
    first = search(streams([says(text)]), journal=journal, accept=accept)
    again = search(streams([says(text)]), journal=journal, accept=accept)
    assert again.value == first.value is not None


def test_a_condition_does_not_run_again_on_an_accepted_answer(journal: Path) -> None:
    calls: list[str] = []

    def good(response: sk.Response) -> bool:
        calls.append(response.content)
        return bool(response.content)

    search(streams([says("Io")]), journal=journal, accept=good)
    many = len(calls)
    assert search(streams([says("Io")]), journal=journal, accept=good).winner == 0
    assert len(calls) == many


def test_failed_and_stopped_calls_are_sent_again(journal: Path) -> None:
    scripts = [Script([sk.BadRequest("no")]), hangs("Io"), says("Europa", after=1)]
    search(streams(scripts), journal=journal)
    assert [line["verdict"] for line in lines(journal)] == ["accepted"]
    search(streams(scripts), journal=journal, concurrency=2, keep=2, budget=sk.Budget(seconds=5))
    assert calls_of(scripts) == [2, 2, 1]


def test_the_same_prompt_several_times_is_several_answers(journal: Path) -> None:
    script = says("Io")
    many = [script.stream("the same") for _ in range(5)]
    search(many[:2], journal=journal)
    search([script.stream("the same") for _ in range(5)], journal=journal)
    assert script.opened == 5


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"accept": "Europa"}, {"accept": "Titan"}),
        ({"accept": re.compile("Europa")}, {"accept": re.compile("Europa", re.IGNORECASE)}),
        ({"accept": never}, {"accept": says_europa}),
        ({"finish": False}, {"finish": True}),
    ],
)
def test_searches_that_accept_something_else_do_not_mix(journal: Path, one: Any, other: Any) -> None:
    scripts = [says("Io")]
    for options in (one, other, one, other):
        search(streams(scripts), journal=journal, **options)
    assert calls_of(scripts) == [2]


@pytest.mark.parametrize("params", [{"temperature": 1}, {"tools": [Moon]}, {"max_tokens": 7}, {"stop": ["x", "y"]}])
def test_searches_that_ask_otherwise_do_not_mix(journal: Path, params: dict[str, Any]) -> None:
    scripts, no_params = [says("Io")], dict[str, Any]()
    for options in (no_params, params, no_params, params):
        search(streams(scripts, **options), journal=journal)
    assert calls_of(scripts) == [2]


@pytest.mark.parametrize("torn", [1, 10, -1])
def test_a_torn_last_line_is_cut_off(journal: Path, torn: int) -> None:
    scripts = [says("Io"), says("Titan")]
    search(streams(scripts), journal=journal, concurrency=1)
    first, second = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(first + second[: torn if torn > 0 else len(second) // 2])
    search(streams(scripts), journal=journal, concurrency=1)
    assert calls_of(scripts) == [1, 2]
    assert journal.read_bytes() == first + second


def test_a_last_line_that_lacks_nothing_but_its_end_is_mended(journal: Path) -> None:
    scripts = [says("Io"), says("Titan"), says("Rhea")]
    search(streams(scripts[:2]), journal=journal, concurrency=1)
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-1])
    search(streams(scripts), journal=journal, concurrency=1)
    assert calls_of(scripts) == [1, 1, 1]
    assert journal.read_bytes().startswith(whole) and len(lines(journal)) == 3


FOREIGN = [
    "not json\n",
    '{"no": "key"}\n',
    "[1]\n",
    "7\n",
    "\n",
    "ten years of work, no newline at the end",
    '{"key": "value", "verdict": "accepted"}',
    '{"key": "value", "verdict": ',
    "{",
    '{"key": "a", "verdict": "rejected", "state": "complete", "calls": 1, "chars": 2, "bills": [{"usage": 7}]}\n',
]


@pytest.mark.parametrize("content", FOREIGN)
def test_a_file_that_is_no_journal_raises_at_the_call_and_is_left_alone(journal: Path, content: str) -> None:
    journal.write_text(content)
    with pytest.raises(sk.ConfigurationError, match="line 1: this is no journal"):
        sk.search(streams([says("Io")]), accept="Io", journal=journal)
    assert journal.read_text() == content


@pytest.mark.parametrize("behind", ["a note of my own", "a note of my own\n"])
def test_a_journal_that_somebody_has_written_into_is_left_alone(journal: Path, behind: str) -> None:
    search(streams([says("Io")]), journal=journal)
    noted = journal.read_text() + behind
    journal.write_text(noted)
    with pytest.raises(sk.ConfigurationError, match="line 2: this is no journal"):
        sk.search(streams([says("Io")]), accept="Io", journal=journal)
    assert journal.read_text() == noted


def test_the_first_line_may_be_a_torn_one(journal: Path) -> None:
    search(streams([says("Io")]), journal=journal)
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-40])
    search(streams([says("Io")]), journal=journal)
    assert journal.read_bytes() == whole


def test_looking_at_a_journal_changes_nothing(journal: Path) -> None:
    search(streams([says("Io"), says("Titan")]), journal=journal)
    torn = journal.read_bytes()[:-40]
    journal.write_bytes(torn)
    sk.search(streams([says("Io")]), accept="Io", journal=journal)  # and it is never run
    assert journal.read_bytes() == torn
    journal.unlink()
    sk.search(streams([says("Io")]), accept="Io", journal=journal)
    assert not journal.exists()


def test_a_full_disk_ends_the_search_in_one_error_that_keeps_the_answer(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = [says("Io"), says("Titan", after=1), says("Rhea", after=9)]
    search(streams(scripts[:1]), journal=journal)
    before = journal.read_bytes()
    opened: Any = Path.open

    def full(self: Path, *args: Any, **options: Any) -> Any:
        return Full(opened(self, *args, **options)) if args == ("a+b",) else opened(self, *args, **options)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(sk.StreamError, match="cannot be written: No space left on device") as caught:
        search(streams(scripts), journal=journal, concurrency=3)
    assert caught.value.partial is not None and caught.value.partial.content == "Titan"
    assert (journal.read_bytes(), scripts[2].opened, scripts[2].closed) == (before, 1, 1)


class Full:
    """A file on a disk that takes seven bytes more."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._room = 7

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, data: bytes) -> int:
        if not self._room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._room = 0
        return self._file.write(data[:7])


def test_an_unwritable_path_raises(tmp_path: Path) -> None:
    script = says("Io")
    for path in (tmp_path / "nowhere" / "search.jsonl", tmp_path):
        with pytest.raises(sk.ConfigurationError, match="cannot be opened"):
            sk.search([script.stream()], accept="Io", journal=path)
    assert script.opened == 0


def test_one_search_at_a_time_writes_a_journal(journal: Path) -> None:
    async def work() -> None:
        first = asyncio.ensure_future(searched([hangs().stream()], journal=journal))
        await asyncio.sleep(1)
        with pytest.raises(sk.ConfigurationError, match="Another search is writing"):
            await searched([says("Io").stream()], journal=journal)
        first.cancel()
        await asyncio.wait([first])
        assert (await searched([says("Io").stream()], journal=journal)).ended_by == "exhausted"

    in_virtual_time(work)


def test_texts_of_every_kind_survive(journal: Path) -> None:
    text = 'Ios "Ätna"\n\u2028 \U0001f30b \x1b[2J Europa'
    first = search(streams([says(text)]), journal=journal)
    again = search(streams([says(text)]), journal=journal)
    assert again.response == first.response is not None


NAMES = """
from streamkit._search._fingerprint import fingerprint
import re, streamkit as sk
from pydantic import BaseModel

class Moon(BaseModel):
    name: str

def good(limit):
    async def accept(response, extra={"b", "a"}):
        return response.content in {"Io", "Europa", "Titan"} and len(response.content) < limit
    return accept

class Judge:
    def __call__(self, response): return True

for value in (good(3), good(4), Moon, list[Moon], re.compile("x", re.I), Judge(), sk.Messages.User("hi"), len):
    print(fingerprint(value))
"""


def test_names_are_the_same_in_every_process() -> None:
    def names(seed: str) -> list[str]:
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", NAMES]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, timeout=60
        ).stdout.split()

    first = names("1")
    assert first == names("2")
    assert len(set(first)) == len(first) == 8


def test_fingerprints_distinguish_models_by_their_fields() -> None:
    def model(kind: type) -> type[BaseModel]:
        return type("Made", (BaseModel,), {"__annotations__": {"size": kind}})

    assert fingerprint(model(int)) == fingerprint(model(int)) != fingerprint(model(str))
