"""``--schema``: it goes with the request, the JSON is shown as it grows, and the end is checked."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from streamkit import cli, codec
from streamkit.testing import FaultServer, chat_events, chat_tool_events, plan

MODEL = ("?", "-m", "openai/m", "--schema")
SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}

Answered = Callable[..., tuple[int, str, str]]
Openai = Callable[..., FaultServer]

pytestmark = pytest.mark.sdk


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "moon.json"
    path.write_text(json.dumps(SCHEMA))
    return str(path)


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    code = "from pydantic import BaseModel\nclass Moon(BaseModel):\n    name: str\nNUMBER = 7\n"
    (tmp_path / "moons_of_a_test.py").write_text(code)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield "moons_of_a_test:Moon"
    sys.modules.pop("moons_of_a_test", None)


def sent_schema(server: FaultServer) -> dict[str, Any]:
    return server.requests[0].json()["response_format"]["json_schema"]["schema"]


def test_a_schema_of_a_file_is_sent_and_the_answer_fits(openai: Openai, answered: Answered, file: str) -> None:
    server = openai(plan("none", chat_events('{"name": "Eu', 'ropa"}')))
    code, out, err = answered(*MODEL, file)
    assert (code, out) == (cli.OK, '{"name": "Europa"}\n'), err
    assert sent_schema(server)["required"] == ["name"]


def test_a_schema_of_a_model_is_sent_and_the_answer_fits(openai: Openai, answered: Answered, module: str) -> None:
    server = openai(plan("none", chat_events('{"name": "Eu', 'ropa"}')))
    code, out, err = answered(*MODEL, module)
    assert (code, out) == (cli.OK, '{"name": "Europa"}\n'), err
    assert list(sent_schema(server)["properties"]) == ["name"]


@pytest.mark.parametrize(
    "misfit",
    [(['{"name": 7}'], "name"), (["{}"], "name"), (["Europa"], "does not fit"), ([], "does not fit")],
)
@pytest.mark.parametrize("kind", ["file", "module"])
def test_an_answer_that_does_not_fit_has_an_exit_code(
    openai: Openai, answered: Answered, request: pytest.FixtureRequest, kind: str, misfit: tuple[list[str], str]
) -> None:
    texts, says = misfit
    openai(plan("none", chat_events(*texts)))
    code, out, err = answered(*MODEL, request.getfixturevalue(kind))
    assert (code, out) == (cli.PROVIDER, "".join(f"{text}\n" for text in texts))
    first = err.splitlines()[0]
    assert first.startswith("streamkit: The answer does not fit --schema: ") and says in first


def test_an_answer_in_a_code_fence_fits(openai: Openai, answered: Answered, file: str) -> None:
    openai(plan("none", chat_events('```json\n{"name": ', '"Io"}\n```')))
    assert answered(*MODEL, file)[0] == cli.OK


def test_where_a_tool_gives_the_answer_its_arguments_are_shown(
    openai: Openai, answered: Answered, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = openai(plan("none", chat_tool_events(("answer", '{"name": "Io"}'))))
    monkeypatch.setenv("DEEPSEEK_API_KEY", "k")
    words = ("?", "-m", "deepseek/m", "--base-url", f"{server.base_url}/v1", "--schema", file)
    code, out, err = answered(*words)
    assert (code, out) == (cli.OK, '{"name": "Io"}\n'), err
    assert "tool call" not in err


def test_as_json_an_answer_that_does_not_fit_is_an_error_with_the_answer(
    openai: Openai, answered: Answered, file: str
) -> None:
    openai(plan("none", chat_events("{}")))
    code, out, _ = answered(*MODEL, file, "--json")
    found: Any = codec.decode(out)
    assert (code, found.partial.content) == (cli.PROVIDER, "{}")


@pytest.mark.parametrize(
    "refused",
    [
        ("nowhere.json", "the file cannot be read"),
        ("nowhere:Moon", "it cannot be imported (ModuleNotFoundError"),
        ("moons_of_a_test:Sun", "it cannot be imported (AttributeError"),
        ("broken.json", "the file is no JSON"),
        ("list.json", "a JSON schema is an object"),
        ("wrong.json", "this is no JSON schema"),
    ],
)
def test_what_is_no_schema_is_refused(
    openai: Openai, answered: Answered, tmp_path: Path, module: str, refused: tuple[str, str]
) -> None:
    given, says = refused
    server = openai(plan("none", chat_events("{}")))
    for name, text in {"broken": "{", "list": "[]", "wrong": '{"type": 7}'}.items():
        (tmp_path / f"{name}.json").write_text(text)
    code, out, err = answered(*MODEL, given)
    assert (code, out, server.requests) == (cli.USAGE, "", ())
    assert f"--schema {given}: {says}" in err and err.count("\n") == 1


def test_without_jsonschema_a_sentence_says_what_to_install(
    openai: Openai, answered: Answered, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = openai(plan("none", chat_events("{}")))
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    code, _, err = answered(*MODEL, file)
    assert (code, server.requests) == (cli.USAGE, ())
    assert "pip install 'jsonschema" in err
