"""Every provider: one prompt in four forms, sent to each of them, played by a server on the loopback."""

import importlib.util
import os

import streamkit as sk
from streamkit import testing

TEXTS = ("Europa ", "and ", "Enceladus.")
CHAT, RESPONSES = testing.chat_events(*TEXTS), testing.responses_events(*TEXTS)
# For each provider: the events that its server sends, and the path of its address.
SERVERS = {
    "anthropic": (testing.anthropic_events(*TEXTS), ""),
    "azure": (CHAT, "/openai/v1"),  # or its other endpoint, whose address ends in /models
    "bedrock": (testing.bedrock_events(*TEXTS), ""),
    "cohere": (testing.cohere_events(*TEXTS), ""),
    "google": (testing.gemini_events(*TEXTS), ""),
    "mistral": (CHAT, ""),
    "ollama": (testing.ollama_lines(*TEXTS), ""),
    "openai": (CHAT, "/v1"),
    "openai-responses": (RESPONSES, "/v1"),
    **dict.fromkeys(("deepseek", "openrouter", "together", "vllm", "xai"), (CHAT, "/v1")),
    **({"groq": (CHAT, "")} if importlib.util.find_spec("groq") else {}),
}
# Bedrock is signed with these; nothing leaves this machine.
os.environ |= {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1"}


@sk.call("openai/model")
def by_text(what: str) -> str:
    return f"Which moons may hold {what}?"


@sk.call("openai/model")
def by_messages(what: str) -> list[sk.BaseMessageParam]:
    return [sk.Messages.System("You are an astronomer."), sk.Messages.User(f"Which moons may hold {what}?")]


@sk.call("openai/model")
@sk.prompt_template("SYSTEM: You are an astronomer.\nUSER: Which moons may hold {what}?")
def by_template(what: str) -> None: ...


@sk.call("openai/model")
def by_params(what: str) -> list[sk.BaseMessageParam]:
    return [sk.BaseMessageParam(role="user", content=f"Which moons may hold {what}?")]


for provider, (events, path) in SERVERS.items():
    with testing.FaultServer(testing.plan("none", events)) as server:
        key = None if provider == "bedrock" else "a-key"
        for ask in (by_text, by_messages, by_template, by_params):
            with sk.context(model=f"{provider}/model", base_url=server.base_url + path, api_key=key):
                stream = ask("life")
            texts = [chunk.content for chunk, _ in stream if chunk.content]
            response = stream.construct_call_response()
            print(f"{provider:17}{ask.__name__:12}{texts} {stream.finish_reasons} {response.output_tokens} tokens")
