"""The options of a question: parameters, attachments, schemas, early stops, files and JSON."""

from __future__ import annotations

import io
import json
import math
import os
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import streamkit as sk
from streamkit import cli, codec
from streamkit.testing import FaultServer, Plan, chat_events, chat_tool_events, plan, whole_body
from streamkit.testing.faults import Send, Wait

WHOLE = plan("none", chat_events("Io is hot. ", "Europa is not."))
MODEL = ("?", "-m", "openai/m")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)
PDF = b"%PDF-1.7\n%%EOF\n"

Answered = Callable[..., tuple[int, str, str]]
Openai = Callable[..., FaultServer]

pytestmark = pytest.mark.sdk


def body(server: FaultServer) -> dict[str, Any]:
    return server.requests[0].json()


def test_parameters_are_json_where_they_parse_and_text_elsewhere(openai: Openai, answered: Answered) -> None:
    server = openai(WHOLE)
    options = ["temperature=0.2", 'stop=["END"]', "reasoning_effort=low", "user=NaN"]
    code, _, err = answered(*MODEL, *(word for option in options for word in ("-o", option)))
    assert code == cli.OK, err
    sent = body(server)
    assert (sent["temperature"], sent["stop"], sent["reasoning_effort"], sent["user"]) == (0.2, ["END"], "low", "NaN")


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("temperature:secret", "NAME=VALUE"),
        ("=1", "NAME=VALUE"),
        ("top p=1", "NAME=VALUE"),
        ("api_key=sk-secret", "read from the environment"),
        ("model=x", "-m PROVIDER/MODEL"),
        ("base_url=x", "--base-url"),
        ("client=x", "for programs"),
        ("n=0", "1 or more"),
    ],
)
def test_a_wrong_parameter_is_one_sentence(openai: Openai, answered: Answered, option: str, says: str) -> None:
    server = openai(WHOLE)
    code, out, err = answered(*MODEL, "-o", option)
    assert (code, out, server.requests) == (cli.USAGE, "", ())
    assert says in err and err.count("\n") == 1
    assert "secret" not in err


def test_a_parameter_that_is_given_twice_is_refused(openai: Openai, answered: Answered) -> None:
    server = openai(WHOLE)
    code, _, err = answered(*MODEL, "-o", "n=1", "-o", "n=2")
    assert (code, server.requests) == (cli.USAGE, ())
    assert "given twice" in err


def test_the_base_url_names_the_server(openai: Openai, answered: Answered, monkeypatch: pytest.MonkeyPatch) -> None:
    server = openai(WHOLE)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert answered(*MODEL, "--base-url", f"{server.base_url}/v1")[0] == cli.OK


def test_an_answer_without_streaming_is_requested(openai: Openai, answered: Answered) -> None:
    whole = whole_body(chat_events("Io."))
    server = openai(Plan(headers=(("content-type", "application/json"),), steps=(Send(whole),)))
    code, out, _ = answered(*MODEL, "--no-stream")
    assert (code, out) == (cli.OK, "Io.\n")
    assert not body(server).get("stream")


def test_tool_calls_are_shown_without_what_a_terminal_acts_on(openai: Openai, answered: Answered) -> None:
    openai(plan("none", chat_tool_events(("get_orbit\x1b[2J", '{"moon": "Eu\\u001b[31mropa", "at": [1]}'))))
    code, out, err = answered(*MODEL, "-o", 'tools=[{"name": "get_orbit", "description": "", "parameters": {}}]')
    assert (code, out) == (cli.OK, "")
    assert err.startswith('tool call: get_orbit(moon="Eu\\u001b[31mropa", at=[1])\n')
    assert "\x1b" not in err


# Attachments --------------------------------------------------------------------------------------


def wav() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16))
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [(PNG, "image_url"), (b"RIFF\0\0\0\0WEBPVP8 ", "image_url"), (wav(), "input_audio"), (PDF, "file")],
)
def test_a_file_is_sent_as_the_part_that_its_bytes_ask_for(
    openai: Openai, answered: Answered, tmp_path: Path, data: bytes, kind: str
) -> None:
    server = openai(WHOLE)
    (tmp_path / "a.bin").write_bytes(data)
    code, _, err = answered(*MODEL, "-a", str(tmp_path / "a.bin"))
    assert code == cli.OK, err
    part, text = body(server)["messages"][-1]["content"]
    assert (part["type"], text) == (kind, {"type": "text", "text": "?"})


def test_several_files_and_an_address_are_sent_in_order(openai: Openai, answered: Answered, tmp_path: Path) -> None:
    server = openai(WHOLE)
    (tmp_path / "moon.png").write_bytes(PNG)
    code, _, err = answered(*MODEL, "-a", str(tmp_path / "moon.png"), "-a", "https://example.org/a.PNG?size=1")
    assert code == cli.OK, err
    first, second, _ = body(server)["messages"][-1]["content"]
    assert first["image_url"]["url"].startswith("data:image/png;base64,")
    assert second["image_url"]["url"] == "https://example.org/a.PNG?size=1"


@pytest.mark.parametrize(
    "refused",
    [
        ("notes.txt", b"Io is hot.", "Taken are images (PNG, JPEG, GIF, WebP), audio"),
        ("empty.png", b"", "The file is empty"),
        ("nowhere.png", None, "No such file"),
    ],
)
def test_another_file_is_refused_with_what_is_taken(
    openai: Openai, answered: Answered, tmp_path: Path, refused: tuple[str, bytes | None, str]
) -> None:
    name, data, says = refused
    server = openai(WHOLE)
    if data is not None:
        (tmp_path / name).write_bytes(data)
    code, out, err = answered(*MODEL, "-a", str(tmp_path / name))
    assert (code, out, server.requests) == (cli.USAGE, "", ())
    assert says in err and name in err and err.count("\n") == 1


def test_an_address_of_an_unknown_kind_is_refused(openai: Openai, answered: Answered) -> None:
    server = openai(WHOLE)
    code, _, err = answered(*MODEL, "-a", "https://example.org/page")
    assert (code, server.requests) == (cli.USAGE, ())
    assert ".png, .jpg, .gif, .webp or .pdf" in err


# Early stops and files ----------------------------------------------------------------------------

SILENT = Plan(steps=(*map(Send, chat_events("Io is hot. Eur", "opa is not", finish=None)[:3]), Wait(math.inf)))


def test_until_stops_the_call_behind_the_text_and_says_what_was_not_generated(
    openai: Openai, answered: Answered
) -> None:
    server = openai(SILENT)
    code, out, err = answered(*MODEL, "--until", "Europa", "-o", "max_tokens=500")
    assert (code, out) == (cli.OK, "Io is hot. Europa\n")
    status, stop = err.splitlines()
    assert status.split(" · ")[1] == "stopped"
    assert stop.startswith('stopped at "Europa": at most 4') and stop.endswith(" were not generated")
    server.wait_for(lambda: server.open_connections == 0)


def test_until_without_a_limit_says_that_the_rest_is_not_known(openai: Openai, answered: Answered) -> None:
    openai(SILENT)
    err = answered(*MODEL, "--until", "Europa")[2]
    assert err.splitlines()[1].startswith('stopped at "Europa": the rest was not generated')


def test_a_text_that_does_not_come_stops_nothing(openai: Openai, answered: Answered) -> None:
    openai(WHOLE)
    code, out, err = answered(*MODEL, "--until", "Titan")
    assert (code, out) == (cli.OK, "Io is hot. Europa is not.\n")
    assert err.splitlines()[1] == 'not stopped: "Titan" did not come'


def test_an_empty_text_is_refused(openai: Openai, answered: Answered) -> None:
    server = openai(WHOLE)
    code, _, err = answered(*MODEL, "--until", "")
    assert (code, server.requests) == (cli.USAGE, ())
    assert "--until" in err


def test_the_answer_is_saved_as_it_came_in_a_new_file(openai: Openai, answered: Answered, tmp_path: Path) -> None:
    openai(plan("none", chat_events("Io \x1b[31mis", " hot.")))
    file = tmp_path / "answer.txt"
    code, out, err = answered(*MODEL, "--save", str(file))
    assert (code, out, file.read_text()) == (cli.OK, "Io is hot.\n", "Io \x1b[31mis hot.")
    assert err.splitlines()[1] == f"saved: {file}, 15 characters"


def test_no_file_is_overwritten(openai: Openai, answered: Answered, tmp_path: Path) -> None:
    server = openai(WHOLE)
    file = tmp_path / "answer.txt"
    file.write_text("mine")
    code, out, err = answered(*MODEL, "--save", str(file))
    assert (code, out, server.requests, file.read_text()) == (cli.USAGE, "", (), "mine")
    assert "is there already: give --save another one" in err


def test_a_cut_answer_is_saved_as_far_as_it_came(openai: Openai, answered: Answered, tmp_path: Path) -> None:
    openai(plan("no_finish", chat_events("Io is ", "hot and Eur")))
    code, _, err = answered(*MODEL, "--save", str(tmp_path / "answer.txt"))
    assert (code, (tmp_path / "answer.txt").read_text()) == (cli.TRUNCATED, "Io is hot and Eur")
    assert "saved: " in err


def test_a_file_is_not_left_empty_by_a_call_without_an_answer(
    openai: Openai, answered: Answered, tmp_path: Path
) -> None:
    openai(plan("unauthorized", chat_events("Io")))
    assert answered(*MODEL, "--save", str(tmp_path / "answer.txt"))[0] == cli.PROVIDER
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_file_that_cannot_be_written_is_no_failure_of_the_provider(openai: Openai, answered: Answered) -> None:
    openai(WHOLE)
    code, _, err = answered(*MODEL, "--save", "/dev/full")
    assert code == cli.USAGE
    assert err.startswith("streamkit: The file /dev/full cannot be written")


# JSON ---------------------------------------------------------------------------------------------


def test_as_json_the_response_is_one_object(openai: Openai, answered: Answered) -> None:
    openai(plan("none", chat_events("Io \x9b2J\u202e", "is hot.")))
    code, out, err = answered(*MODEL, "--json")
    assert (code, err, out.count("\n")) == (cli.OK, "", 1)
    found: Any = codec.decode(out)
    assert (found.content, found.state) == ("Io \x9b2J\u202eis hot.", "complete")
    assert "\x9b" not in out and "\u202e" not in out


@pytest.mark.parametrize(
    ("fault", "code", "kind"),
    [("no_finish", cli.TRUNCATED, sk.TruncatedError), ("unauthorized", cli.PROVIDER, sk.AuthenticationFailed)],
)
def test_as_json_an_error_is_an_object_with_what_arrived_and_the_exit_code(
    openai: Openai, answered: Answered, fault: str, code: int, kind: type[sk.StreamError]
) -> None:
    openai(plan(fault, chat_events("Io is ", "hot")))
    found, out, err = answered(*MODEL, "--json")
    error: Any = codec.decode(out)
    assert (found, json.loads(out)["exit_code"], type(error)) == (code, code, kind)
    assert error.partial.content == ("Io is hot" if code == cli.TRUNCATED else "")
    assert err.count("\n") == 1


def test_as_json_a_call_that_cannot_be_made_is_an_object_too(answered: Answered) -> None:
    code, out, err = answered("?", "-m", "opnai/m", "--json")
    assert (code, json.loads(out)["exit_code"]) == (cli.USAGE, cli.USAGE)
    assert "near it: openai" in json.loads(out)["message"] and "near it: openai" in err
