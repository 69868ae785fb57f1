"""What a decorated function may return: a prompt in four forms, the provider's own, and a configuration."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

import streamkit as sk

PNG = b"\x89PNG\r\n"
USER = sk.Messages.User("Hi")


def stream_of(returned: Any) -> Any:
    @sk.call("openai/m")
    def ask() -> Any:
        return returned

    return ask()


@pytest.mark.parametrize(
    ("returned", "messages"),
    [
        ("Hi", [USER]),
        (["Hi", sk.ImagePart(PNG)], [sk.Messages.User(["Hi", sk.ImagePart(PNG)])]),
        (sk.ImagePart(PNG), [sk.Messages.User([sk.ImagePart(PNG)])]),
        (["Hi", {"type": "image_url", "image_url": {"url": "x"}}], []),
        (sk.BaseMessageParam("user", "Hi"), [USER]),
        ([sk.Messages.System("s"), USER], [sk.Messages.System("s"), USER]),
        ({"role": "user", "content": "Hi"}, [{"role": "user", "content": "Hi"}]),
        (
            [USER, {"role": "assistant", "content": "Hello"}, USER],
            [USER, {"role": "assistant", "content": "Hello"}, USER],
        ),
        ({"messages": "Hi"}, [USER]),
        ({"messages": ["Hi", sk.ImagePart(PNG)]}, [sk.Messages.User(["Hi", sk.ImagePart(PNG)])]),
    ],
)
def test_a_prompt_in_each_of_its_forms(returned: Any, messages: list[Any]) -> None:
    expected = messages or [sk.Messages.User(returned)]
    assert list(stream_of(returned).messages) == expected


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (None, "ask returned None"),
        ("", "ask returned an empty prompt"),
        (" ", "ask returned an empty prompt"),
        ([], "ask returned an empty prompt"),
        ({}, "ask returned a configuration without messages"),
        ({"tools": []}, "ask returned a configuration without messages"),
        ({"message": "Hi"}, "ask returned a dict with message"),
        (42, "ask returned no prompt"),
        ([USER, "Hi"], "ask returned no prompt"),
    ],
)
def test_a_wrong_prompt_raises_with_the_functions_name(returned: Any, message: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=message):
        stream_of(returned)


def test_a_template_is_filled_with_the_arguments_and_computed_fields() -> None:
    @sk.call("openai/m")
    @sk.prompt_template("SYSTEM: Be {tone}.\nUSER: Recommend a {genre} book")
    def recommend(genre: str) -> dict[str, Any]:
        return {"computed_fields": {"tone": genre.upper()}, "metadata": {"a": 1}}

    stream = recommend("fantasy")
    assert [m.content for m in stream.messages if isinstance(m, sk.BaseMessageParam)] == [
        "Be FANTASY.",
        "Recommend a fantasy book",
    ]
    assert stream.prompt_template == "SYSTEM: Be {tone}.\nUSER: Recommend a {genre} book"
    assert stream.metadata == {"a": 1}


def test_metadata_is_on_the_call_and_is_not_sent() -> None:
    @sk.call("openai/m")
    @sk.metadata({"tags": {"a"}, "by": "me"})
    def ask() -> dict[str, Any]:
        return {"messages": "Hi", "metadata": {"by": "you"}}

    stream = ask()
    assert stream.metadata == {"tags": {"a"}, "by": "you"}
    assert stream.dynamic_config == {"messages": "Hi", "metadata": {"by": "you"}}
    assert "metadata" not in stream.call_kwargs
    with pytest.raises(sk.ConfigurationError, match="stands below"):
        sk.metadata({})(ask)


async def test_a_prompt_class_works_with_any_model() -> None:
    @sk.prompt_template("Recommend a {genre} book by {self.author}")
    class BookPrompt(sk.BasePrompt):
        genre: str
        author: str = "Le Guin"

    prompt = BookPrompt(genre="fantasy")
    expected = (sk.Messages.User("Recommend a fantasy book by Le Guin"),)
    assert prompt.run(sk.call("openai/m")).messages == expected
    stream = await prompt.run_async(sk.call("anthropic/m"))
    assert (stream.messages, stream.provider, stream.prompt_template) == (expected, "anthropic", prompt.prompt_template)

    class Untemplated(sk.BasePrompt):
        genre: str

    with pytest.raises(sk.ConfigurationError, match="Untemplated has no template"):
        Untemplated(genre="fantasy").run(sk.call("openai/m"))


def test_a_dynamic_configuration_counts_for_its_own_call_only() -> None:
    @sk.call("openai/m", call_params={"seed": 1})
    def ask(config: dict[str, Any]) -> dict[str, Any]:
        return {"messages": "Hi", **config}

    tool: dict[str, Any] = {"name": "a", "parameters": {}}
    special = ask({"call_params": {"top_p": 0.5}, "tools": [tool]})
    assert (special.call_params, special.tool_types) == ({"seed": 1, "top_p": 0.5}, (tool,))
    plain = ask({})
    assert (plain.call_params, plain.tool_types) == ({"seed": 1}, ())


OBJECTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "openai": ("openai.types.chat", "ChatCompletionMessage", {"role": "assistant", "content": "Hi"}),
    "groq": ("groq.types.chat", "ChatCompletionMessage", {"role": "assistant", "content": "Hi"}),
    "cohere": ("cohere", "UserChatMessageV2", {"role": "user", "content": "Hi"}),
    "mistral": ("mistralai.client.models", "UserMessage", {"role": "user", "content": "Hi"}),
    "google": ("google.genai.types", "Content", {"role": "user", "parts": [{"text": "Hi"}]}),
    "ollama": ("ollama", "Message", {"role": "user", "content": "Hi"}),
}


@pytest.mark.sdk
@pytest.mark.parametrize("provider", OBJECTS)
def test_messages_of_a_providers_sdk_pass_as_they_are(provider: str) -> None:
    module, name, fields = OBJECTS[provider]
    pytest.importorskip(module)
    message = getattr(importlib.import_module(module), name)(**fields)
    for returned in (message, [message], [USER, message], {"messages": [message]}):
        assert stream_of(returned).messages[-1] == fields


class AzuresMessage:
    """As Azure's own SDK has them."""

    def as_dict(self) -> dict[str, Any]:
        return {"role": "user", "content": "Hi"}


def test_so_do_objects_that_know_their_own_dict() -> None:
    assert stream_of([AzuresMessage()]).messages == ({"role": "user", "content": "Hi"},)
    with pytest.raises(sk.ConfigurationError, match="Message 0 has no role"):
        stream_of([sk.Response()])


def test_a_template_takes_pythons_own_formats_and_the_detail_of_an_image() -> None:
    @sk.prompt_template("{name!r} under ${price:.2f}, {share:.0%} off, {cover:image(detail=high)}")
    def ask(name: str, price: float, share: float, cover: bytes) -> None: ...

    (message,) = ask("Io", 12.345, 0.25, PNG)
    assert message.content == ["'Io' under $12.35, 25% off,", sk.ImagePart(PNG, detail="high")]


def test_a_misspelt_kind_of_part_is_no_format() -> None:
    with pytest.raises(sk.ConfigurationError, match="behind the colon"):
        sk.prompt_template("{cover:imge}")
