"""``streamkit decode``: JSON on stdout, one line of what went wrong on stderr, and an exit code."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import streamkit as sk
from streamkit import codec
from streamkit.cli import main
from streamkit.testing import chat_event, chat_events, whole_body

SOUND = b"".join(chat_events("Eu", "ropa"))


@dataclass(frozen=True, slots=True)
class Done:
    """What a run of the command gave."""

    code: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        """What the JSON on stdout stands for."""
        return codec.decode(self.out)


@pytest.fixture
def body(tmp_path: Path) -> Path:
    return tmp_path / "body.sse"


@pytest.fixture
def decode(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str | Path) -> Done:
        try:
            code = main(["decode", *map(str, arguments)])
        except SystemExit as exit_:
            code = int(str(exit_.code))
        out, err = capsys.readouterr()
        return Done(code, out, err)

    return run


def test_a_whole_answer_is_the_json_of_its_response(decode: Any, body: Path) -> None:
    body.write_bytes(SOUND)
    done = decode("openai.chat", body)
    assert (done.code, done.err) == (0, "")
    assert (done.value.content, done.value.state, done.value.input_tokens) == ("Europa", "complete", 7)
    assert json.loads(done.out)["type"] == "response" and done.out.count("\n") == 1


def test_a_body_without_streaming_is_decoded_on_request(decode: Any, body: Path) -> None:
    body.write_bytes(whole_body(chat_events("Eu", "ropa")))
    assert decode("openai.chat", body, "--whole").value.content == "Europa"
    body.write_bytes(body.read_bytes()[:-2])
    assert decode("openai.chat", body, "--whole").code == 4


def test_a_cut_answer_is_the_json_of_the_error_with_what_came(decode: Any, body: Path) -> None:
    body.write_bytes(SOUND[: SOUND.index(b'finish_reason":"stop')])
    done = decode("openai.chat", body)
    assert (done.code, type(done.value)) == (4, sk.TruncatedError)
    assert (done.value.partial.content, done.value.partial.state) == ("Europa", "failed")
    assert done.err.startswith("streamkit: The answer is cut: ") and done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (b'data: {"error": {"message": "Slow down.", "code": "rate_limit_exceeded"}}\n\n', sk.RateLimited),
        (b"data: {broken\n\n", sk.MalformedError),
        (b"\x00\xff\xfe\n\n", sk.MalformedError),
    ],
)
def test_any_other_failure_has_a_code_of_its_own(
    decode: Any, body: Path, event: bytes, kind: type[sk.StreamError]
) -> None:
    body.write_bytes(chat_event({"content": "Io"}) + event)
    done = decode("openai.chat", body)
    assert (done.code, type(done.value), done.value.partial.content) == (3, kind, "Io")


def test_a_dash_reads_standard_input(decode: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(SOUND)))
    assert decode("openai.chat", "-").value.content == "Europa"


def test_the_vendor_picks_the_row_of_the_quirks(decode: Any, body: Path) -> None:
    body.write_bytes(b"".join(chat_events("Io", finish=None)))
    assert decode("openai_compatible.chat", body).code == 4
    assert decode("openai_compatible.chat", body, "--vendor", "snowflake").code == 0


def test_an_unknown_format_is_answered_with_those_near_it(decode: Any, body: Path) -> None:
    body.write_bytes(SOUND)
    done = decode("openai.chatt", body)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("streamkit: There is no wire format 'openai.chatt'; near it: openai.chat")


def test_a_file_that_cannot_be_read_is_named(decode: Any, tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.sse", tmp_path):
        done = decode("openai.chat", path)
        assert (done.code, done.out) == (2, "") and str(path) in done.err


@pytest.mark.parametrize("arguments", [[], ["openai.chat"], ["openai.chat", "a", "b"], ["openai.chat", "a", "--loud"]])
def test_wrong_usage_shows_how_to_use_it(decode: Any, arguments: list[str]) -> None:
    done = decode(*arguments)
    assert (done.code, done.out) == (2, "") and done.err.startswith("usage: streamkit decode")


def test_help_names_the_arguments(decode: Any) -> None:
    done = decode("--help")
    assert (done.code, done.err) == (0, "") and "API FILE" in done.out and "--vendor" in done.out


def test_what_a_terminal_would_act_on_is_escaped_without_loss(decode: Any, body: Path) -> None:
    trick = "\x1b]0;owned\x07 \x9b31m \u202eback\u2028 \x7f"
    events = [chat_event({"content": trick}), *chat_events()[1:]]
    body.write_bytes(b"".join(events).replace(b"\\u009b", "\x9b".encode()))
    done = decode("openai.chat", body)
    assert done.value.content == trick
    assert all(each.isprintable() for each in done.out.rstrip("\n"))


def test_what_a_terminal_would_act_on_does_not_stand_in_the_line_on_stderr(decode: Any, body: Path) -> None:
    body.write_bytes(b'data: {"error": {"message": "no\\u001b[31m \\u009b1m\\nreally"}}\n\n')
    done = decode("openai.chat", body)
    assert done.code == 3 and done.err.startswith("streamkit: no") and done.err.count("\n") == 1
    assert all(each.isprintable() for each in done.err.rstrip("\n"))


def test_as_a_program_it_reads_a_pipe_and_exits_with_its_code() -> None:
    command = [sys.executable, "-m", "streamkit.cli", "decode", "openai.chat", "-"]
    for data, code in ((SOUND, 0), (SOUND[:-60], 0), (SOUND[:200], 4)):
        done = subprocess.run(command, input=data, capture_output=True, timeout=60, check=False)
        assert (done.returncode, json.loads(done.stdout)["type"]) == (code, "error" if code else "response")
