"""Errors are raised while a stream is read: one tree for all providers, with the cause behind."""

import importlib
import importlib.util
import os

import streamkit as sk
from streamkit.testing import FaultServer, anthropic_events, chat_events, plan

# These have an SDK in whose form the request is sent. Once the SDK is loaded, the cause is the SDK's own error.
BY_SDK = {"azure": "/openai/v1", **dict.fromkeys(("openai", "openai-responses", "xai"), "/v1")} | {
    name: "" for name in ("anthropic", "cohere", "groq") if importlib.util.find_spec(name)
}
# The requests of these are in no SDK's form: the cause has the status, body and headers of the server's answer.
BY_HTTP = dict.fromkeys(("bedrock", "google", "mistral", "ollama"), "")
PATHS = {**BY_SDK, **BY_HTTP}
# Bedrock is signed with these; nothing leaves this machine.
os.environ |= {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1"}


for name in ("openai", *(name for name in BY_SDK if name in ("anthropic", "cohere", "groq"))):
    importlib.import_module(name)  # as a program does that names one of the SDK's errors


def read(provider: str, server: FaultServer) -> None:
    """Read an answer that fails, and print its error."""
    key = None if provider == "bedrock" else "a-key"

    @sk.call(f"{provider}/model", base_url=server.base_url + PATHS[provider], api_key=key)
    def ask(what: str) -> str:
        """Return the prompt."""
        return f"Which moons may hold {what}?"

    stream = ask("life")  # nothing can fail here: nothing has been sent
    try:
        for chunk, _ in stream:
            print(f"{chunk.content!r} ", end="")
    except sk.RateLimited as error:
        print(f"{provider}: {type(error).__name__}, retryable; cause {cause(error)}")
    except sk.TruncatedError as error:
        print(f"{provider}: cut after {error.partial.content if error.partial else ''!r}; no SDK raises this")
    except sk.StreamError as error:
        print(f"{provider}: {type(error).__name__}; cause {cause(error)}")


def cause(error: sk.StreamError) -> str:
    """Return the class of the cause, with its package."""
    found = type(error.__cause__)
    package = found.__module__.partition(".")[0]
    assert (package != "streamkit") == (error.provider in BY_SDK)
    return f"{package}.{found.__name__}"


for fault in ("rate_limited", "unauthorized", "server_error"):
    for provider in PATHS:
        with FaultServer(plan(fault)) as server:
            read(provider, server)
for provider, events in {"openai": chat_events("Euro", "pa"), "anthropic": anthropic_events("Euro", "pa")}.items():
    with FaultServer(plan("cut", events, at=3)) as server:
        read(provider, server)
