"""What an answer that is no stream is quoted with: no key and no prompt, wherever the quote is cut."""

from __future__ import annotations

import pytest

import streamkit as sk
from streamkit.testing import FaultServer, plan
from tests.providers.doors import DOORS, marked

KEY, PROMPT = "sk-canary-5d41402abc4b", "canary prompt: what did the bird say?"
KEPT = 4096  # bytes that the shortest memory of a body keeps


@pytest.mark.sdk
@pytest.mark.parametrize("name", [marked(name) for name in ("openai", "anthropic", "cohere", "bedrock", "ollama")])
@pytest.mark.parametrize("secret", [KEY, PROMPT])
@pytest.mark.parametrize("cut", [200, 300, KEPT])
async def test_a_secret_where_a_text_is_cut_is_not_quoted_in_part(name: str, secret: str, cut: int) -> None:
    for shown in (9, len(secret) - 1):
        body = b"<html>".ljust(cut - shown, b"x") + f"{secret} was refused".encode().ljust(200, b" ") + b"</html>"
        with FaultServer(plan("none", [body])) as server:
            address = server.base_url + DOORS[name].base
            stream = sk.stream(f"{name}/m", PROMPT, base_url=address, api_key=KEY)
            with pytest.raises(sk.MalformedError) as caught:
                await stream
        assert secret[:9] not in f"{caught.value} {vars(caught.value)}"
