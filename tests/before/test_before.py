"""What was kept, or written, on the code before the move works on: a journal, pickles, lines of JSON, a provider."""

from __future__ import annotations

import base64
import importlib.util
import json
import pickle
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import streamkit as sk
from streamkit import codec
from streamkit._compat.renamed import API_OF_SDK
from streamkit.testing import FaultServer, chat_events, plan
from tests.before import answers, searches
from tests.packages import missing

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def facts(name: str) -> dict[str, Any]:
    return json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))


# The SDKs that are not there in every environment, by the first part of a module's name.
OPTIONAL = {"google": "google.genai", **{name: name for name in ("groq", "litellm", "mistralai", "ollama")}}
RESPONSES, ERRORS, CHUNKS, VALUES = map(facts, ("responses", "errors", "chunks", "values"))


def kept(text: str) -> Any:
    return pickle.loads(base64.b64decode(text))


def fields(response: sk.Response | None) -> dict[str, Any] | None:
    return None if response is None else response.model_dump(mode="json", exclude_defaults=True)


@pytest.mark.sdk
def test_an_old_journal_is_resumed_and_nothing_is_sent_again(tmp_path: Path) -> None:
    shutil.copy(HERE / "search.jsonl", tmp_path)
    before = (tmp_path / "search.jsonl").read_bytes()
    outcome, then = searches.search_all(tmp_path / "search.jsonl"), facts("searches")
    assert (outcome.sent, outcome.calls, outcome.remembered) == (0, 0, then["calls"])
    assert outcome.found == then["found"]
    assert (tmp_path / "search.jsonl").read_bytes() == before


@pytest.mark.parametrize("name", RESPONSES)
def test_a_pickled_response_is_what_it_was(name: str) -> None:
    then = RESPONSES[name]
    response = kept(then["pickle"])
    assert type(response) is sk.Response
    assert response == answers.RESPONSES[name]()
    assert fields(response) == then["fields"]
    assert (response.message_param, repr(response.parsed)) == (then["message_param"], then["parsed"])
    assert (response.response, response.messages, response.call_params) == (None, (), {})
    assert [call.tool_call for call in response.tools] == [call for call in response.tool_calls if call.complete]
    assert pickle.loads(pickle.dumps(response)) == response


@pytest.mark.parametrize("name", ERRORS)
def test_a_pickled_error_is_what_it_was(name: str) -> None:
    then = ERRORS[name]
    error = kept(then["pickle"])
    assert type(error) is getattr(sk, then["class"])
    details = {name: value for name, value in error.details.items() if name in then["details"] or value is not None}
    assert (error.message, str(error), details) == (then["message"], then["message"], then["details"])
    assert fields(error.partial) == then["partial"]
    if name in answers.ERRORS:
        assert error.partial == answers.ERRORS[name]().partial


@pytest.mark.parametrize("api", CHUNKS)
def test_pickled_chunks_are_what_they_were(api: str) -> None:
    then = CHUNKS[api]
    chunks = kept(then["pickle"])
    assert {type(chunk) for chunk in chunks} == {sk.Chunk}
    now = [{name: each for name, each in chunk.model_dump().items() if each} for chunk in chunks]
    for each in now:
        assert each.get("usage", {}).pop("cache_write_tokens", None) is None  # a field that is newer
    assert now == then["fields"]
    assert "".join(map(str, chunks)) == "Europa"


@pytest.mark.sdk
@pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm.*", "ignore::UserWarning:pydantic.*")
@pytest.mark.parametrize("api", CHUNKS)
def test_a_pickled_chunk_still_builds_the_object_of_its_sdk(api: str) -> None:
    then, chunks = CHUNKS[api], kept(CHUNKS[api]["pickle"])
    packages = {api, *(each.partition(".")[0] for each in then["objects"])}
    for package in packages.intersection(OPTIONAL):
        if reason := missing(OPTIONAL[package]):  # to import litellm here would fetch its prices
            pytest.skip(reason)
    assert [type(chunk.chunk).__name__ for chunk in chunks] == [each.partition(":")[2] for each in then["objects"]]


OLD_PATHS = {  # what chunks held in place of their API's name, and whose of these files has it
    "anthropic.messages": "streamkit.providers.anthropic:sdk_event",
    "cohere.v2.chat": "streamkit.providers.cohere:sdk_event",
    "litellm.chat": "streamkit.providers.litellm:sdk_event",
    "openai.chat": "openai.types.chat:ChatCompletionChunk.construct",
}


@pytest.mark.sdk
@pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm.*", "ignore::UserWarning:pydantic.*")
@pytest.mark.parametrize("api", OLD_PATHS)
def test_a_line_of_an_older_chunk_names_its_api_and_builds_the_object_of_its_sdk(api: str) -> None:
    events = {"type": "message_stop"} if api.startswith("anthropic") else {"id": "c", "type": "message-end"}
    line = {"type": "chunk", "content": "Io", "payload": base64.b64encode(json.dumps(events).encode()).decode()}
    chunk: Any = codec.decode(json.dumps({**line, "sdk": OLD_PATHS[api]}))
    assert (chunk.api, chunk.content) == (api, "Io")
    again = sk.Chunk("Io", None, None, "", chunk.payload, OLD_PATHS[api])  # as an older pickle makes it
    if api != "litellm.chat" or missing("litellm") is None:
        assert type(again.chunk) is type(chunk.chunk) is not dict


def test_every_older_path_stands_for_an_api_that_is_there() -> None:
    assert set(API_OF_SDK.values()) <= set(sk.wire.APIS)
    assert set(OLD_PATHS.values()) <= set(API_OF_SDK)
    pickles = "".join(base64.b64decode(each["pickle"]).decode("latin-1") for each in CHUNKS.values())
    assert [path for path in API_OF_SDK if path not in pickles] == []


def test_a_pickled_value_is_what_it_was() -> None:
    now = {**answers.values(), "Chunk": answers.full_chunk()}
    again = pickle.loads(pickle.dumps(now))  # a typed call travels as the call that the model made
    for name, text in VALUES.items():
        assert kept(text) == again[name], name


def test_lines_of_json_are_read_as_they_were_written() -> None:
    chunk, response, *errors = (codec.decode(line) for line in (HERE / "codec.jsonl").read_bytes().splitlines())
    assert (chunk, response) == (answers.full_chunk(), answers.with_tools())
    found = [(type(each), str(each), fields(each.partial)) for each in errors if isinstance(each, sk.StreamError)]
    assert found == [(getattr(sk, then["class"]), then["message"], then["partial"]) for then in ERRORS.values()]


PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
import streamkit as sk
from streamkit.testing import FaultServer, Plan, chat_events, plan

with FaultServer([plan("none", chat_events("Euro", "pa")), Plan(429)]) as server:
    stream = sk.stream("plain-before/m", "Which moon?", base_url=server.base_url, temperature=0.5)
    response = stream.run()
    try:
        stream.again().run()
    except sk.RateLimited as error:
        print(response.content, response.state, stream.provider, error.status, server.requests[0].json()["model"])
"""


def test_a_package_with_a_provider_works_by_its_entry_point() -> None:
    command = [sys.executable, "-W", "error", "-c", PROGRAM, str(HERE / "package")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=120)
    assert (done.stdout, done.stderr) == ("Europa complete plain-before 429 m\n", "")


async def test_its_request_is_a_streams_too() -> None:
    spec = importlib.util.spec_from_file_location("plain_before", HERE / "package" / "plain_before.py")
    assert spec is not None and spec.loader is not None
    package: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)
    with FaultServer(plan("none", chat_events("Euro", "pa"))) as server:
        ask = package.Ask(model="m", messages=sk.stream("openai/m", "?").messages, base_url=server.base_url)
        assert (await sk.Stream(package.PROVIDER.request(ask))).content == "Europa"
