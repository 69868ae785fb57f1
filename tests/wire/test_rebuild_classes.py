"""Of an answer on any wire, whole or cut, the provider's own object is of its SDK's class."""

from __future__ import annotations

from typing import Any, cast

import pytest

from streamkit import wire
from streamkit.fold import Fold
from streamkit.response import Response
from streamkit.wire.formats import EventSource
from tests.packages import missing
from tests.wire.wires import WIRES

pytestmark = pytest.mark.sdk

CHAT = "ChatCompletion"
KINDS: dict[str, tuple[str, str]] = {
    **{api: ("openai", CHAT) for api in WIRES if api.endswith(".chat")},
    **{api: ("openai", "Response") for api in WIRES if api.endswith(".responses")},
    "azure.inference": ("openai", CHAT),
    "anthropic.messages": ("anthropic", "Message"),
    "bedrock.converse": ("botocore", "dict"),
    "bedrock.invoke": ("anthropic", "Message"),
    "cohere.v1.chat": ("cohere", "NonStreamedChatResponse"),
    "cohere.v2.chat": ("cohere", "V2ChatResponse"),
    "gemini.generate_content": ("google.genai", "GenerateContentResponse"),
    "groq.chat": ("groq", CHAT),
    "litellm.chat": ("litellm", "ModelResponse"),
    "mistral.chat": ("mistralai", "ChatCompletionResponse"),
    "ollama.chat": ("ollama", "ChatResponse"),
    "ollama.generate": ("ollama", "GenerateResponse"),
    "openai.completions": ("openai", "Completion"),
}
"""Of each wire: whose class it is, and its name."""


# The fields of these objects that name the reason of the end; a stopped one must have none.
REASONS = {"done_reason", "finish_reason", "finishReason", "stop_reason", "stopReason"}


def needs(package: str) -> None:
    if reason := missing(package):
        pytest.skip(reason)


def as_json(found: Any) -> Any:
    if isinstance(found, dict):
        return cast("dict[str, Any]", found)
    return found.model_dump(mode="json", by_alias=True, warnings=False)


def reasons(value: Any) -> list[Any]:
    """List every finish reason, anywhere within an object."""
    if isinstance(value, list):
        return [each for item in cast("list[Any]", value) for each in reasons(item)]
    if not isinstance(value, dict):
        return []
    fields = cast("dict[str, Any]", value)
    inner = [each for item in fields.values() for each in reasons(item)]
    return [*(fields[name] for name in REASONS & fields.keys() if fields[name]), *inner]


def stopped(api: str) -> Response:
    """Fold what came of an answer that was left before its end."""
    decoder = wire.open_decoder(api)
    chunks = [chunk for event in WIRES[api].content for chunk in decoder.feed(event)]
    fold = Fold()
    fold.add(chunks)
    return fold.response("stopped").attach_rebuilder(EventSource(lambda: chunks))


@pytest.mark.parametrize("api", WIRES)
def test_it_is_the_sdks_own_class(api: str) -> None:
    package, name = KINDS[api]
    needs(package)
    found = wire.reduce(api, b"".join(WIRES[api].events)).response
    assert type(found).__name__ == name
    assert name == "dict" or type(found).__module__.startswith(package)
    assert reasons(as_json(found)) or api.endswith(".responses")


@pytest.mark.parametrize("api", WIRES)
def test_of_an_answer_that_was_stopped_it_is_too_and_nothing_is_made_up(api: str) -> None:
    package, name = KINDS[api]
    needs(package)
    response = stopped(api)
    found = response.response
    assert type(found).__name__ == name and reasons(as_json(found)) == []
    assert "I" in str(found) and response.message_param["role"] in ("assistant", "model")


@pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm.*", "ignore::UserWarning:pydantic.*")
def test_litellms_own_object_makes_up_no_finish_reason_here() -> None:
    needs("litellm")
    found = stopped("litellm.chat").response
    assert type(found).__name__ == "ModelResponse" and found.choices[0].finish_reason is None
    assert found.choices[0].message.content == "Io"
