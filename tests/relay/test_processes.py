"""Two workers, one id: one paid call, which both have; and a conversation that another process reads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import streamkit as sk
from streamkit.testing import FaultServer, RedisServer, chat_events
from streamkit.testing.faults import Plan, Send
from tests.stream.conversing import ANSWER, Ran, calls, provider

ROOT = Path(__file__).parents[2]


def test_two_workers_make_one_call(redis: RedisServer) -> None:
    head = (("content-type", "text/event-stream"), ("x-request-id", "req-1"))
    answer = Plan(headers=head, steps=tuple(map(Send, chat_events("Io, ", "Europa"))))
    with FaultServer(answer) as server:
        command = (sys.executable, "-m", "tests.relay.asker", redis.url, "two", server.base_url)
        workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(2)]
        answers = [worker.communicate(timeout=30)[0].split(" ") for worker in workers]
        assert len(server.requests) == 1
    assert sorted(answer[-2] for answer in answers) == ["False", "True"]
    assert {(answer[0], answer[1], answer[-1]) for answer in answers} == {("'Io,", "Europa'", answers[0][-1])}


async def test_a_conversation_is_the_same_far_away(log: sk.RedisLog) -> None:
    ran = Ran()
    model, made = provider(calls("Io", "Europa", text="Let me see. "), calls("Titan"), ANSWER)
    conversation = sk.converse(model, "How long?", tools=[ran.orbit])
    near = await conversation.publish_to(log, "a")
    far = sk.from_log(log, "a", tools=[ran.orbit])
    found = await far
    assert found == near
    assert [each.model_dump() for each in found.turns] == [each.model_dump() for each in near.turns]
    assert (found.usage, found.calls, found.cost) == (near.usage, near.calls, near.cost)
    assert [each.text for each in found.tool_results] == [each.text for each in near.tool_results]
    assert found.history == near.history[1:]  # without the prompt, which is not stored
    assert (ran, len(made.requests)) == (["Io", "Europa", "Titan"], 3)
