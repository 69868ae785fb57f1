"""Of an answer on any wire, whole or cut, the provider's own object is of its SDK's class."""

from __future__ import annotations

import importlib.util

import pytest

from streamkit import wire
from streamkit.errors import TruncatedError
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
    "mistral.chat": ("mistralai", "ChatCompletionResponse"),
    "ollama.chat": ("ollama", "ChatResponse"),
    "ollama.generate": ("ollama", "GenerateResponse"),
    "openai.completions": ("openai", "Completion"),
}
"""Of each wire: whose class it is, and its name."""


@pytest.mark.parametrize("api", WIRES)
def test_it_is_the_sdks_own_class(api: str) -> None:
    package, name = KINDS[api]
    root = package.partition(".")[0]
    if importlib.util.find_spec(root) is None or importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    found = wire.reduce(api, b"".join(WIRES[api].events)).response
    assert type(found).__name__ == name
    assert name == "dict" or type(found).__module__.startswith(package)


@pytest.mark.parametrize("api", WIRES)
def test_of_a_cut_answer_there_is_one_too(api: str) -> None:
    sound = WIRES[api]
    with pytest.raises(TruncatedError) as caught:
        wire.reduce(api, b"".join(sound.said))
    partial = caught.value.partial
    assert partial is not None and partial.message_param["role"] in ("assistant", "model")
