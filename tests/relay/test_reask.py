"""A call that is asked again, published: a far reader learns what is void, and gets the last answer."""

from __future__ import annotations

import pytest

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import chat_events
from tests.stream.conversing import provider

WRONG, RIGHT = chat_events('{"value": ', '["Io"]}'), chat_events('{"value": ', "[1821]}")


async def test_the_far_answer_equals_the_near_one(log: sk.RedisLog) -> None:
    stream = sk.stream(provider(WRONG, RIGHT)[0], "?", response_model=list[int], reask=1)
    near = await stream.publish_to(log, "a")
    found = await sk.from_log(log, "a", response_model=list[int])
    assert (found, found.content, found.calls) == (near, '{"value": [1821]}', 2)
    assert [each.content for each in found.attempts] == ['{"value": ["Io"]}']
    emitted = [each async for each in sk.from_log(log, "a").pipe(ops.items(int, at="value", voids=True))]
    assert [type(each).__name__ for each in emitted] == ["Void", "int"]


async def test_the_far_error_has_every_answer(log: sk.RedisLog) -> None:
    stream = sk.stream(provider(WRONG)[0], "?", response_model=list[int], reask=1)
    assert (await stream.publish_to(log, "a")).state == "failed"
    with pytest.raises(sk.ValidationFailed) as found:
        await sk.from_log(log, "a")
    assert [each.content for each in found.value.attempts] == ['{"value": ["Io"]}'] * 2
