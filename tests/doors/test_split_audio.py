"""``split_audio``: the transcript and the sound of one call, each in a flow of its own."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from reactivex import operators as rx

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import FaultServer, Script, plan
from tests.audio.sound import DONE, pcm16, spoken

pytestmark = pytest.mark.sdk
SOUND = pcm16(1_000)
WHOLE = plan("none", [*spoken("Io", SOUND[:7], ", ", SOUND[7:]), DONE])
ENDLESS = plan("none", spoken(*["Io ", SOUND] * 5_000), every=0.001)


def spoken_stream(server: FaultServer) -> sk.Stream:
    params: dict[str, Any] = {"modalities": ["text", "audio"], "audio": {"voice": "ash", "format": "pcm16"}}
    return sk.stream("openai/gpt-audio-1.5", "Say Io.", base_url=f"{server.base_url}/v1", api_key="test-key", **params)


async def audio_of(flow: sk.Flow[bytes]) -> bytes:
    return b"".join([part async for part in flow])


async def test_both_complete_and_one_request_was_sent() -> None:
    with FaultServer(WHOLE) as server:
        transcript, audio = spoken_stream(server).split_audio()
        assert await asyncio.gather(transcript.pipe(ops.join()), audio_of(audio)) == ["Io, ", SOUND]
        assert len(server.requests) == 1


def test_sync_code_reads_one_after_the_other() -> None:
    with FaultServer(WHOLE) as server:
        transcript, audio = spoken_stream(server).split_audio()
        assert ("".join(transcript), b"".join(audio), len(server.requests)) == ("Io, ", SOUND, 1)


@pytest.mark.parametrize("leaver", [0, 1])
async def test_one_that_stops_early_leaves_the_other_going(leaver: int) -> None:
    events = [*spoken("Io, "), *[event for _ in range(50) for event in spoken("Titan ", SOUND)], DONE]
    with FaultServer(plan("none", events, every=0.001)) as server:
        stream = spoken_stream(server)
        flows = stream.split_audio()
        first, other = flows[leaver], flows[1 - leaver]
        early, whole = await asyncio.gather(first.pipe(rx.take(1), rx.count()), other.pipe(rx.count()))
        assert (early, whole, stream.state, len(server.requests)) == (1, 50 + leaver, "complete", 1)


async def test_when_both_have_stopped_the_server_sees_the_connection_closed() -> None:
    with FaultServer(ENDLESS) as server:
        stream = spoken_stream(server)
        transcript, audio = stream.split_audio()
        await asyncio.gather(transcript.pipe(ops.until("Io Io"), ops.join()), audio.pipe(rx.take(3)))
        (exchange,) = await server.until_closed()
        assert (stream.state, exchange.events_sent < 1_000) == ("stopped", True)


async def test_another_choice_can_be_split() -> None:
    stream = Script([*spoken("Io", b"io"), *spoken("Titan", b"titan", index=1), DONE]).stream(n=2)
    transcript, audio = stream.split_audio(choice=1)
    assert (await transcript.last(), await audio.last()) == ("Titan", b"titan")


async def test_each_knows_the_stream_that_it_came_from() -> None:
    stream = Script([DONE]).stream()
    assert [flow.stream for flow in stream.split_audio()] == [stream, stream]
