"""What the type checkers see of each provider's objects: pyright by its own run over this file, mypy by a program."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, assert_type, get_args

import pytest

import streamkit as sk
from streamkit._call import _provider_types as types
from tests.packages import missing

if TYPE_CHECKING:
    from anthropic.types import Message, RawMessageStreamEvent
    from cohere import V2ChatResponse
    from google.genai.types import GenerateContentResponse
    from groq.types.chat import ChatCompletionChunk as GroqChunk
    from mistralai.client.models import ChatCompletionResponse, CompletionChunk
    from openai.types.chat import ChatCompletion, ChatCompletionChunk


@sk.call(provider="openai", model="m", temperature=1)
def openai(genre: str) -> str:
    return genre


@sk.call(provider="anthropic", model="m", stream=False)
def anthropic(genre: str) -> str:
    return genre


@sk.call(provider="mistral", model="m")
async def mistral(genre: str) -> str:
    return genre


@sk.call(provider="google", model="m", stream=False, response_model=int)
def number(genre: str) -> str:
    return genre


def test_the_checker_sees_the_providers_own_types() -> None:
    if not TYPE_CHECKING:
        return  # the checker's run is the test
    for chunk, tool in openai("a"):
        assert_type(chunk.chunk, ChatCompletionChunk)
        assert_type(chunk.finish_reasons, list[types.OpenAIReason | str] | None)
        assert_type(tool, sk.ToolCall | None)
    assert_type(openai("a").response.response, ChatCompletion)
    assert_type(openai("a").finish_reasons, list[types.OpenAIReason | str] | None)
    assert_type(openai("a").run().finish_reasons, list[types.OpenAIReason | str] | None)
    assert_type(anthropic("a").response, Message)
    assert_type(anthropic("a").finish_reasons, list[types.AnthropicReason | str] | None)
    assert_type(number("a").parsed, int)
    for chunk, _ in sk.anthropic.stream("m", "?"):
        assert_type(chunk.chunk, RawMessageStreamEvent)
    for chunk, _ in sk.groq.stream("m", "?"):
        assert_type(chunk.chunk, GroqChunk)
    assert_type(sk.google.stream("m", "?").run().response, GenerateContentResponse)
    assert_type(sk.cohere.call("m", stream=False)(lambda: "?")().response, V2ChatResponse)
    assert_type(sk.azure.call("m")(lambda: "?")().response.response, ChatCompletion)
    assert_type(sk.xai.stream("m", "?").run().response, ChatCompletion)
    assert_type(sk.bedrock.stream("m", "?").run().response, dict[str, Any])


def test_what_a_provider_gives_is_given_where_any_providers_is_taken() -> None:
    if not TYPE_CHECKING:
        return  # the checker's run is the test
    stream: sk.Stream = openai("a")
    events: sk.Stream[ChatCompletionChunk] = openai("a")
    response: sk.Response = anthropic("a")
    reasons: list[str] | None = sk.stream("openai/m", "?").finish_reasons
    words: sk.Flow[str] = sk.openai.stream("m", "?").pipe(sk.operators.text())
    del stream, events, response, reasons, words


async def awaited() -> None:  # for the checker alone
    async for chunk, _ in await mistral("a"):
        assert_type(chunk.chunk, CompletionChunk)
    assert_type((await (await mistral("a"))).response, ChatCompletionResponse)


PROGRAM = """
import streamkit as sk

for chunk, tool in sk.{name}.stream("m", "?"):
    reveal_type(chunk.chunk)
    reveal_type(chunk.finish_reasons)

@sk.{name}.call("m", stream=False)
def whole(genre: str) -> str:
    return genre

reveal_type(whole("a").response)
reveal_type(whole("a").finish_reasons)

@sk.call(provider="{name}", model="m")
def streamed(genre: str) -> str:
    return genre

for chunk, tool in streamed("a"):
    reveal_type(chunk.chunk)
    reveal_type(chunk.finish_reasons)

@sk.call(provider="{name}", model="m", stream=False)
def called(genre: str) -> str:
    return genre

reveal_type(called("a").response)
reveal_type(called("a").finish_reasons)
"""

# A wrong type is refused where the comment stands, else the comment is reported as not needed.
PARAMETERS = """
from typing import assert_type

import streamkit as sk
from pydantic import BaseModel

class Moon(BaseModel):
    name: str

@sk.call("m", temperature=0.2)
def one(what: str) -> str:
    return what

@sk.openai.call("m", temperature=1, reasoning_effort="low", extra={"a": 1})
def two(what: str) -> str:
    return what

@sk.call("m", stream=False, top_k=3, stop=["a"], seed=1)
def three(what: str) -> str:
    return what

@sk.call(provider="anthropic", model="m", max_tokens=5, system="Be brief.", thinking={"type": "adaptive"})
def four(what: str) -> str:
    return what

@sk.call("m", response_model=Moon, stream=False, temperature=0.2)
def five(what: str) -> str:
    return what

assert_type(one("a").content, str)
assert_type(two("a").content, str)
assert_type(three("a").content, str)
assert_type(four("a").content, str)
assert_type(five("a").parsed, Moon)
sk.stream("m", "?", temperature=0.2, top_k=3, provider="openai", system="a", response_model=Moon, extra={"a": 1})
sk.openai.stream("m", "?", temperature=0.2, top_k=3)
sk.stream("m", "?", temperature="warm")  # type: ignore
sk.openai.stream("m", "?", max_tokens="many")  # type: ignore
sk.call("m", temperature="warm")  # type: ignore
sk.openai.call("m", stop=5)  # type: ignore
"""

# By the provider: the SDK's package, the classes of an event and of the whole answer, and one of its finish reasons.
REVEALED: dict[str, tuple[str, str, str, str]] = {
    "openai": ("openai", "ChatCompletionChunk", "ChatCompletion", "tool_calls"),
    "anthropic": ("anthropic", "RawMessageStartEvent", "Message", "end_turn"),
    "mistral": ("mistralai", "CompletionChunk", "ChatCompletionResponse", "model_length"),
    "google": ("google.genai", "GenerateContentResponse", "GenerateContentResponse", "MAX_TOKENS"),
    "groq": ("groq", "ChatCompletionChunk", "ChatCompletion", "tool_calls"),
    "cohere": ("cohere", "MessageStartV2ChatStreamResponse", "V2ChatResponse", "COMPLETE"),
    "litellm": ("litellm", "ModelResponseStream", "ModelResponse", "tool_calls"),
    "azure": ("openai", "ChatCompletionChunk", "ChatCompletion", "tool_calls"),
    "bedrock": ("streamkit", "dict[", "dict[", "guardrail_intervened"),
    "xai": ("openai", "ChatCompletionChunk", "ChatCompletion", "tool_calls"),
}


def revealed(output: str) -> Iterator[str]:
    """Yield what a checker says that a type is, line by line."""
    for line in output.splitlines():
        assert "error:" not in line, line
        if "Revealed type is" in line or "Type of " in line:
            yield line


@pytest.mark.checkers
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_checkers_reveal_the_types_of_every_provider_and_take_every_parameter(checker: str, tmp_path: Path) -> None:
    if reason := missing(checker):
        pytest.skip(reason)
    names = [name for name, row in REVEALED.items() if not missing(row[0])]
    for name in names:
        (tmp_path / f"of_{name}.py").write_text(PROGRAM.format(name=name))
    (tmp_path / "parameters.py").write_text(PARAMETERS)
    root = str(Path(sk.__file__).parent.parent)
    mypy = f"[mypy]\nmypy_path = {root}\nfollow_imports = silent\nwarn_unused_ignores = True\n"
    (tmp_path / "mypy.ini").write_text(mypy)
    unneeded = '"reportUnnecessaryTypeIgnoreComment": "error"'
    (tmp_path / "pyrightconfig.json").write_text(f'{{"extraPaths": ["{root}"], {unneeded}}}')
    options = {"mypy": ["--no-error-summary", "."], "pyright": ["--pythonpath", sys.executable]}
    ran = subprocess.run(
        [sys.executable, "-m", checker, *options[checker]], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    lines = list(revealed(ran.stdout))
    assert len(lines) == 8 * len(names), ran.stdout + ran.stderr
    for name in names:
        _, event, whole, reason = REVEALED[name]
        own = [line for line in lines if f"of_{name}.py" in line]
        for found, expected in zip(own, (event, reason, whole, reason, event, reason, whole, reason), strict=True):
            assert expected in found and bool(re.search(r"\bstr \||\| str\b", found)) == (expected == reason), found


def _anthropic() -> Any:
    return get_args(importlib.import_module("anthropic.types").StopReason)


def _google() -> Any:
    internal = {"FINISH_REASON_UNSPECIFIED", "PUP_LIMITED_DISABLED", "CONTINUATION"}
    return {each.name for each in importlib.import_module("google.genai.types").FinishReason} - internal


def _bedrock() -> Any:
    session = importlib.import_module("botocore.session").get_session()
    return session.get_service_model("bedrock-runtime").shape_for("StopReason").enum


def _cohere() -> Any:
    return get_args(get_args(importlib.import_module("cohere.types.chat_finish_reason").ChatFinishReason)[0])


def _of_choice(module: str, name: str = "Choice") -> Any:
    annotation = getattr(importlib.import_module(module), name).model_fields["finish_reason"].annotation
    return get_args(annotation) if get_args(annotation)[0] == "stop" else get_args(get_args(annotation)[0])


@pytest.mark.parametrize(
    ("package", "ours", "theirs"),
    [
        ("openai", types.OpenAIReason, lambda: _of_choice("openai.types.chat.chat_completion")),
        ("groq", types.GroqReason, lambda: _of_choice("groq.types.chat.chat_completion")),
        ("mistralai", types.MistralReason, lambda: _of_choice("mistralai.client.models", "ChatCompletionChoice")),
        ("anthropic", types.AnthropicReason, _anthropic),
        ("cohere", types.CohereReason, _cohere),
        ("google.genai", types.GoogleReason, _google),
        ("botocore", types.BedrockReason, _bedrock),
    ],
)
def test_the_finish_reasons_are_those_of_the_sdk(package: str, ours: Any, theirs: Any) -> None:
    if reason := missing(package):
        pytest.skip(reason)
    assert set(theirs()) <= set(get_args(ours))


def test_a_reason_that_is_new_is_no_lie() -> None:
    reason: types.OpenAIReason | str = "a_new_one"
    assert sk.Chunk(finish_reasons=[reason]).finish_reasons == ["a_new_one"]
    known: Literal["stop"] = "stop"
    assert known in get_args(types.OpenAIReason)
