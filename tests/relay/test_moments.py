"""``at`` of a stream from a log: the moments that the producer's own stream has."""

from __future__ import annotations

import streamkit as sk
from streamkit.testing import Script, chat_events
from tests.stream.conversing import ANSWER, Ran, calls, provider


async def test_a_far_stream_has_the_moments_of_the_near_one(log: sk.RedisLog) -> None:
    near = Script(chat_events("Io, ", "Europa")).stream("Which moons?")
    await near.publish_to(log, "a")
    far = sk.from_log(log, "a")
    await far
    assert near.log is not None
    for count in range(near.log.length + 1):
        there = near.at(count)
        assert far.at(count).model_copy(update={"request_id": there.request_id}) == there


async def test_a_far_conversation_has_the_chunks_of_each_moment_and_the_turns_at_its_end(log: sk.RedisLog) -> None:
    model, _ = provider(calls("Io", text="Let me see. "), ANSWER)
    near = sk.converse(model, "How long?", tools=[Ran().orbit])
    await near.publish_to(log, "a")
    far = sk.from_log(log, "a")
    await far
    assert near.log is not None
    for count in range(near.log.length + 1):
        one, other = far.at(count), near.at(count)
        assert (one.content, one.finish_reasons) == (other.content, other.finish_reasons)
        assert (one.tool_calls, one.usage) == (other.tool_calls, other.usage)
    assert far.at(near.log.length) == near.response
