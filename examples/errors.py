"""Errors appear while a stream is read: in our terms, with the class of the provider's own SDK as their cause."""

import streamkit as sk
from streamkit.testing import FaultServer, anthropic_events, chat_events, plan

PATHS = {"anthropic": "", "cohere": "", "google": "", "mistral": "", "openai": "/v1", "openai-responses": "/v1"}


def read(provider: str, server: FaultServer) -> None:
    """Read an answer that fails, and say how."""

    @sk.call(f"{provider}/model", base_url=server.base_url + PATHS[provider], api_key="a-key")
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
        print(f"{provider}: cut behind {error.partial.content if error.partial else ''!r}; no SDK raises this")
    except sk.StreamError as error:
        print(f"{provider}: {type(error).__name__}; cause {cause(error)}")


def cause(error: sk.StreamError) -> str:
    """Name the class of the SDK, or of the HTTP library where no SDK is needed."""
    found = type(error.__cause__)
    return f"{found.__module__.partition('.')[0]}.{found.__name__}"


for fault in ("rate_limited", "unauthorized", "server_error"):
    for provider in PATHS:
        with FaultServer(plan(fault)) as server:
            read(provider, server)
for provider, events in {"openai": chat_events("Euro", "pa"), "anthropic": anthropic_events("Euro", "pa")}.items():
    with FaultServer(plan("cut", events, at=3)) as server:
        read(provider, server)
