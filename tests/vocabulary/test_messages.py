"""A prompt is a text or messages; anything else is refused in one sentence that says what to write."""

from __future__ import annotations

import io
import re
import wave
from typing import Any

import pytest

import streamkit as sk
from streamkit.errors import ConfigurationError
from streamkit.messages import AudioPart, BaseMessageParam, DocumentPart, ImagePart, Messages, as_messages

USER = BaseMessageParam("user", "Hello")


def test_each_role_has_a_short_name() -> None:
    assert [each.to_dict() for each in (Messages.System("a"), Messages.User("b"), Messages.Assistant("c"))] == [
        {"role": "system", "content": "a"},
        {"role": "user", "content": "b"},
        {"role": "assistant", "content": "c"},
    ]
    assert sk.Messages is Messages


@pytest.mark.parametrize("prompt", ["Hello", USER, [USER], (USER,)])
def test_a_text_a_message_and_a_list_of_one_are_the_same_prompt(prompt: Any) -> None:
    assert as_messages(prompt) == (USER,)


def test_messages_in_the_providers_own_form_pass_through() -> None:
    own: Any = {"role": "user", "content": [{"type": "text", "text": "Hello"}], "name": "Ann"}
    call: dict[str, Any] = {"role": "assistant", "tool_calls": []}
    assert as_messages(own)[0] is own
    assert as_messages([USER, own, call, {"role": "developer", "content": None}])[2] is call


def test_content_may_be_a_list_of_parts() -> None:
    parts = [{"type": "text", "text": "Hello"}]
    assert as_messages([Messages.User(parts), Messages.System("")])[0] == BaseMessageParam("user", parts)


@pytest.mark.parametrize(
    ("prompt", "says"),
    [
        (None, "not NoneType: try sk.stream"),
        (5, "not int: try sk.stream"),
        (b"Hello", "not bytes: try sk.stream"),
        ({1, 2}, "not set: try sk.stream"),
        (iter([USER]), "not list_iterator: try sk.stream"),
        ([], "empty list: give it at least one message"),
        ("", "Message 0 is empty: write a prompt"),
        ([USER, Messages.User([])], "Message 1 is empty: write a prompt"),
        ({"role": "user", "content": ""}, "Message 0 is empty: write a prompt"),
        (["Hello"], "Message 0 is a str: a message is sk.Messages.User"),
        ([USER, None], "Message 1 is a NoneType: a message is sk.Messages.User"),
        ({"content": "Hello"}, "Message 0 has no role: a message is {'role': …"),
        ({"role": "", "content": "Hello"}, "has the role '': use 'system', 'user'"),
        ({"role": None, "content": "Hello"}, "has the role None: use 'system', 'user'"),
        (BaseMessageParam(5, "Hello"), "has the role 5: use 'system', 'user'"),  # pyright: ignore[reportArgumentType]
        (Messages.User(None), "content of type NoneType: it takes a text or"),  # pyright: ignore[reportArgumentType]
        (Messages.User(b"Hello"), "content of type bytes: it takes a text or"),
        (Messages.User({"a": 1}), "content of type dict: it takes a text or"),  # pyright: ignore[reportArgumentType]
    ],
)
def test_any_other_prompt_is_refused_with_what_to_write(prompt: Any, says: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        as_messages(prompt)
    assert says in str(caught.value)
    assert_one_sentence(str(caught.value))


@pytest.mark.parametrize("part", [ImagePart, DocumentPart, AudioPart])
def test_a_part_that_is_given_a_path_or_an_address_says_what_it_takes(part: Any) -> None:
    with pytest.raises(ConfigurationError, match="is given as bytes, not as str: read the file"):
        part("https://moons.example/io.png")


def assert_one_sentence(message: str) -> None:
    assert re.fullmatch(r"[A-Z][^\n]*\.", message)
    assert not re.search(r"\. [A-Z]", message)


class _Picture:
    """An image as PIL has it."""

    def save(self, file: io.BytesIO, *, format: str) -> None:  # noqa: A002 - PIL's own name
        file.write(b"\x89PNG" + format.encode())


class AudioSegment:
    """Audio as pydub has it."""

    def export(self, file: io.BytesIO, *, format: str) -> None:  # noqa: A002 - pydub's own name
        file.write(b"RIFF" + format.encode())


_Picture.__module__, AudioSegment.__module__ = "PIL.Image", "pydub.audio_segment"


def test_images_and_audio_of_other_libraries_are_parts() -> None:
    recording = io.BytesIO()
    with wave.open(recording, "wb") as written:
        written.setparams((1, 2, 24_000, 0, "NONE", "not compressed"))
        written.writeframes(b"\x00\x01")
    with wave.open(io.BytesIO(recording.getvalue())) as read:
        message = sk.Messages.User(["Which?", _Picture(), AudioSegment(), read])
    parts = ["Which?", sk.ImagePart(b"\x89PNGPNG"), sk.AudioPart(b"RIFFwav"), sk.AudioPart(recording.getvalue())]
    assert message.content == parts


def test_a_template_takes_them_too() -> None:
    @sk.prompt_template("Which is {picture:image}?")
    def ask(picture: _Picture) -> None: ...

    assert ask(_Picture())[0].content == ["Which is", sk.ImagePart(b"\x89PNGPNG"), "?"]
