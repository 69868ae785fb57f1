"""The same function asked of every provider, each played by a server on the loopback: only the model string differs."""

import os

import streamkit as sk
from streamkit.testing import (
    FaultServer,
    anthropic_events,
    bedrock_events,
    chat_events,
    cohere_events,
    gemini_events,
    ollama_lines,
    plan,
    responses_events,
)

PIECES = ("Europa ", "and ", "Enceladus.")
CHAT = chat_events(*PIECES)
# What each provider's server sends, and what stands behind the server's name in its address.
SERVERS = {
    "anthropic": (anthropic_events(*PIECES), ""),
    "bedrock": (bedrock_events(*PIECES), ""),
    "cohere": (cohere_events(*PIECES), ""),
    "deepseek": (CHAT, "/v1"),
    "google": (gemini_events(*PIECES), ""),
    "mistral": (CHAT, ""),
    "ollama": (ollama_lines(*PIECES), ""),
    "openai": (CHAT, "/v1"),
    "openai-responses": (responses_events(*PIECES), "/v1"),
    "openrouter": (CHAT, "/v1"),
    "vllm": (CHAT, "/v1"),
    "xai": (CHAT, "/v1"),
}
# Bedrock is signed with these; nothing leaves this machine.
os.environ |= {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1"}


@sk.call("openai/model")
def ask(what: str) -> str:
    """Return the prompt."""
    return f"Which moons may hold {what}?"


for provider, (events, path) in SERVERS.items():
    with FaultServer(plan("none", events)) as server:
        key = None if provider == "bedrock" else "a-key"
        with sk.context(model=f"{provider}/model", base_url=server.base_url + path, api_key=key):
            stream = ask("life")
        pieces = [chunk.content for chunk, _ in stream if chunk.content]
        print(f"{provider:17} {pieces} {stream.response.common_finish_reasons} {stream.output_tokens} tokens")
