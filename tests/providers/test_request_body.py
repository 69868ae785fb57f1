"""What a call asks is the same by every door, and differs with what decides the answer."""

from __future__ import annotations

from typing import Any

import pytest

from streamkit.messages import Messages
from streamkit.providers import CallSpec, provider_names, request_body

ASK = CallSpec("m-1", (Messages.User("Which moons?"),))


@pytest.mark.parametrize("provider", [each for each in provider_names() if each != "replay"])
def test_every_provider_of_ours_says_its_body(provider: str) -> None:
    body = request_body(provider, ASK)
    assert body is not None
    assert "Which moons?" in repr(body)


@pytest.mark.parametrize("more", [{"timeout": 3}, {"extra_headers": {"a": "b"}}, {"extra_query": {"a": "b"}}])
def test_what_only_the_sender_needs_is_left_out(more: dict[str, Any]) -> None:
    assert request_body("openai", CallSpec("m-1", ASK.messages, params=more)) == request_body("openai", ASK)


def test_extra_fields_are_in_the_body() -> None:
    body = request_body("openai", CallSpec("m-1", ASK.messages, params={"extra_body": {"top_k": 4}}))
    assert body is not None
    assert body["top_k"] == 4


@pytest.mark.parametrize("provider", ["replay", "no such provider"])
def test_a_provider_without_a_body_of_its_own_says_nothing(provider: str) -> None:
    assert request_body(provider, ASK) is None
