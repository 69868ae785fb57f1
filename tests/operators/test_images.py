"""``images``: each generated image."""

from __future__ import annotations

from typing import assert_type

import reactivex as rx
from reactivex import Observable
from reactivex import operators as rxops

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event

DONE = b"data: [DONE]\n\n"
URLS = ["data:image/webp;base64,UE5H", "https://example.org/io.png", "data:image/png;base64,SW8="]


def shown(*urls: str, index: int = 0) -> bytes:
    images = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    return chat_event({"content": "Look: ", "images": images}, index=index)


async def test_each_image_is_an_element_in_the_order_of_the_wire() -> None:
    events = [shown(*URLS[:2]), chat_event({"content": "and"}), shown(URLS[2]), chat_event({}, finish="stop"), DONE]
    found = [image async for image in Script(events).stream().pipe(ops.images())]
    assert [image.data for image in found] == [b"PNG", b"", b"Io"]
    assert [image.url for image in found] == [None, URLS[1], None]
    assert [image.media_type for image in found] == ["image/webp", "image/png", "image/png"]


async def test_choice_0_is_taken_by_default() -> None:
    ends = [chat_event({}, index=at, finish="stop") for at in range(2)]
    stream = Script([shown(URLS[0]), shown(URLS[2], index=1), *ends, DONE]).stream(n=2)
    assert (await stream.pipe(ops.images()).last()).data == b"PNG"
    assert (await stream.pipe(ops.images(choice=1)).last()).data == b"Io"


def test_whoever_has_enough_gets_no_further_image_of_the_same_chunk() -> None:
    chunk = sk.Chunk(images=tuple(sk.Image(url=url) for url in URLS))
    found: list[sk.Image] = []
    rx.of(chunk).pipe(ops.images(), rxops.take(1)).subscribe(found.append)
    assert [image.url for image in found] == URLS[:1]


def test_the_checker_knows_what_comes_out() -> None:
    assert_type(Script([]).stream().pipe(ops.images()), sk.Flow[sk.Image])
    assert_type(rx.of(sk.Chunk()).pipe(ops.images()), Observable[sk.Image])
